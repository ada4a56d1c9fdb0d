"""Charts as pictures for paper: readable in grey, with units on the axes and a font that has Chinese."""

from __future__ import annotations

import io
import logging
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import FancyArrowPatch

from lookout.web.reports.figures import Chart

logger = logging.getLogger(__name__)
WIDTH, HEIGHT, RESOLUTION = 6.3, 3.1, 200  # inches, dots per inch
# Told apart without colour: by lightness and by hatching, by dash and by marker.
SHADES = ("#1F3A68", "#8FA8CC", "#D5DCE8", "#5A6B85", "#B9B9B9", "#3D3D3D")
HATCHES = ("", "///", "...", "xxx", "\\\\\\", "+++")
DASHES = ("-", "--", ":", "-.", (0, (6, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "x")
INK, RULE = "#222222", "#BBBBBB"
MOST_FLOWS = 12
FEWEST_SLOTS = 5
_drawing = threading.Lock()


@cache
def font() -> font_manager.FontProperties:
    """Return a font with Chinese, as fontconfig names it; the plain one of the library when there is none."""
    found = _font_file()
    if found is None:
        logger.warning("no font with Chinese was found; Chinese in charts will show as boxes")
        return font_manager.FontProperties()
    try:
        return font_manager.FontProperties(fname=str(found))
    except (OSError, RuntimeError):
        return font_manager.FontProperties()


def _font_file() -> Path | None:
    """Ask fontconfig for a font of simplified Chinese."""
    command = shutil.which("fc-match")
    if command is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603  a fixed command, found on the path
            [command, "-f", "%{file}\n%{lang}", "Noto Sans CJK SC:lang=zh-cn"],
            capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    file, _newline, languages = answer.stdout.partition("\n")
    path = Path(file)
    return path if "zh-cn" in languages and path.is_file() else None


def draw_chart(chart: Chart) -> bytes:
    """Return a chart as a PNG; the same chart gives the same bytes."""
    with _drawing:
        canvas = Canvas(figsize=(WIDTH, _height(chart)), dpi=RESOLUTION, layout="constrained")
        axes = canvas.add_subplot()
        _KINDS[chart.kind](axes, chart)
        for text in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
            text.set_fontproperties(_sized(8))
            text.set_color(INK)
        written = io.BytesIO()
        canvas.savefig(written, format="png", metadata={"Software": None}, facecolor="white")
    return written.getvalue()


def _height(chart: Chart) -> float:
    rows = min(len(chart.categories), MOST_FLOWS)
    if chart.kind == "flow":
        return max(1.8, 0.42 * rows + 0.6)
    return max(HEIGHT, 0.26 * len(chart.categories) + 0.8) if _lies(chart) else HEIGHT


def _sized(size: float) -> font_manager.FontProperties:
    sized = font().copy()
    sized.set_size(size)
    return sized


def _lies(chart: Chart) -> bool:
    """Tell whether bars lie: names too long or too many to stand side by side."""
    names = chart.categories
    return chart.kind in ("bar", "stacked") and (len(names) > 8 or max(map(len, names), default=0) > 6)


def _numbers(values: Sequence[Decimal | None]) -> list[float]:
    return [float("nan") if value is None else float(value) for value in values]


def label(value: Decimal | float) -> str:
    """Return a number as it stands beside a bar: decimal, at most two places, thousands apart."""
    rounded = round(Decimal(str(value)), 2)
    whole = rounded == rounded.to_integral_value()
    return f"{rounded:,.0f}" if whole else f"{rounded:,.2f}".rstrip("0")


def _frame(axes: Axes, chart: Chart, *, lies: bool = False) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(RULE)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    (axes.xaxis if lies else axes.yaxis).grid(visible=True, color=RULE, linewidth=0.4)
    said: dict[str, Any] = {"fontproperties": _sized(8), "color": INK}
    if chart.unit:
        (axes.set_xlabel if lies else axes.set_ylabel)(f"单位：{chart.unit}", **said)
    (axes.xaxis if lies else axes.yaxis).set_major_formatter(lambda value, _place: label(value))


def _legend(axes: Axes, chart: Chart) -> None:
    if len(chart.series) > 1:
        axes.legend(
            prop=_sized(8), frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0),
            ncols=min(4, len(chart.series)), handlelength=2.4,
        )  # fmt: skip


def _line(axes: Axes, chart: Chart) -> None:
    places = range(len(chart.categories))
    for number, (name, values) in enumerate(chart.series.items()):
        look = number % len(SHADES)
        axes.plot(
            places, _numbers(values), label=name, color=SHADES[look] if look != 2 else SHADES[3],
            linestyle=DASHES[look], marker=MARKERS[look], markersize=4, linewidth=1.6,
        )  # fmt: skip
        known = [(place, value) for place, value in enumerate(values) if value is not None]
        shown = known if len(known) <= 8 and len(chart.series) == 1 else known[-1:]
        for place, value in shown:
            axes.annotate(
                label(value), (place, float(value)), textcoords="offset points", xytext=(0, 5),
                ha="center", fontproperties=_sized(7.5), color=INK,
            )  # fmt: skip
    every = max(1, -(-len(chart.categories) // 9))
    axes.set_xticks(list(places)[::every], list(chart.categories)[::every])
    known_values = [value for values in chart.series.values() for value in values if value is not None]
    axes.set_ylim(bottom=min(0.0, float(min(known_values, default=Decimal(0)))))
    axes.margins(y=0.15)
    _frame(axes, chart)
    _legend(axes, chart)


def _bar(axes: Axes, chart: Chart) -> None:
    lies, count = _lies(chart), len(chart.series)
    thick = 0.76 / max(1, count)
    for number, (name, values) in enumerate(chart.series.items()):
        places = [place + (number - (count - 1) / 2) * thick for place in range(len(chart.categories))]
        _bars(axes, places, _numbers(values), None, thick, number, name, lies=lies)
        for place, value in zip(places, values, strict=True):
            _label_bar(axes, place, value, lies=lies)
    _categories(axes, chart, lies=lies)


def _stacked(axes: Axes, chart: Chart) -> None:
    lies = _lies(chart)
    below = [0.0] * len(chart.categories)
    for number, (name, values) in enumerate(chart.series.items()):
        heights = [0.0 if value is None else float(value) for value in values]
        _bars(axes, list(range(len(heights))), heights, below, 0.66, number, name, lies=lies)
        below = [low + height for low, height in zip(below, heights, strict=True)]
    for place, total in enumerate(below):
        _label_bar(axes, place, Decimal(str(total)), lies=lies)
    _categories(axes, chart, lies=lies)


def _bars(
    axes: Axes,
    places: Sequence[float],
    lengths: Sequence[float],
    below: Sequence[float] | None,
    thick: float,
    number: int,
    name: str,
    *,
    lies: bool,
) -> None:
    look = number % len(SHADES)
    given: dict[str, Any] = {
        "label": name, "color": SHADES[look], "hatch": HATCHES[look], "edgecolor": "white", "linewidth": 0.3,
    }  # fmt: skip
    if lies:
        axes.barh(places, lengths, height=thick, left=below or 0, **given)
    else:
        axes.bar(places, lengths, width=thick, bottom=below or 0, **given)


def _label_bar(axes: Axes, place: float, value: Decimal | None, *, lies: bool) -> None:
    """Say the number at the end of a bar, and where there is none that nothing is known."""
    end = 0.0 if value is None else float(value)
    at = (end, place) if lies else (place, end)
    axes.annotate(
        "无数据" if value is None else label(value), at, textcoords="offset points", xytext=(4, 0) if lies else (0, 3),
        ha="left" if lies else "center", va="center" if lies else "bottom",
        fontproperties=_sized(7.5), color=INK,
    )  # fmt: skip


def _categories(axes: Axes, chart: Chart, *, lies: bool) -> None:
    places = range(len(chart.categories))
    if lies:
        axes.set_yticks(places, chart.categories)
        axes.invert_yaxis()
        axes.margins(x=0.12, y=0.02)
    else:
        axes.set_xticks(places, chart.categories)
        # A few bars keep the width they have among several.
        spare = max(0, FEWEST_SLOTS - len(chart.categories)) / 2
        axes.set_xlim(-0.6 - spare, len(chart.categories) - 0.4 + spare)
        axes.margins(y=0.15)
    _frame(axes, chart, lies=lies)
    _legend(axes, chart)


def _flow(axes: Axes, chart: Chart) -> None:
    """Draw who paid whom: arrows as thick as their amounts, between names left and right."""
    amounts = next(iter(chart.series.values()), ())
    flows = [
        (*name.partition(" → ")[::2], value)
        for name, value in zip(chart.categories, amounts, strict=False)
        if value is not None
    ][:MOST_FLOWS]
    axes.set_xlim(0, 1)
    axes.set_ylim(len(flows), -0.4)
    axes.axis("off")
    most = max((float(value) for _from, _to, value in flows), default=1.0) or 1.0
    for place, (giver, taker, value) in enumerate(flows):
        height = place + 0.4
        said: dict[str, Any] = {"fontproperties": _sized(9), "color": INK, "va": "center"}
        axes.text(0.3, height, giver, ha="right", **said)
        axes.text(0.7, height, taker, ha="left", **said)
        axes.add_patch(
            FancyArrowPatch(
                (0.32, height),
                (0.68, height),
                arrowstyle="-|>",
                mutation_scale=10,
                linewidth=0.8 + 5 * float(value) / most,
                color=SHADES[1],
                shrinkA=0,
                shrinkB=0,
            )
        )
        axes.text(0.5, height - 0.22, f"{label(value)} {chart.unit}", ha="center", **{**said, "va": "bottom"})


_KINDS: dict[str, Callable[[Axes, Chart], None]] = {
    "line": _line,
    "bar": _bar,
    "stacked": _stacked,
    "flow": _flow,
}
