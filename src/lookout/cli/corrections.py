"""Corrections: withdraw a batch, see what a batch does to the ratings, rate what it touches, look back."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer
from rich.markup import escape

from lookout.cli.menu import app
from lookout.cli.terminal import AsOf, TerminalProgress, console, instant, now, this_settings
from lookout.hub.reading import BAND_NAMES, BANDS, Reader, cell_text

MOST_COMPANIES, MOST_LINES = 20, 5
BatchNo = Annotated[int, typer.Argument(help="批次号，见 lookout ingest 的输出或数据页")]


@app.command()
def withdraw(
    batch_no: BatchNo,
    reason: Annotated[str, typer.Option(help="撤回理由，必填；将随批次永久保存")],
    by: Annotated[str, typer.Option(help="撤回人姓名或工号，必填")],
) -> None:
    """撤回一个批次：此后的评定不再看见它；此前的运行不变。"""
    from lookout.pipeline.corrections import withdraw_batch

    done, companies = withdraw_batch(this_settings().home, batch_no, at=now(), by=by, reason=reason)
    console.print(
        f"第 {done.batch_no} 批已于 {cell_text(done.withdrawn_at)} 由 {escape(done.by)} 撤回，涉及 {companies:,} 家企业"
    )
    console.print(f"  看影响：lookout effects {batch_no}；立即重评这些企业：lookout rescore-batch {batch_no}")


@app.command()
def effects(
    batch_no: BatchNo,
    as_of: AsOf = "",
    limit: Annotated[int, typer.Option(help="最多列出几家")] = MOST_COMPANIES,
) -> None:
    """一个批次带来了什么：新增、更正或（撤回后）去掉了哪些事实，涉及企业的得分因此怎样变化。"""
    from lookout.pipeline.corrections import Effect
    from lookout.pipeline.corrections import effects as effects_of

    settings = this_settings()
    with TerminalProgress() as progress:
        found = effects_of(
            settings.home,
            batch_no,
            as_of=instant(as_of) if as_of else now(),
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            progress=progress,
        )
    verb = "去掉" if found.removed else "新增"
    console.print(
        f"第 {batch_no} 批（{escape(found.batch.file)}）：{found.rows:,} 行有效事实，{verb} {found.added:,} 行，"
        f"更正 {found.corrected:,} 行，与已有相同 {found.repeated:,} 行；"
        f"涉及 {len(found.companies):,} 家企业，{len(found.moved):,} 家的得分或等级变化"
    )

    names: dict[str, str] = dict(BAND_NAMES.items())

    def shown(score: Decimal | None, band: str | None) -> str:
        if band is None:
            return "未评级"
        return names[band] if score is None else f"{score} {names[band]}"

    def tell(one: Effect) -> None:
        console.print(
            f"  {one.identifier} {escape(one.name)}：{shown(one.before, one.band_before)} → "
            f"{shown(one.after, one.band_after)}"
        )
        for code, zh, points in one.lines[:MOST_LINES]:
            console.print(f"    {points:+} {code} {zh}".rstrip())

    for one in found.moved[:limit]:
        tell(one)
    if len(found.moved) > limit:
        console.print(f"  另有 {len(found.moved) - limit:,} 家，用 --limit 列出更多")


@app.command("rescore-batch")
def rescore_batch(batch_no: BatchNo) -> None:
    """重评一个批次涉及的全部企业，结果立即可见。"""
    from lookout.pipeline.corrections import rescore_batch as rescore_touched

    settings = this_settings()
    with TerminalProgress() as progress:
        rated = rescore_touched(
            settings.home,
            batch_no,
            as_of=now(),
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            progress=progress,
        )
    console.print(f"已重评第 {batch_no} 批涉及的 {len(rated):,} 家企业")


@app.command()
def hindsight(
    as_of: Annotated[str, typer.Option("--as-of", help="要回看的日期或时刻（北京时间）")],
    known_at: Annotated[str, typer.Option("--known-at", help="用到何时为止得知的数据；不给则为现在")] = "",
) -> None:
    """事后回看：以今天所知，当时本应评成什么。结果另存，不发布，不作为任何一次的上次评定。"""
    from lookout.pipeline import run

    settings = this_settings()
    moment = instant(as_of)
    with TerminalProgress() as progress:
        info = run(
            settings.home,
            moment,
            clock=now,
            known_at=instant(known_at) if known_at else now(),
            memory_limit=settings.memory_limit,
            spill=settings.spill_folder,
            progress=progress,
        )
    console.print(
        f"事后回看 {info.run_id}（未发布）：{cell_text(info.as_of)} 当日，{info.figures['facts']:,} 条事实"
    )
    runs = [one for one in Reader(settings.home).runs() if one.as_of.date() == info.as_of.date()]
    for title, one in (("当时发布", runs[0] if runs else None), ("事后回看", info)):
        if one is not None:
            bands = " ".join(f"{BAND_NAMES[band]} {one.figures['bands'].get(band, 0):,}" for band in BANDS)
            console.print(f"  {title}：{bands}")
