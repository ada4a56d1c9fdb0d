"""How fast reports are made on a home: each kind, a hundred briefs in a row, the Word files to PDF and sealed.

The home is only read: the desk's own tables, the log and spilled memory go to a temporary folder. A report's seconds
are those from the click to the kept Word file. Kinds about nothing in particular are made for the whole province, the
others about the company with the highest score, its city, and the commonest sector.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lookout.hub.reading import CompanyFilter

if TYPE_CHECKING:
    from lookout.web.accounts.models import User
    from lookout.web.reports.drafting import Order
    from lookout.web.reports.models import Report

BRIEFS = 100


def main(arguments: list[str]) -> dict[str, object]:
    """Measure and return seconds_<kind>, kb_<kind>, the briefs, and seconds to PDF and to a signed report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reports", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home with a published run")
    parser.add_argument("--briefs", type=int, default=BRIEFS, help="briefs made in a row")
    parser.add_argument("--keep", type=Path, help="a folder for the Word and PDF files, to look at")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="lookout-reports-") as folder:
        by = _desk(options.home.resolve(), Path(folder))
        figures: dict[str, object] = {"companies": _companies()}
        made = _each_kind(by, figures)
        _briefs(by, options.briefs, figures)
        _papers(made, options.keep, figures)
    return figures


def _desk(home: Path, folder: Path) -> User:
    """Start a desk of its own over the published runs of a home; return an officer of the province."""
    for name in ("snapshots", "current.json", "batches", "facts", "province", "catalogues", "live"):
        if (home / name).exists():
            (folder / name).symlink_to(home / name)
    os.environ |= {
        "LOOKOUT_HOME": str(folder),
        "LOOKOUT_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "lookout.web.config.settings",
    }
    from lookout.web.manage import prepare

    prepare(demo=True)
    from lookout.web.accounts.models import User

    return User.objects.get(username="chen")


def _companies() -> int:
    from lookout.web import published

    return published.reader().list_companies(CompanyFilter(rated_only=False)).total


def _each_kind(by: User, figures: dict[str, object]) -> list[Report]:
    from lookout.kernel.errors import LookoutError
    from lookout.web.reports.drafting import make
    from lookout.web.reports.keeping import newest_word

    made = []
    for name, order in _orders():
        # The first of a kind loads what only it needs; the second is what an officer feels.
        for attempt in ("first", "next"):
            begun = time.perf_counter()
            try:
                report = make(by, order, now=_now())
            except LookoutError as problem:
                print(f"{name}: {problem}", file=sys.stderr)
                break
            key = f"seconds_{name}" if attempt == "next" else f"first_seconds_{name}"
            figures[key] = round(time.perf_counter() - begun, 3)
            figures[f"kb_{name}"] = round(newest_word(report).size / 1024, 1)
            figures[f"figures_{name}"] = len(report.content["figures"])
        else:
            made.append(report)
    return made


def _orders() -> list[tuple[str, Order]]:
    from lookout.web import published
    from lookout.web.reports.drafting import Order
    from lookout.web.reports.kinds import kinds
    from lookout.web.reports.subjects import last_period, today_of

    highest = published.reader().list_companies(CompanyFilter(), sort="-score", limit=1).rows[0]
    sectors = published.reader().count_by(CompanyFilter(), "organization_type")
    subjects = {
        "none": "",
        "company": highest.identifier,
        "region": highest.region[:4],
        "sector": max(sectors, key=lambda one: one[2])[0],
        "clue": "",
    }
    found = []
    for kind in kinds().values():
        start, end = last_period(kind.period, today_of(_now()))
        for scope in kind.scopes:
            if scope != "clue":
                name = kind.code if scope == kind.scopes[0] else f"{kind.code}_{scope}"
                found.append((name, Order(kind.code, scope, subjects[scope], start, end)))
    return found


def _briefs(by: User, count: int, figures: dict[str, object]) -> None:
    from lookout.web.reports.drafting import make

    order = next(order for name, order in _orders() if name == "brief")
    times = []
    for _number in range(count):
        begun = time.perf_counter()
        make(by, order, now=_now())
        times.append(time.perf_counter() - begun)
    times.sort()
    figures["briefs"] = count
    figures["briefs_seconds"] = round(sum(times), 1)
    figures["briefs_p50_seconds"] = round(times[len(times) // 2], 3)
    figures["briefs_p95_seconds"] = round(times[min(len(times) - 1, int(0.95 * len(times)))], 3)


def _papers(made: list[Report], keep: Path | None, figures: dict[str, object]) -> None:
    """Turn each report to PDF, seal the first as signing does, and keep the files if asked."""
    from lookout.web.reports import pdf, sealing
    from lookout.web.reports.keeping import content_of, newest_word

    if not pdf.available():
        print("LibreOffice is not installed: no PDF", file=sys.stderr)
        return
    times = []
    for report in made:
        word = content_of(newest_word(report))
        begun = time.perf_counter()
        printed = pdf.to_pdf(word)
        times.append(time.perf_counter() - begun)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            name = f"{report.kind}-{report.scope}"
            (keep / f"{name}.docx").write_bytes(word)
            (keep / f"{name}.pdf").write_bytes(printed)
    figures["pdf_first_seconds"] = round(times[0], 2)
    figures["pdf_seconds"] = round(sum(times[1:]) / max(len(times) - 1, 1), 2)
    begun = time.perf_counter()
    sealing.seal_files(made[0], content_of(newest_word(made[0])), _now())
    figures["sign_seconds"] = round(time.perf_counter() - begun, 2)


def _now() -> datetime:
    from django.utils import timezone

    return timezone.now()
