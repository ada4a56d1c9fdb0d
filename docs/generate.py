"""Writes the reference pages from the code and the catalogues: `python -m docs.generate [--check]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import typer
import yaml
from typer.core import TyperArgument, TyperGroup

from lookout.cli import app
from lookout.config.settings import SECRETS, Settings, variable_names
from lookout.contracts import CATEGORIES, Column, ColumnType, Table, contracts
from lookout.contracts.constants import Series, constants
from lookout.web.api.formats import FORMATS, VERSION, schema_address, schema_of, schema_text

DOCS = Path(__file__).resolve().parent
NOTICE = "<!-- 本页由 make docs 生成，请勿手改 -->"
SOURCE_CLASSES = {
    "government": "政务数据", "submissions": "报送数据", "opinions": "舆情数据", "platforms": "互联网企业数据",
    "desk": "业务反馈",
}  # fmt: skip
TYPES = {
    ColumnType.TEXT: "文本", ColumnType.TEXT_LIST: "文本列表（分号分隔）", ColumnType.CODE: "代码",
    ColumnType.USCC: "统一社会信用代码", ColumnType.REGISTRATION_NO: "工商注册号", ColumnType.REGION: "行政区划代码",
    ColumnType.DATE: "日期", ColumnType.MONTH: "月份", ColumnType.YEAR: "年度", ColumnType.INTEGER: "整数",
    ColumnType.NUMBER: "数值", ColumnType.RATIO: "比例（0–1）", ColumnType.MONEY: "金额（元）",
    ColumnType.BOOLEAN: "是或否", ColumnType.PERSON_NAME: "人名", ColumnType.PERSON_ID: "身份证号",
    ColumnType.PHONE: "电话", ColumnType.EMAIL: "电子邮箱", ColumnType.URL: "网址",
}  # fmt: skip
ROOMS = {"text": "文本分析", "graph": "关联图谱", "flows": "资金流", "desk": "业务反馈"}
DIMENSIONS = {
    "return_rate": "收益率", "public_exposure": "涉众面", "harm": "危害性", "contagion": "传染度",
    "complaint_rate": "投诉率", "none": "—",
}  # fmt: skip
MISSING_RULES = {
    "drop": "不计入", "drop_core": "不计入，并提示补充", "zero_if_monitored": "来源已接入记 0 分，否则不计入",
    "penalise_60": "应披露而未见，记 60 分", "never_missing": "不会缺失",
}  # fmt: skip


def cell(value: object) -> str:
    """Return a value as the text of a table cell."""
    return " ".join(str(value).replace("|", "\\|").split())


def grid(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *([cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(title: str, *parts: str) -> str:
    """Return a whole page."""
    return "\n\n".join([f"# {title}", NOTICE, *parts]) + "\n"


# ---- tables -------------------------------------------------------------------------------------
def column_notes(table: Table, name: str, column: Column) -> str:
    """Say what else a sender must know of a column."""
    notes = ["主键"] if name in table.key else []
    if isinstance(column.codes, dict):
        notes.append("；".join(f"`{code}` {title}" for code, title in column.codes.items()))
    if column.minimum is not None:
        notes.append(f"不小于 {column.minimum:g}")
    if column.maximum is not None:
        notes.append(f"不大于 {column.maximum:g}")
    if column.signed:
        notes.append("可为负")
    if column.sensitivity != "public":
        notes.append({"personal": "个人信息：只存令牌和密文", "internal": "内部"}[column.sensitivity])
    return "；".join(notes)


def table_section(table: Table) -> str:
    """Describe one contract."""
    facts = [
        f"提供部门：{table.department}（{SOURCE_CLASSES[table.source_class]}）",
        f"发生日期：`{table.occurred_on}`" + (f"，失效日期：`{table.valid_to}`" if table.valid_to else ""),
        f"超过 {table.freshness_days} 天没有新批次即视为未接入",
    ]
    if table.count_table:
        facts.append("计数表：来源直接给出次数，不是逐条事件")
    columns = [
        (
            f"`{name}`",
            column.zh,
            TYPES[column.type],
            "是" if column.required else "",
            column_notes(table, name, column),
        )
        for name, column in table.columns.items()
    ]
    return "\n\n".join(
        [
            f"### `{table.name}` {table.zh}",
            "\n".join(f"- {fact}" for fact in facts),
            grid(["列", "中文名", "类型", "必填", "说明"], columns),
        ]
    )


def tables_page() -> str:
    """The data dictionary, by data category."""
    tables = contracts()
    overview = grid(
        ["类别", "名称", "数据表"],
        [
            (code, title, "、".join(f"`{t.name}`" for t in tables.values() if t.category == code))
            for code, title in CATEGORIES.items()
        ],
    )
    sections = [
        "\n\n".join(
            [f"## {code} {title}", *(table_section(t) for t in tables.values() if t.category == code)]
        )
        for code, title in CATEGORIES.items()
    ]
    intro = (
        f"共 {len(tables)} 张数据表，分属 {len(CATEGORIES)} 个数据类别。合同只写部门或服务商实际报来的内容，不含任何推算结果；"
        "金额一律为元，比例为 0–1。"
    )
    return page("数据表", intro, overview, *sections)


# ---- catalogues ---------------------------------------------------------------------------------
def read_catalogue(package: str) -> dict[str, Any]:
    """Return the YAML files of a catalogue folder by stem."""
    folder = resources.files(package).joinpath("catalogue")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name)
    return {f.name.removesuffix(".yaml"): yaml.safe_load(f.read_text("utf-8")) for f in files}


def span(text: object) -> str:
    """Return an expression as a code span."""
    return f"`{' '.join(str(text).split())}`"


def measure_text(measure: Mapping[str, Any] | None) -> str:
    """Return a measure as one line."""
    if not measure:
        return ""
    text = span(measure["value"]) + (f" ÷ {span(measure['per'])}" if measure.get("per") else "")
    where = f"，条件 {span(measure['where'])}" if measure.get("where") else ""
    guard = f"，须 {span(measure['guard'])}" if measure.get("guard") else ""
    window = f"，时间窗 {span(measure['window'])}" if measure.get("window") else ""
    return f"{span(measure['from'])} 取 {text}{where}{guard}{window}"


def labels_page() -> str:
    """All risk labels by family."""
    families = sorted(
        read_catalogue("lookout.engine.labels").values(), key=lambda f: str(f["family"]["code"])
    )
    entries = [entry for family in families for entry in family["labels"].values()]
    waiting = sum(1 for entry in entries if entry.get("waits_for"))
    sections = []
    for family in families:
        rows = [
            (
                f"`{code}`",
                entry["zh"],
                entry["severity"],
                DIMENSIONS.get(entry.get("dimension", "none"), entry.get("dimension")),
                f"等待{ROOMS.get(entry['waits_for'], entry['waits_for'])}"
                if entry.get("waits_for")
                else f"{measure_text(entry.get('measure'))}；命中 {span(entry.get('hit', ''))}",
                entry.get("half_life_days") or "",
            )
            for code, entry in family["labels"].items()
        ]
        head = ["编号", "标签", "严重度", "维度", "规则", "半衰期（天）"]
        sections.append(f"## {family['family']['code']} {family['family']['zh']}\n\n{grid(head, rows)}")
    intro = (
        f"共 {len(entries)} 个标签，{len(entries) - waiting} 个已启用，{waiting} 个等待尚未建成的部分。"
        "标签不计分：它们描述、排序、触发和解释，分数只由指标构成。"
    )
    return page("风险标签", intro, *sections)


def indicator_rule(entry: Mapping[str, Any]) -> str:
    """Return how an indicator gets its value."""
    if entry.get("waits_for"):
        return f"等待{ROOMS.get(entry['waits_for'], entry['waits_for'])}"
    if entry.get("derive"):
        return f"由 {span(entry['derive'])} 得出"
    if entry.get("population"):
        return "由同类企业已确认的办理结果得出"
    return "；".join(measure_text(one) for one in entry.get("inputs", []))


def indicator_sections(indicators: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one section per dimension."""
    sections = []
    for dimension, title in DIMENSIONS.items():
        rows = [
            (
                f"`{name}`",
                entry["zh"],
                entry["unit"],
                entry["weight"],
                entry["knots"],
                MISSING_RULES[entry["missing"]],
                indicator_rule(entry),
            )
            for name, entry in indicators.items()
            if entry["dimension"] == dimension
        ]
        if rows:
            head = ["编号", "指标", "单位", "权重", "折线（值:分）", "缺失时", "取值"]
            sections.append(f"## {title} `{dimension}`\n\n{grid(head, rows)}")
    return sections


