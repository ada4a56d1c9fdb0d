"""The menu of the terminal. Chooses settings and the clock, calls the rooms, and prints what they say."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

from lookout.config import Settings, configure_logging, load_settings
from lookout.hub.landing import LandingReport
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
from lookout.kernel.clock import SHANGHAI, naive_local, parse_as_of
from lookout.kernel.errors import DataError, LookoutError

if TYPE_CHECKING:
    from lookout.web.accounts.demo_people import Login

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Lookout 瞭望：在非法集资崩盘之前看见它，并说清为什么。",
)
# A list sent to a file must not be folded at the width of a terminal that is not there.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 400)
errors = Console(stderr=True, highlight=False)

MOST_LISTED = 5
INTERRUPTED = 130  # the shell's code for a process ended by Ctrl-C
# Days before the scenario's last on which the demo rates: enough runs for a trend and for what changed.
DEMO_RUNS = (28, 7, 0)
BAND_STYLES = {"red": "bold white on red", "orange": "black on dark_orange", "yellow": "black on yellow"}


def _now() -> datetime:
    return datetime.now(SHANGHAI)


def _band_text(band: Band | None) -> str:
    return BAND_NAMES[band] if band else "不在监测范围，未评级"


def _instant(text: str) -> datetime:
    """Read an instant typed by a person; without offset it is Shanghai time."""
    try:
        return parse_as_of(text)
    except ValueError:
        raise DataError(f"“{text}”不是日期或时刻；应为 2026-11-22 或 2026-11-22T08:00") from None


class TerminalProgress:
    """Shows the running stage as a bar, on stderr; plain lines when it is not a terminal."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[step]}"),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
        )
        self._task = self._bar.add_task("", step="", total=None)
        self._stage = ""

    def __enter__(self) -> TerminalProgress:
        if errors.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if errors.is_terminal:
            self._bar.stop()

    def __call__(self, stage: str, step: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage = stage
            if not errors.is_terminal:
                errors.print(f"  {stage} …")
        self._bar.update(self._task, description=stage, step=step, completed=done, total=total or None)

    def steps(self, stage: str) -> _Steps:
        """Return a callback for work that has steps only."""
        return _Steps(self, stage)

    def counter(self, stage: str) -> Callable[[int, int], None]:
        """Return a callback for work that only counts."""
        return lambda done, total: self(stage, "", done, total)


class _Steps:
    def __init__(self, progress: TerminalProgress, stage: str) -> None:
        self._progress, self._stage = progress, stage

    def __call__(self, step: str, done: int, total: int) -> None:
        self._progress(self._stage, step, done, total)


def _settings() -> Settings:
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    return settings


Companies = Annotated[int, typer.Option(min=100, max=1_000_000, help="企业户数")]
Seed = Annotated[int, typer.Option(help="随机种子；相同参数得到逐字节相同的文件")]
ScenarioFile = Annotated[Path | None, typer.Option("--scenario", help="情景文件；不给则用内置的广东情景")]
AsOf = Annotated[str, typer.Option("--as-of", help="评定时点：日期表示当日终了，或 ISO 时刻（北京时间）")]


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="写入原始文件的文件夹")],
    companies: Companies = 20_000,
    seed: Seed = 1,
    scenario: ScenarioFile = None,
) -> None:
    """生成一个合成省份的原始数据文件。"""
    from lookout.demo import load_scenario
    from lookout.demo import simulate as simulate_province

    with TerminalProgress() as progress:
        report = simulate_province(
            out,
            companies=companies,
            seed=seed,
            scenario=load_scenario(scenario),
            progress=progress.counter("生成合成省份"),
        )
    console.print(
        f"已生成 {report.companies:,} 家企业、{report.files:,} 个文件、{report.total_rows:,} 行，在 {out}"
    )


