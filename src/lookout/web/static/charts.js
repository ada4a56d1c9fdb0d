// Charts from the JSON beside them, in the one theme of tokens.css. Each has a table twin below it.
(() => {
  "use strict";
  const drawn = [];
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const theme = () => ({ text: token("text"), muted: token("muted"), line: token("line"), weak: token("line-weak"), accent: token("accent"), surface: token("raised"), font: token("font"), size: document.body.classList.contains("wall") ? 15 : 12 });
  const axis = (t) => ({ axisLine: { lineStyle: { color: t.line } }, axisTick: { show: false }, axisLabel: { color: t.muted, fontFamily: t.font, fontSize: t.size }, splitLine: { lineStyle: { color: t.weak } } });
  // The rich-text tooltip is drawn on the canvas: the content policy forbids inline styles.
  const tooltip = (t) => ({ trigger: "axis", renderMode: "richText", backgroundColor: t.surface, borderColor: t.line, textStyle: { color: t.text, fontFamily: t.font, fontSize: 13 } });
  const kinds = {
    bands: (data, t) => ({
      animation: false, grid: { left: 8, right: t.size * 5 + 16, top: 16, bottom: 8, containLabel: true }, tooltip: tooltip(t),
      xAxis: { type: "category", data: data.days, boundaryGap: false, ...axis(t) }, yAxis: { type: "value", min: 0, minInterval: 1, ...axis(t) },
      series: data.lines.map((line) => ({
        type: "line", name: line.name, data: line.values, symbol: { red: "rect", orange: "triangle", yellow: "diamond" }[line.band], symbolSize: 9,
        lineStyle: { color: token(line.band), width: 2 }, itemStyle: { color: token(line.band) },
        endLabel: { show: true, formatter: "{a} {c}", color: t.text, fontFamily: t.font, fontSize: t.size }, labelLayout: { moveOverlap: "shiftY" },
      })),
    }),
    series: (data, t) => ({
      animation: false, grid: { left: 8, right: t.size * 6 + 16, top: 16, bottom: 8, containLabel: true }, tooltip: tooltip(t),
      xAxis: { type: "category", data: data.days, ...axis(t) }, yAxis: { type: "value", min: 0, max: data.max, ...axis(t) },
      series: data.lines.map((line, i) => ({
        type: "line", name: line.name, data: line.values, symbol: i ? "triangle" : "circle", symbolSize: 7,
        lineStyle: { color: i ? t.muted : t.accent, width: 2, type: i ? "dashed" : "solid" }, itemStyle: { color: i ? t.muted : t.accent },
        endLabel: { show: true, formatter: "{a} {c}", color: t.text, fontFamily: t.font, fontSize: t.size }, labelLayout: { moveOverlap: "shiftY" },
      })),
    }),
    histogram: (data, t) => ({
      animation: false, grid: { left: 8, right: 8, top: 24, bottom: 8, containLabel: true }, tooltip: tooltip(t),
      xAxis: { type: "category", data: data.edges, ...axis(t) }, yAxis: { type: "value", min: 0, minInterval: 1, ...axis(t) },
      series: [{ type: "bar", name: data.name, data: data.counts.map((n, i) => ({ value: n, itemStyle: { color: token(data.edges[i] >= 80 ? "red" : data.edges[i] >= 60 ? "orange" : data.edges[i] >= 40 ? "yellow" : "normal") } })), barCategoryGap: "15%" }],
    }),
  };
  const draw = () => {
    drawn.splice(0).forEach((chart) => chart.dispose());
    const t = theme();
    document.querySelectorAll("[data-chart]").forEach((box) => {
      const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
      const chart = window.echarts.init(box);
      chart.setOption(kinds[data.kind](data, t));
      drawn.push(chart);
    });
  };
  draw();
  addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
  document.addEventListener("theme", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