def indicators_page() -> str:
    """All indicators by dimension, and the rest of the formula."""
    catalogue = read_catalogue("lookout.engine.scoring")
    indicators, rules = catalogue["indicators"]["indicators"], catalogue["rating"]
    dimensions = [(f"`{name}`", one["zh"], one["weight"]) for name, one in rules["dimensions"].items()]
    bands = [(f"`{name}`", one["zh"], one["level"], one["starts_at"]) for name, one in rules["bands"].items()]
    floors = [
        (f"`{name}`", one["zh"], span(one["when"]), one["floor"]) for name, one in rules["floors"].items()
    ]
    caps = [
        (f"`{name}`", one["zh"], span(one["when"]), "数据不足" if one.get("grey") else one["cap"])
        for name, one in rules["caps"].items()
    ]
    signals = [
        (
            f"`{name}`",
            one["zh"],
            f"等待{ROOMS[one['waits_for']]}" if one.get("waits_for") else measure_text(one["measure"]),
        )
        for name, one in rules["signals"].items()
    ]
    profiles = sorted(
        f.name for f in resources.files("lookout.engine.scoring").joinpath("catalogue", "profiles").iterdir()
    )
    intro = (
        f"共 {len(indicators)} 个指标。每个指标的值经折线换成 0–100 的子分，再按权重合成维度分；"
        "合成办法见[分数如何得出](../explanation/score.md)。"
    )
    return page(
        "评分指标",
        intro,
        *indicator_sections(indicators),
        "## 维度\n\n" + grid(["维度", "名称", "权重"], dimensions),
        "## 等级\n\n" + grid(["等级", "名称", "程度", "下限（含）"], bands),
        "## 底线\n\n满足条件时分数不低于底线；须有两类来源，或一个权威来源。\n\n"
        + grid(["编号", "名称", "条件", "底线"], floors),
        "## 封顶\n\n满足条件时分数不高于封顶；不影响底线。\n\n"
        + grid(["编号", "名称", "条件", "封顶"], caps),
        "## 信号\n\n只供上述条件和导出指标使用，本身没有权重。\n\n" + grid(["名称", "含义", "取值"], signals),
        "## 评分方案\n\n默认方案之外："
        + "、".join(f"`{name.removesuffix('.yaml')}`" for name in profiles)
        + "。",
    )