@app.command()
def ingest(
    paths: Annotated[
        list[Path], typer.Argument(help="带 delivery.yaml 的交付文件夹；或一个文件，须给 --table")
    ],
    table: Annotated[str, typer.Option(help="表名，如 company；导入单个文件时必填")] = "",
    source: Annotated[str, typer.Option(help="来源名")] = "",
    delivered_at: Annotated[str, typer.Option(help="送达时间；不给则为现在")] = "",
    covers: Annotated[list[str] | None, typer.Option(help="覆盖地区的区划代码前缀，可多次给出")] = None,
    mapping: Annotated[Path | None, typer.Option(help="映射文件")] = None,
    asserted: Annotated[bool, typer.Option(help="补录：送达时间只是声称的")] = False,
) -> None:
    """导入数据：检查、入库，坏行进隔离区并说明原因。"""
    from lookout.pipeline import ingest as land
    from lookout.pipeline import ingest_folder, one_file

    settings = _settings()
    failed = 0
    with TerminalProgress() as progress:
        for path in paths:
            steps = progress.steps(f"导入 {path.name}")
            if path.is_dir():
                report = ingest_folder(
                    settings.home,
                    path,
                    personal_key=settings.personal_key,
                    ingested_at=_now(),
                    progress=steps,
                )
            else:
                moment = _instant(delivered_at) if delivered_at else _now()
                delivery = one_file(
                    path,
                    table=table,
                    source=source,
                    delivered_at=naive_local(moment.astimezone(SHANGHAI)),
                    regions=covers or [],
                    mapping=mapping,
                    asserted=asserted,
                )
                report = land(
                    settings.home,
                    [delivery],
                    personal_key=settings.personal_key,
                    ingested_at=_now(),
                    progress=steps,
                )
            _print_landing(report)
            failed += len(report.problems)
    if failed:
        raise typer.Exit(1)


def _print_landing(report: LandingReport) -> None:
    new = [receipt.batch for receipt in report.receipts if not receipt.is_earlier]
    earlier = len(report.receipts) - len(new)
    console.print(
        f"入库 {len(new)} 个批次：接收 {sum(b.accepted for b in new):,} 行，退回 {sum(b.rejected for b in new):,} 行，"
        f"重复 {sum(b.doubled for b in new):,} 行" + (f"；另有 {earlier} 个文件此前已入库" if earlier else "")
    )
    worst = sorted((b for b in new if b.rejected), key=lambda b: (-b.rejected, b.batch_no))
    for batch in worst[:MOST_LISTED]:
        console.print(f"  批次 {batch.batch_no} {batch.file}：退回 {batch.rejected:,} 行")
    if worst:
        more = f"，另有 {len(worst) - MOST_LISTED} 个批次也有退回" if len(worst) > MOST_LISTED else ""
        console.print(f"  用 lookout rejects 批次号 文件.xlsx 写出退回清单{more}")
    for problem in report.problems:
        console.print(f"  [red]{escape(str(problem))}[/]")


@app.command()
def run(
    as_of: AsOf = "",
    rerun: Annotated[str, typer.Option(help="按某次运行当时的数据重做一遍")] = "",
) -> None:
    """评定全部企业并发布；失败或中断不影响上一次结果。"""
    from lookout.pipeline import run as run_all

    settings = _settings()
    with TerminalProgress() as progress:
        info = run_all(
            settings.home,
            _instant(as_of) if as_of else None if rerun else _now(),
            rerun_of=rerun,
            clock=_now,
            keep=settings.keep_runs,
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            progress=progress,
        )
    reader = Reader(settings.home)
    _print_run(info.run_id, reader)
    current = reader.current()
    if current is not None and current.run_id != info.run_id:
        console.print(f"  评定时点较早，页面仍显示 {current.run_id}（{cell_text(current.as_of)}）")


def _print_run(run_id: str, reader: Reader) -> None:
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

    settings = _settings()
    with TerminalProgress() as progress:
        found = rescore_some(
            settings.home,
            identifiers,
            as_of=_now(),
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            progress=progress,
        )
    for identifier in found:
        _explain(settings, identifier)


