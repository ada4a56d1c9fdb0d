"""How long an event takes to its new score, reasons and warning, as a reader sees them.

Works on a published run. Each event names a company of its own; the worker and the reader are warm,
as they are all day. First one event at a time, from its acceptance until a reader has asked for the
score, the warning and the reasons and got the new ones; the whole page of the company is timed by
itself. Then a burst: many sent together, until all are rated.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lookout.config import configure_logging
from lookout.hub.live import EventState, count_by_state, open_live, read_overlay
from lookout.hub.reading import CompanyFilter, CompanyRow, Reader
from lookout.kernel.clock import SHANGHAI
from lookout.pipeline.live import Event, Worker, accept

_KEY = b"a key of the benchmark, 32 bytes"
_BURST = 50


def _now() -> datetime:
    return datetime.now(SHANGHAI)


@contextmanager
def _copy(home: Path) -> Iterator[Path]:
    """Work beside a home, not in it: its files are linked, the live database is a new one."""
    with tempfile.TemporaryDirectory(dir=home.parent, prefix="live-") as folder:
        copy = Path(folder) / "home"
        skipped = shutil.ignore_patterns("live", "run.lock", "spill")
        shutil.copytree(home, copy, copy_function=os.link, ignore=skipped)
        yield copy


def _event(number: int, company: CompanyRow) -> Event:
    mark = f"benchmark-{number}-{company.identifier}"
    row: dict[str, Any] = {
        "ticket_no": mark,
        "channel": "hotline12345",
        "target_name": company.name,
        "complaint_type": "illegal_fundraising",
        "received_on": _now().date().isoformat(),
    }
    return Event("hotline", "complaint_ticket", mark, row)


def _sees(reader: Reader, company: CompanyRow) -> CompanyRow:
    """Return what a reader sees of a rating: score, warning, and the reasons that add up to it."""
    found = reader.contributions(company.identifier, None)
    if found is None or found[0].band is None:
        raise SystemExit(f"{company.identifier} is not rated any more")
    row, lines = found
    if row.score is not None and sum(line.points for line in lines) != row.score:
        raise SystemExit(f"the reasons of {company.identifier} do not add up to its score")
    return row


def _percentile(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def _companies(reader: Reader, count: int) -> list[CompanyRow]:
    """Return companies from the whole range of scores: those with many facts and those with few."""
    whole = reader.list_companies(CompanyFilter(), limit=1).total
    step = max(1, whole // count)
    found: list[CompanyRow] = []
    for offset in range(0, whole, step):
        found += reader.list_companies(CompanyFilter(), offset=offset, limit=1).rows
    return [company for company in found if company.name != company.identifier][:count]


@dataclass
class _Times:
    """Seconds of each event, by the clock and of the processors: the second do not depend on who else works.

    `page` is the whole page of the company, with its timeline, opened afterwards.
    """

    clock: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    page_worked: list[float] = field(default_factory=list)


def _one_at_a_time(home: Path, worker: Worker, reader: Reader, companies: Sequence[CompanyRow]) -> _Times:
    times = _Times()
    for number, company in enumerate(companies):
        begun, busy = time.perf_counter(), time.process_time()
        accept(home, [_event(number, company)], now=_now(), personal_key=_KEY)
        worker.step()
        after = _sees(reader, company)
        seen, seen_busy = time.perf_counter(), time.process_time()
        reader.get_company(company.identifier, None)
        times.clock.append(seen - begun)
        times.worked.append(seen_busy - busy)
        times.page.append(time.perf_counter() - seen)
        times.page_worked.append(time.process_time() - seen_busy)
        print(f"{company.identifier} {company.score} → {after.score} {seen - begun:.3f} s", file=sys.stderr)
    return times


def _burst(home: Path, worker: Worker, reader: Reader, companies: Sequence[CompanyRow]) -> float:
    begun = time.perf_counter()
    events = [_event(1_000_000 + number, company) for number, company in enumerate(companies)]
    accept(home, events, now=_now(), personal_key=_KEY)
    while worker.step().taken:
        pass
    for company in companies[-1:]:
        _sees(reader, company)
    return time.perf_counter() - begun


def main(arguments: Sequence[str]) -> dict[str, Any]:
    """Measure on a home with a published run; the home itself is left as it is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks live")
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--events", type=int, default=60)
    parser.add_argument("--memory", default="4GiB")
    options = parser.parse_args(arguments)
    configure_logging("console", "WARNING")
    with _copy(options.home) as home:
        return _measured(home, options.events, options.memory)


def _measured(home: Path, count: int, memory: str) -> dict[str, Any]:
    begun = time.perf_counter()
    worker = Worker(home, clock=_now, memory_limit=memory)
    worker.step()
    opened = time.perf_counter() - begun
    reader = Reader(home, memory_limit=memory, warm=True)
    current = reader.current()
    if current is None:
        raise SystemExit("no published run in this home: run `lookout run` first")
    companies = _companies(reader, count + _BURST)
    single, burst = companies[:: max(1, len(companies) // count)][:count], companies[-_BURST:]
    _one_at_a_time(home, worker, reader, single[:3])  # the first questions fill caches
    times = _one_at_a_time(home, worker, reader, single[3:])
    together = _burst(home, worker, reader, burst)
    worker.close()
    with open_live(home).read() as session:
        counts = count_by_state(session)
    overlay = read_overlay(home, current.run_id)
    return {
        "companies": current.figures["funnel"][0][1],
        "facts": current.figures["facts"],
        "events": len(times.clock),
        "p50_ms": _percentile(times.clock, 0.5),
        "p95_ms": _percentile(times.clock, 0.95),
        "max_ms": _percentile(times.clock, 1),
        "processor_p50_ms": _percentile(times.worked, 0.5),
        "processor_p95_ms": _percentile(times.worked, 0.95),
        "page_p50_ms": _percentile(times.page, 0.5),
        "page_p95_ms": _percentile(times.page, 0.95),
        "page_processor_p50_ms": _percentile(times.page_worked, 0.5),
        "page_processor_p95_ms": _percentile(times.page_worked, 0.95),
        "load": round(os.getloadavg()[0], 1),
        "burst_events": len(burst),
        "burst_seconds": round(together, 3),
        "burst_events_per_second": round(len(burst) / together, 1),
        "open_seconds": round(opened, 2),
        "rated": counts.get(EventState.RATED, 0),
        "not_rated": sum(counts.values()) - counts.get(EventState.RATED, 0),
        "overlay_companies": len(overlay.keys),
        "peak_memory_gib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
        "processors": os.cpu_count() or 0,
    }