def marts_page() -> str:
    """The rebuildable tables between facts and measures."""
    marts = read_catalogue("lookout.hub.marts")
    sections = [
        f"## `{name}` {mart['zh']}\n\n来源：{'、'.join(f'`{table}`' for table in mart['from'])}\n\n"
        + grid(["列", "中文名", "类型"], [(f"`{c}`", d["zh"], d["type"]) for c, d in mart["columns"].items()])
        for name, mart in marts.items()
    ]
    return page("企业宽表", "每次运行都由事实表重建，每家企业一行；可随时删去重算。", *sections)


def constants_page() -> str:
    """Legal and statistical constants with their source."""
    rows = []
    for name, entry in constants().entries.items():
        steps = entry.values if isinstance(entry, Series) else ()
        words = "、".join(() if isinstance(entry, Series) else entry.terms)
        value = "；".join(f"{step.start} 起 {step.value}" for step in steps) or words
        rows.append((f"`{name}`", entry.zh, value, entry.source))
    intro = "规则中按名称引用的常量。数值按日生效：评估哪一天，就用哪一天有效的值。"
    return page("常量", intro, grid(["名称", "含义", "取值", "依据"], rows))


# ---- installation -------------------------------------------------------------------------------
def default_text(default: object) -> str:
    """Return a setting's default as it would be written in the environment."""
    if isinstance(default, bool):
        return "1" if default else "0"
    return ",".join(default) if isinstance(default, tuple) else str(default)