@app.command("list")
def list_companies(
    band: Annotated[
        list[str] | None, typer.Option(help="red、orange、yellow、normal、grey，可多次给出")
    ] = None,
    region: Annotated[str, typer.Option(help="区划代码前缀，如 4401")] = "",
    organization_type: Annotated[str, typer.Option("--type", help="业态")] = "",
    change: Annotated[str, typer.Option(help="opened、raised、lowered、withdrawn、kept")] = "",
    label: Annotated[str, typer.Option(help="风险标签代码，如 CAS001")] = "",
    text: Annotated[str, typer.Option(help="名称、代码或拼音首字母")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
) -> None:
    """列出企业，按得分从高到低。"""
    unknown = [one for one in band or [] if one not in BANDS]
    if unknown:
        raise LookoutError(f"没有名为“{unknown[0]}”的等级；应为 {'、'.join(BANDS)} 之一")
    bands: tuple[Band, ...] = tuple(one for one in BANDS if one in (band or []))
    reader = Reader(_settings().home)
    page = reader.list_companies(
        CompanyFilter(bands, region, organization_type, change, label, text), limit=limit
    )
    table = RichTable(box=None, header_style="bold")
    for title in ("等级", "得分", "变化", "企业", "代码", "地区", "覆盖", "主要原因"):
        table.add_column(title, justify="right" if title in {"得分", "覆盖"} else "left", overflow="fold")
    for row in page.rows:
        table.add_row(
            f"[{BAND_STYLES.get(row.band, '')}]{BAND_NAMES[row.band]}[/]"
            if row.band in BAND_STYLES
            else _band_text(row.band),
            "—" if row.score is None else str(row.score),
            CHANGE_NAMES.get(row.change, ""),
            escape(row.name),
            row.identifier,
            row.region_name,
            f"{row.coverage:.0%}",
            escape("；".join(row.top_reasons)),
        )
    console.print(table)
    console.print(f"共 {page.total:,} 家，显示 {len(page.rows):,} 家")


@app.command()
def explain(
    identifier: Annotated[str, typer.Argument(help="统一社会信用代码")],
    rows: Annotated[str, typer.Option(help="再打开一个指标或标签的原始记录，如 Y01")] = "",
) -> None:
    """说明一家企业为什么是这个得分。"""
    settings = _settings()
    _explain(settings, identifier)
    if rows:
        _print_evidence(Reader(settings.home), identifier, rows)


def _explain(settings: Settings, identifier: str) -> None:
    dossier = Reader(settings.home).get_company(identifier, None)
    if dossier is None:
        raise LookoutError(f"没有代码为“{identifier}”的企业；可用 lookout list --text 名称 查找")
    row = dossier.row
    score = "—" if row.score is None else str(row.score)
    console.print(f"[bold]{escape(row.name)}[/]  {row.identifier}  {row.region_name}")
    console.print(f"得分 [bold]{score}[/]  {_band_text(row.band)}  数据覆盖度 {row.coverage:.0%}")
    console.print(escape(dossier.explanation))
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
    table.add_row(f"[bold]{total or 0}[/]", "", "合计", "", "", "")
    console.print(table)


def _print_evidence(reader: Reader, identifier: str, code: str) -> None:
    evidence = reader.evidence(identifier, code, None)
    if evidence is None:
        raise LookoutError(f"没有代码为“{code}”的指标或标签")
    console.print(f"[bold]{evidence.code} {evidence.name}[/]：{evidence.meaning}")
    for group in evidence.groups:
        console.print(f"{group.rule_text}\n  {group.total} 行")
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
    reader = Reader(_settings().home)
    current = reader.current()
    for info in reader.runs():
        mark = "*" if current and info.run_id == current.run_id else " "
        bands = " ".join(f"{BAND_NAMES[band]} {info.figures['bands'].get(band, 0):,}" for band in BANDS)
        console.print(f"{mark} {info.run_id}  {cell_text(info.as_of)}  {bands}")


@app.command()
def rejects(
    batch_no: Annotated[int, typer.Argument(help="批次号")],
    out: Annotated[Path, typer.Argument(help="写出的 Excel 文件，可退回来源部门")],
) -> None:
    """把一个批次的退回行写成 Excel。"""
    from lookout.pipeline import write_rejects_workbook

    count = write_rejects_workbook(_settings().home, batch_no, out)
    console.print(f"批次 {batch_no} 有 {count:,} 处退回，已写入 {out}")


@app.command()
def doctor() -> None:
    """检查设置与目录，列出还在等待哪些房间的标签和指标。"""
    from lookout.pipeline import diagnose

    settings = load_settings()
    for line in diagnose(settings.home):
        console.print(line)


def _print_logins(logins: Sequence[Login]) -> None:
    table = RichTable(box=None, header_style="bold")
    for title in ("账号", "口令", "姓名", "角色", "地区"):
        table.add_column(title, no_wrap=True)
    for login in logins:
        table.add_row(login.username, login.password, login.name, login.role, login.region)
    if logins:
        console.print(table)


@app.command()
def serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8000,
) -> None:
    """启动网页。"""
    settings = _settings()
    from lookout.web.manage import prepare
    from lookout.web.serve import serve as serve_pages

    logins = prepare(demo=settings.demo)
    console.print(f"打开 http://{host}:{port}/")
    _print_logins(logins)
    serve_pages(host, port)


