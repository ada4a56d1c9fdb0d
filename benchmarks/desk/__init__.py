"""How fast the desk's ten busiest pages answer with a province's worth of clues and complaints, and many people at once.

    python -m benchmarks desk --home HOME [--clues 20000] [--complaints 200000] [--users 20] [--database URL]

The home is only read: the desk works in a folder of its own that points to it, with tables in SQLite, or in
an empty PostgreSQL database. The desk and the live worker are started by the command that starts them for people.
First citizens complain on the public page, about one company after the other: `complaint_*` is the time by the
clock from sending until an officer's page of the company shows the new score. Then one person opens every page in
turn (`alone`); then all people work at once, each resting between two pages for a few seconds as a reader does
(`--rest`, on average; 0 lets them hammer). `cpu_ms_page` is the processor time of the desk's process by page.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.desk.people import Person, Visit, work_alone, work_together
from benchmarks.workplace import Teller
from lookout.kernel.errors import ConfigError

if TYPE_CHECKING:
    from benchmarks.desk.seed import Seeded

SEED = 7
OWN = ("live", "run.lock", "spill", "attachments", "desk.sqlite3", "desk.sqlite3-wal", "desk.sqlite3-shm")
SERVE = ("-m", "lookout.cli", "serve", "--host", "127.0.0.1", "--port")
WARM_SECONDS = 900.0  # how long a worker may take to open a province on a busy machine


def main(arguments: list[str]) -> dict[str, Any]:
    """Seed, serve, measure; return p50_ms and p95_ms over all pages and for each of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks desk", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home with a published run")
    parser.add_argument("--clues", type=int, default=20_000)
    parser.add_argument("--complaints", type=int, default=200_000)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--pages", type=int, default=400, help="pages opened by all of them together")
    parser.add_argument("--rest", type=float, default=5.0, help="seconds between two pages of one person")
    parser.add_argument(
        "--reports", type=int, default=20, help="complaints sent on the public page; 0 for none"
    )
    parser.add_argument("--database", default="", help="url of an empty PostgreSQL database; SQLite without")
    options = parser.parse_args(arguments)
    if options.reports:
        _refuse_older_catalogue(options.home)
    tell = Teller()
    with TemporaryDirectory(prefix="lookout-desk-") as name:
        folder = Path(name)
        home = _beside(options.home.resolve(), folder / "home")
        _point_to(home, folder, options.database)
        tell("seed")
        from benchmarks.desk.seed import seed

        seeded = seed(options.clues, options.complaints, options.users)
        visits = list(seeded.visits(random.Random(SEED)))  # noqa: S311  a repeatable choice of pages, no secret
        tell("serve")
        with _served() as (base, process):
            moved = _moved(base, seeded, options.reports, tell) if options.reports else {}
            return {
                "database": "PostgreSQL" if options.database else "SQLite",
                "companies": seeded.companies,
                "clues": options.clues,
                "complaints": options.complaints,
                "users": options.users,
                "rest_seconds": options.rest,
                **moved,
                **_measured(base, process.pid, seeded.sessions, visits, options, tell),
                "load": round(os.getloadavg()[0], 1),
                "processors": os.cpu_count() or 0,
            }


def _refuse_older_catalogue(home: Path) -> None:
    """End at once where no complaint would ever be rated. Raises SystemExit with the reason."""
    from lookout.pipeline.live.session import require_published

    try:
        require_published(home)
    except ConfigError as problem:
        raise SystemExit(f"{problem} (or leave complaints out: --reports 0)") from problem


def _beside(home: Path, copy: Path) -> Path:
    """Return a home that reads the given one and writes nothing into it."""
    copy.mkdir(parents=True)
    for child in sorted(home.iterdir()):
        if child.name in OWN:
            continue
        if child.name in ("batches", "facts", "snapshots", "linkage"):
            (copy / child.name).symlink_to(child.resolve())
        elif child.is_dir():
            shutil.copytree(child, copy / child.name)
        else:
            shutil.copy2(child, copy / child.name)
    return copy


