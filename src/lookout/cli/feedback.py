"""Outcomes of clues on their way back into the ratings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lookout.cli.menu import app
from lookout.cli.raw_data import print_landing
from lookout.cli.terminal import TerminalProgress, console, instant, now, this_settings
from lookout.config import Settings
from lookout.kernel.errors import LookoutError


@app.command()
def feedback(
    folder: Annotated[Path, typer.Argument(help="写到哪个空文件夹")],
    since: Annotated[str, typer.Option(help="从哪天起办结的，如 2026-10-01；不写就是全部")] = "",
) -> None:
    """把已办结线索的结果写成一份交付（来源 desk_feedback），供 lookout ingest 导入，让下一次评定用上。"""
    settings = this_settings()
    from lookout.web.manage import prepare

    prepare(demo=settings.demo)
    from lookout.web.dispatch.feedback import write_feedback

    count = write_feedback(folder, instant(since) if since else None, now())
    if count:
        console.print(f"写出 {count:,} 条办理结果到 {escape(str(folder))}")
    else:
        console.print("这段时间没有办结的线索，没有写出文件")


def land_written(settings: Settings) -> bool:
    """Bring the outcomes that the daily job wrote into the hub; return whether all went in.

    What is landed is kept there, so the written copy goes; what is not stays and is tried again next time.
    The desk must be prepared.
    """
    from lookout.web.dispatch.feedback import waiting

    landed = [_land(settings, folder) for folder in waiting(settings.home)]  # each is tried
    return all(landed)


def _land(settings: Settings, folder: Path) -> bool:
    from lookout.pipeline import ingest_folder

    try:
        with TerminalProgress() as progress:
            report = ingest_folder(
                settings.home,
                folder,
                personal_key=settings.personal_key,
                ingested_at=now(),
                progress=progress.steps("办理结果回流"),
            )
    except LookoutError as problem:  # one folder that cannot be read keeps no other back
        console.print(f"[red]{escape(f'{folder}：{problem}')}[/]")
        return False
    print_landing(report)
    if not report.problems:
        shutil.rmtree(folder)
    return not report.problems
