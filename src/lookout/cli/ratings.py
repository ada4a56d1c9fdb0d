"""Rate and read: run, rescore, list, explain, runs."""

from __future__ import annotations

from typing import Annotated, cast

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from lookout.cli.menu import app
from lookout.cli.terminal import AsOf, TerminalProgress, console, instant, now, this_settings
from lookout.config import Settings
from lookout.hub.reading import (
    BAND_NAMES,
    BANDS,
    CHANGE_NAMES,
    DIMENSION_NAMES,
    Band,
    CompanyFilter,
    Dossier,
    Reader,
    cell_text,
)
from lookout.kernel.errors import LookoutError

BAND_STYLES = {"red": "bold white on red", "orange": "black on dark_orange", "yellow": "black on yellow"}


RunId = Annotated[
    str, typer.Option("--run", help="看一次保留的较早运行；用 lookout runs 列出。不给则看当前运行")
]
ROWS_SHOWN = 200
ALL_ROWS = 10_000_000


def open_reader(settings: Settings, run_id: str = "") -> Reader:
    """Open the installation for reading, within the memory the settings allow."""
    return Reader(
        settings.home,
        memory_limit=settings.memory_limit,
        spill=settings.spill_folder,
        live=settings.live_database,
        run_id=run_id,
    )


def band_text(band: Band | None) -> str:
    """Name a band, or say why there is none."""
    return BAND_NAMES[band] if band else "不在监测范围，未评级"


@app.command()
def run(
    as_of: AsOf = "",
    rerun: Annotated[str, typer.Option(help="按某次运行当时的数据重做一遍")] = "",
    engine: Annotated[
        str, typer.Option(help="duckdb、spark 或 spark:集群地址；不给则按 LOOKOUT_ENGINE，结果相同")
    ] = "",
) -> None:
    """评定全部企业并发布；失败或中断不影响上一次结果。"""
    from lookout.pipeline import run as run_all

    settings = this_settings()
    with TerminalProgress() as progress:
        info = run_all(
            settings.home,
            instant(as_of) if as_of else None if rerun else now(),
            rerun_of=rerun,
            clock=now,
            keep=settings.keep_runs,
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            engine=engine or settings.engine,
            live=settings.live_database,
            progress=progress,
        )
    reader = open_reader(settings)
    print_run(info.run_id, reader)
    current = reader.current()
    if current is not None and current.run_id != info.run_id:
        console.print(f"  评定时点较早，页面仍显示 {current.run_id}（{cell_text(current.as_of)}）")


def print_run(run_id: str, reader: Reader) -> None:
    """Print the figures of one run."""
    info = reader.run(run_id)
    if info is None:
        return
    figures = info.figures
    bands = " ".join(f"{BAND_NAMES[band]} {figures['bands'].get(band, 0):,}" for band in BANDS)
    console.print(
        f"运行 {run_id}：评定时点 {cell_text(info.as_of)}，{info.batches} 个批次，{figures['facts']:,} 条事实"
    )
    console.print("  " + " → ".join(f"{name} {count:,}" for name, count in figures["funnel"]))
    console.print(f"  {bands}")
    changes = figures["changes"]
    console.print(
        "  " + " ".join(f"{CHANGE_NAMES[kind]} {changes[kind]:,}" for kind in CHANGE_NAMES if kind in changes)
    )


@app.command()
def rescore(identifiers: Annotated[list[str], typer.Argument(help="统一社会信用代码，可多个")]) -> None:
    """只重评这些企业，立即可见；只升不降，降级等下一次全量运行。"""
    from lookout.pipeline import rescore as rescore_some

    settings = this_settings()
    with TerminalProgress() as progress:
        found = rescore_some(
            settings.home,
            identifiers,
            as_of=now(),
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            live=settings.live_database,
            progress=progress,
        )
    reader = open_reader(settings)
    for identifier in found:
        _explain(reader, identifier)


