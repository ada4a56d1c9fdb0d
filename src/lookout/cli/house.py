"""The installation as a whole: demo and serve."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as RichTable

from lookout.cli.authority import warn_of_faults
from lookout.cli.desk import do_what_is_due
from lookout.cli.live import worker_beside
from lookout.cli.menu import app
from lookout.cli.ratings import open_reader, print_run
from lookout.cli.raw_data import print_landing
from lookout.cli.terminal import Companies, ScenarioFile, Seed, TerminalProgress, console, now, this_settings
from lookout.kernel.clock import parse_as_of

if TYPE_CHECKING:
    from lookout.config import Settings
    from lookout.demo import Scenario
    from lookout.web.accounts.demo_people import Login

# Days before the scenario's last on which the demo rates: enough runs for a trend and for what changed.
DEMO_RUNS = (28, 7, 0)


def print_logins(logins: Sequence[Login]) -> None:
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
    settings = this_settings()
    from lookout.web.manage import prepare
    from lookout.web.serve import serve as serve_pages

    logins = prepare(demo=settings.demo)
    console.print(f"打开 http://{host}:{port}/")
    print_logins(logins)
    warn_of_faults(settings)
    # In demo mode one command is the whole house; elsewhere the worker is a service of its own.
    with worker_beside() if settings.demo else nullcontext():
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
    from lookout.web.manage import deposit_demo_contracts, prepare_database, setup

    os.environ.setdefault("LOOKOUT_DEMO", "1")
    settings = this_settings()
    chosen = load_scenario(scenario)
    setup()  # what comes back from the other process is told in the desk's classes
    # The desk's database needs nothing of the province, so another processor makes it meanwhile.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as beside:
        desk = beside.submit(prepare_database, settings.demo)
        _rate_province(settings, chosen, companies, seed)
        logins = desk.result()
    deposit_demo_contracts()
    do_what_is_due()
    from lookout.web.jobs.demo_desk import furnish

    furnish(now())
    if with_pages:
        serve()
        return
    console.print("用 lookout serve 启动网页，然后打开 http://127.0.0.1:8000/")
    print_logins(logins)


def _rate_province(settings: Settings, scenario: Scenario, companies: int, seed: int) -> None:
    from lookout.demo import simulate as simulate_province
    from lookout.pipeline import ingest_folder
    from lookout.pipeline import run as run_all

    raw = settings.home / "province"
    with TerminalProgress() as progress:
        simulate_province(
            raw, companies=companies, seed=seed, scenario=scenario, progress=progress.counter("生成合成省份")
        )
        report = ingest_folder(
            settings.home,
            raw,
            personal_key=settings.personal_key,
            ingested_at=now(),
            progress=progress.steps("导入数据"),
        )
    print_landing(report)
    for days in DEMO_RUNS:
        day = scenario.as_of - timedelta(days=days)
        with TerminalProgress() as progress:
            info = run_all(
                settings.home,
                parse_as_of(day.isoformat()),
                clock=now,
                keep=settings.keep_runs,
                memory_limit=settings.memory_limit,
                spill=settings.spill_folder,
                progress=progress,
            )
        print_run(info.run_id, open_reader(settings))
