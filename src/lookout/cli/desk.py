"""The desk's own clock: what time must do."""

from __future__ import annotations

import typer
from rich.markup import escape

from lookout.cli.feedback import land_written
from lookout.cli.menu import app
from lookout.cli.terminal import console, now, this_settings


@app.command()
def tick() -> None:
    """做到点该做的事：按预警建线索、到期提醒、超期上报、效果评估、办理结果回流、汇总邮件。由系统定时器每几分钟执行一次。"""
    settings = this_settings()
    from lookout.web.manage import prepare

    prepare(demo=settings.demo)
    done = do_what_is_due()
    if not land_written(settings) or not done:
        raise typer.Exit(1)


def do_what_is_due() -> bool:
    """Run the due jobs and print what each did; return whether all succeeded. The desk must be prepared."""
    from lookout.web.jobs.services import JOBS
    from lookout.web.jobs.services import tick as run_jobs

    titles = {job.name: job.title for job in JOBS}
    runs = run_jobs(now())
    for run in runs:
        said = f"[red]失败：{escape(run.error)}[/]" if run.error else f"{run.done:,}"
        console.print(f"{titles[run.name]}  {said}")
    return not any(run.error for run in runs)