def _point_to(home: Path, folder: Path, database: str) -> None:
    os.environ.update(
        LOOKOUT_HOME=str(home),
        LOOKOUT_DEMO="1",
        LOOKOUT_DATABASE=database or str(folder / "desk.sqlite3"),
        LOOKOUT_SPILL=str(folder / "spill"),
        LOOKOUT_LOG_LEVEL="ERROR",
        DJANGO_SETTINGS_MODULE="lookout.web.config.settings",
    )


@contextmanager
def _served() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve the desk until the block ends; yield its address and process."""
    from tests.servers import free_port

    port = free_port()
    # What it prints to the terminal is not the benchmark's answer.
    process = subprocess.Popen([sys.executable, *SERVE, str(port)], stdout=subprocess.DEVNULL)
    try:
        Person("127.0.0.1", port, "").wait_until_up(seconds=300, is_alive=lambda: process.poll() is None)
        yield f"127.0.0.1:{port}", process
    finally:
        process.send_signal(signal.SIGINT)  # as Ctrl-C: the worker beside ends, too
        process.wait()


def _moved(base: str, seeded: Seeded, count: int, tell: Teller) -> dict[str, float]:
    """Let citizens complain; return how long it takes until the score has moved, as an officer sees it."""
    from benchmarks.desk.citizens import complain, wait_for_worker

    host, port = base.split(":")
    officer = Person(host, int(port), seeded.sessions[0])
    # From the whole range of scores that can still rise; the first one only waits for the worker.
    step = max(1, len(seeded.rows) // (count + 1))
    first, *companies = seeded.rows[::-1][::step][: count + 1]
    tell("worker")
    wait_for_worker(base, officer, first, WARM_SECONDS)
    tell("complain")
    told = complain(base, officer, companies)
    figures: dict[str, float] = {
        "complaint_count": len(told),
        "complaint_moved": sum(one.moved for one in told),
    }
    for name in ("receipt", "rated", "shown"):
        figures |= _quantiles(f"complaint_{name}_", "", [1000 * getattr(one, name) for one in told])
    return figures


def _measured(
    base: str,
    pid: int,
    sessions: Sequence[str],
    visits: Sequence[Visit],
    options: argparse.Namespace,
    tell: Teller,
) -> dict[str, Any]:
    host, port = base.split(":")
    people = [Person(host, int(port), session) for session in sessions]
    work_alone(people[0], visits[:40])  # the first pages fill caches, as every morning
    tell("alone")
    busy = _processor_seconds(pid)
    alone = work_alone(people[0], visits[40 : 40 + max(60, options.pages // 3)])
    cpu_alone = _processor_seconds(pid) - busy
    tell("together")
    busy, begun = _processor_seconds(pid), time.perf_counter()
    together = work_together(people, visits[-options.pages :], options.rest, SEED)
    lasted = time.perf_counter() - begun
    cpu = _processor_seconds(pid) - busy
    failed = [taken for taken in [*alone, *together] if taken.status != 200]
    for taken in failed[:5]:
        print(f"{taken.visit.address}: {taken.status}", file=sys.stderr)
    return {
        **_figures("", together),
        **_figures("alone_", alone),
        "cpu_ms_page": round(1000 * cpu_alone / len(alone), 1),
        "cpu_ms_page_together": round(1000 * cpu / len(together), 1),
        "pages_per_second": round(len(together) / lasted, 1),
        "failed": len(failed),
    }


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figures(prefix: str, found: Sequence[Any]) -> dict[str, float]:
    kinds = sorted({taken.visit.kind for taken in found})
    figures: dict[str, float] = {}
    for kind in ("", *kinds):
        times = [1000 * taken.seconds for taken in found if kind in ("", taken.visit.kind)]
        figures |= _quantiles(prefix, f"_{kind}" if kind else "", times)
    return figures


def _quantiles(prefix: str, suffix: str, milliseconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(milliseconds)
    return {
        f"{prefix}{name}_ms{suffix}": round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