@app.command("list")
def list_companies(
    band: Annotated[
        list[str] | None, typer.Option(help="red、orange、yellow、normal、grey，或其中文名；可多次给出")
    ] = None,
    region: Annotated[str, typer.Option(help="区划代码前缀或名称，如 4401、天河区")] = "",
    organization_type: Annotated[str, typer.Option("--type", help="业态代码或名称")] = "",
    change: Annotated[
        str, typer.Option(help="opened、raised、lowered、withdrawn、suspended、kept，或其中文名")
    ] = "",
    label: Annotated[str, typer.Option(help="风险标签代码或名称，如 CAS001")] = "",
    text: Annotated[str, typer.Option(help="名称（含曾用名）、任一种代码或拼音首字母")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多显示多少家")] = 50,
    run_id: RunId = "",
) -> None:
    """列出企业，按得分从高到低。"""
    reader = open_reader(this_settings(), run_id)
    bands = cast("tuple[Band, ...]", tuple(band or ()))  # checked with the rest
    asked = reader.checked(CompanyFilter(bands, region, organization_type, change, label, text))
    page = reader.list_companies(asked, limit=limit)
    table = RichTable(box=None, header_style="bold")
    for title in ("等级", "得分", "变化", "企业", "代码", "地区", "覆盖", "主要原因"):
        table.add_column(title, justify="right" if title in {"得分", "覆盖"} else "left", overflow="fold")
    for row in page.rows:
        table.add_row(
            f"[{BAND_STYLES.get(row.band, '')}]{BAND_NAMES[row.band]}[/]"
            if row.band in BAND_STYLES
            else band_text(row.band),
            "—" if row.score is None else str(row.score),
            CHANGE_NAMES.get(row.change, ""),
            escape(row.name),
            row.identifier,
            row.region_name,
            f"{row.coverage:.0%}",
            escape("；".join(row.top_reasons)),
        )
    console.print(table)
    console.print(f"共 {page.total:,} 家，显示 {len(page.rows):,} 家{_which_run(reader, run_id)}")


def _which_run(reader: Reader, run_id: str) -> str:
    info = reader.current() if run_id else None
    return f"；运行 {info.run_id}，评定时点 {cell_text(info.as_of)}" if info else ""


@app.command()
def explain(
    identifier: Annotated[str, typer.Argument(help="统一社会信用代码")],
    rows: Annotated[str, typer.Option(help="再打开一个指标、标签或规则的原始记录，如 Y01，不分大小写")] = "",
    all_rows: Annotated[
        bool, typer.Option("--all", help=f"原始记录全部列出；不给则每组最多 {ROWS_SHOWN} 行")
    ] = False,
    run_id: RunId = "",
) -> None:
    """说明一家企业为什么是这个得分。"""
    reader = open_reader(this_settings(), run_id)
    code = reader.checked_code(rows) if rows else ""
    _explain(reader, identifier)
    if code:
        _print_evidence(reader, identifier, code, ALL_ROWS if all_rows else ROWS_SHOWN)


def _explain(reader: Reader, identifier: str) -> None:
    identifier = reader.identifier_of(identifier)
    dossier = reader.get_company(identifier, None, events=0)
    if dossier is None:
        raise LookoutError(f"没有代码为“{identifier}”的企业；可用 lookout list --text 名称 查找")
    row = dossier.row
    score = "—" if row.score is None else str(row.score)
    console.print(f"[bold]{escape(row.name)}[/]  {row.identifier}  {row.region_name}")
    console.print(f"得分 [bold]{score}[/]  {band_text(row.band)}  数据覆盖度 {row.coverage:.0%}")
    console.print(escape(dossier.explanation))
    if row.score is None:
        console.print("数据不足，暂不评级" if row.band == "grey" else "不在监测范围，没有得分")
    else:
        _print_contributions(dossier)
    for hit in dossier.labels:
        console.print(
            f"  {hit.code} {hit.name}（{hit.family_name}，严重度 {hit.severity}）：{escape(hit.reason)}"
        )
    missing = [source.name for source in dossier.sources if not source.connected]
    if missing:
        console.print(f"缺少的数据：{'、'.join(missing)}")


def _print_contributions(dossier: Dossier) -> None:
    table = RichTable(box=None, header_style="bold")
    for title in ("加分", "代码", "指标", "取值", "分项得分", "维度"):
        table.add_column(title, justify="right" if title in {"加分", "分项得分"} else "left")
    total = None
    for line in dossier.contributions:
        if line.points:
            total = line.points + (total or 0)
            sub_score = "" if line.sub_score is None else f"{line.sub_score:.1f}"
            table.add_row(
                f"{line.points:+}",
                line.code,
                line.name,
                line.value_text,
                sub_score,
                DIMENSION_NAMES.get(line.dimension, ""),
            )
    if dossier.row.score is not None:  # a grey company has no score for the points to add up to
        table.add_row(f"[bold]{total or 0}[/]", "", "合计", "", "", "")
    console.print(table)


def _print_evidence(reader: Reader, identifier: str, code: str, limit: int) -> None:
    evidence = reader.evidence(reader.identifier_of(identifier), code, None, limit)
    if evidence is None:
        raise LookoutError(f"没有代码为“{code}”的指标、标签或规则")
    console.print(f"[bold]{evidence.code} {evidence.name}[/]：{evidence.meaning}")
    for group in evidence.groups:
        part = (
            f"，只显示前 {len(group.rows):,} 行；加 --all 全部列出" if len(group.rows) < group.total else ""
        )
        console.print(f"{group.rule_text}\n  共 {group.total:,} 行{part}")
        for row in group.rows:
            shown = "，".join(
                f"{title} {cell_text(row.values[name])}"
                for name, title in group.columns
                if row.values[name] is not None
            )
            console.print(
                f"  批次 {row.batch_no} {row.file} 第 {row.line} 行，{cell_text(row.known_at)}：{escape(shown)}"
            )


@app.command()
def runs() -> None:
    """列出保留的运行。"""
    reader = open_reader(this_settings())
    current = reader.current()
    for info in reader.runs():
        mark = "*" if current and info.run_id == current.run_id else " "
        bands = " ".join(f"{BAND_NAMES[band]} {info.figures['bands'].get(band, 0):,}" for band in BANDS)
        console.print(f"{mark} {info.run_id}  {cell_text(info.as_of)}  {bands}")