@app.command()
def demo(
    companies: Companies = 20_000,
    seed: Seed = 1,
    scenario: ScenarioFile = None,
    with_pages: Annotated[bool, typer.Option("--serve/--no-serve", help="完成后启动网页")] = True,
) -> None:
    """合成省份、导入、评定，然后打开网页。"""
    from lookout.demo import load_scenario
    from lookout.demo import simulate as simulate_province
    from lookout.pipeline import ingest_folder
    from lookout.pipeline import run as run_all

    os.environ.setdefault("LOOKOUT_DEMO", "1")
    settings = _settings()
    chosen = load_scenario(scenario)
    raw = settings.home / "province"
    with TerminalProgress() as progress:
        simulate_province(
            raw, companies=companies, seed=seed, scenario=chosen, progress=progress.counter("生成合成省份")
        )
        report = ingest_folder(
            settings.home,
            raw,
            personal_key=settings.personal_key,
            ingested_at=_now(),
            progress=progress.steps("导入数据"),
        )
    _print_landing(report)
    for days in DEMO_RUNS:
        day = chosen.as_of - timedelta(days=days)
        with TerminalProgress() as progress:
            info = run_all(
                settings.home,
                parse_as_of(day.isoformat()),
                clock=_now,
                keep=settings.keep_runs,
                memory_limit=settings.memory_limit,
                spill=settings.spill_folder,
                progress=progress,
            )
        _print_run(info.run_id, Reader(settings.home))
    if with_pages:
        serve()
        return
    from lookout.web.manage import prepare

    console.print("用 lookout serve 启动网页，然后打开 http://127.0.0.1:8000/")
    _print_logins(prepare(demo=settings.demo))


def main() -> NoReturn:
    """Run the menu; an error of ours is one message, without a traceback."""
    try:
        app()
    except LookoutError as error:
        errors.print(f"[red]出错：[/]{escape(str(error))}")
        sys.exit(1)
    except (SystemExit, KeyboardInterrupt) as ended:
        # The menu's library turns Ctrl-C into an exit of its own.
        if isinstance(ended, KeyboardInterrupt) or ended.code == INTERRUPTED:
            errors.print("已中断；已完成的批次和上一次评定结果不受影响")
            sys.exit(INTERRUPTED)
        raise
    sys.exit(0)


if __name__ == "__main__":
    main()
