"""Raw data in, rejects out: simulate, ingest, rejects."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lookout.cli.menu import app
from lookout.cli.terminal import (
    Companies,
    ScenarioFile,
    Seed,
    TerminalProgress,
    console,
    instant,
    now,
    this_settings,
)
from lookout.hub.landing import Batch, LandingReport
from lookout.kernel.clock import SHANGHAI, naive_local

MOST_LISTED = 5


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

    settings = this_settings()
    failed = 0
    with TerminalProgress() as progress:
        for path in paths:
            steps = progress.steps(f"导入 {path.name}")
            if path.is_dir():
                report = ingest_folder(
                    settings.home,
                    path,
                    personal_key=settings.personal_key,
                    ingested_at=now(),
                    progress=steps,
                )
            else:
                moment = instant(delivered_at) if delivered_at else now()
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
                    ingested_at=now(),
                    progress=steps,
                )
            print_landing(report)
            failed += len(report.problems)
    if failed:
        raise typer.Exit(1)


def print_landing(report: LandingReport) -> None:
    """Print what was accepted and refused."""
    new = [receipt.batch for receipt in report.receipts if not receipt.is_earlier]
    earlier = len(report.receipts) - len(new)
    console.print(
        f"入库 {len(new)} 个批次：接收 {sum(b.accepted for b in new):,} 行，退回 {sum(b.rejected for b in new):,} 行，"
        f"重复 {sum(b.doubled for b in new):,} 行" + (f"；另有 {earlier} 个文件此前已入库" if earlier else "")
    )
    for receipt in [r for r in report.receipts if r.same_content][:MOST_LISTED]:
        console.print(f"  {escape(receipt.sentence)}")
    worst = sorted((b for b in new if b.rejected), key=lambda b: (-b.rejected, b.batch_no))
    for batch in worst[:MOST_LISTED]:
        console.print(f"  批次 {batch.batch_no} {escape(batch.file)}：退回 {batch.rejected:,} 行")
    if worst:
        more = f"，另有 {len(worst) - MOST_LISTED} 个批次也有退回" if len(worst) > MOST_LISTED else ""
        console.print(f"  用 lookout rejects 批次号 文件.xlsx 写出退回清单{more}")
    print_unread(new)
    for problem in report.problems:
        console.print(f"  [red]{escape(str(problem))}[/]")


def print_unread(batches: list[Batch]) -> None:
    """Name the columns of each file that nothing reads: a misspelt header shows here."""
    unread = [batch for batch in batches if batch.unread]
    for batch in unread[:MOST_LISTED]:
        named = "、".join(batch.unread[:MOST_LISTED])
        more = f" 等 {len(batch.unread)} 列" if len(batch.unread) > MOST_LISTED else ""
        console.print(f"  批次 {batch.batch_no} {escape(batch.file)}：没有读取的列 {escape(named)}{more}")
    if unread:
        others = f"另有 {len(unread) - MOST_LISTED} 个文件也有；" if len(unread) > MOST_LISTED else ""
        console.print(f"  {others}这些列若应当读取，请改正表头或写映射文件（见“接入一个来源”）")


@app.command()
def rejects(
    batch_no: Annotated[int, typer.Argument(help="批次号")],
    out: Annotated[Path, typer.Argument(help="写出的 Excel 文件，可退回来源部门")],
) -> None:
    """把一个批次的退回行写成 Excel。"""
    from lookout.pipeline import write_rejects_workbook

    count = write_rejects_workbook(this_settings().home, batch_no, out)
    console.print(f"批次 {batch_no} 有 {count:,} 处退回，已写入 {out}")