def settings_page() -> str:
    """Every environment variable."""
    rows = []
    for name, variable in variable_names().items():
        field = Settings.model_fields[name]
        also = f"；也可用 `{variable}_FILE` 指明文件" if name.removeprefix("given_") in SECRETS else ""
        is_plain = field.default_factory is None and field.default not in (None, "")
        shown = f"`{default_text(field.default)}`" if is_plain else ""
        rows.append((f"`{variable}`", f"{field.description}{also}", shown, (field.examples or [""])[0]))
    intro = (
        "设置全部来自环境变量，启动时一次读入。不认识的 `LOOKOUT_*` 变量和不合规的值都会阻止启动，"
        "并一次列出所有问题和正确写法。"
    )
    return page("设置", intro, grid(["变量", "含义", "默认", "示例"], rows))


def parameter_rows(command: Any) -> list[tuple[str, str, str]]:
    """Return name, help and default of each parameter of a command."""
    rows = []
    for parameter in command.params:
        if isinstance(parameter, TyperArgument):
            name = (parameter.name or "").upper()
        else:
            name = ", ".join([*parameter.opts, *parameter.secondary_opts])
        plain = isinstance(parameter.default, str | int | float) and not isinstance(parameter.default, bool)
        default = f"`{parameter.default}`" if plain and parameter.default != "" else ""
        rows.append((f"`{name}`", parameter.help or "", default))
    return rows


def _commands(menu: TyperGroup, before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each command with its whole name; a group is no command."""
    for name, command in menu.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def commands_page() -> str:
    """The menu of the command line."""
    menu = typer.main.get_command(app)
    if not isinstance(menu, TyperGroup):
        raise TypeError("the command line is a menu of commands")
    sections = []
    for name, command in sorted(_commands(menu)):
        rows = parameter_rows(command)
        table = "\n\n" + grid(["参数", "含义", "默认"], rows) if rows else ""
        sections.append(f"## `lookout {name}`\n\n{(command.help or '').strip()}{table}")
    return page("命令", "`lookout 命令 --help` 显示同样的说明。", *sections)


# ---- formats ------------------------------------------------------------------------------------
def schema_rows(schema: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return name, title and description of the members of a format."""
    required = schema.get("required", [])
    return [
        (
            f"`{name}`" + ("（必填）" if name in required else ""),
            one.get("title", ""),
            one.get("description", ""),
        )
        for name, one in schema["properties"].items()
    ]


def schemas_page() -> str:
    """The formats that partners read and write."""
    sections = [
        f"## `{kind}` {title}\n\n文件 [{VERSION}/{kind}.json]({VERSION}/{kind}.json)，在线地址 `{schema_address(kind)}`，"
        f"核对 `lookout validate {kind} 文件`。\n\n"
        + grid(["成员", "名称", "说明"], schema_rows(schema_of(kind)))
        for kind, (_model, title) in FORMATS.items()
    ]
    intro = (
        "JSON Schema（Draft 2020-12）。同一版本的含义不变；含义要变就出新版本，旧版本继续提供。"
        "金额和评分是十进制文本，不是浮点数；时刻带时区。"
    )
    return page("数据格式", intro, *sections)


PAGES: dict[str, Callable[[], str]] = {
    "reference/tables.md": tables_page,
    "reference/labels.md": labels_page,
    "reference/indicators.md": indicators_page,
    "reference/marts.md": marts_page,
    "reference/constants.md": constants_page,
    "reference/settings.md": settings_page,
    "reference/commands.md": commands_page,
    "reference/schemas/README.md": schemas_page,
    **{f"reference/schemas/{VERSION}/{kind}.json": partial(schema_text, kind) for kind in FORMATS},
}


def pages() -> dict[str, str]:
    """Return every generated page: path below docs/ → text."""
    return {name: write() for name, write in PAGES.items()}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` only tell which are out of date. Returns the exit status."""
    stale = [
        name
        for name, text in pages().items()
        if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != text
    ]
    if "--check" in arguments:
        print(
            "\n".join(f"out of date: docs/{name} (run make docs)" for name in stale)
            or "generated pages are up to date"
        )
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(PAGES[name](), "utf-8")
        print(f"wrote docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
