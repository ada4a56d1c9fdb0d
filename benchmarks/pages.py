"""How fast the pages of the desk answer on a home: each kind asked many times through Django's test client.

The home is only read: the desk's own tables and spilled memory go to a temporary folder. The first
page after start, which brings the listing into memory, is `start_seconds`; all others count.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote

from lookout.hub.reading import CompanyFilter

if TYPE_CHECKING:
    from django.test import Client

    from lookout.hub.reading import Reader

SEED = 7
LISTS = (
    "", "?band=red", "?band=orange&sort=-change", "?region=4403", "?sort=name", "?universe=all&sort=-coverage",
    "?change=opened", "?q=%E6%8A%95%E8%B5%84", "?label=CMP001", "?offset=500",
)  # fmt: skip
SEARCHES = ("广州", "投资管理", "GZ", "财富", "914401", "深圳市新", "（有限合伙）", "SZS")


def main(arguments: list[str]) -> dict[str, float]:
    """Measure and return p50_ms_<page> and p95_ms_<page>, both over all pages, and the same in processor time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks pages", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home with a published run")
    parser.add_argument("--companies", type=int, default=40, help="companies whose pages are opened")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="lookout-pages-") as folder:
        client, reader, seconds = _desk(options.home.resolve(), Path(folder))
        taken: dict[str, list[float]] = defaultdict(list)
        worked: dict[str, list[float]] = defaultdict(list)
        for kind, address in _addresses(reader, options.companies):
            begun, busy = time.perf_counter(), time.process_time()
            answer = client.get(address)
            taken[kind].append((time.perf_counter() - begun) * 1000)
            worked[kind].append((time.process_time() - busy) * 1000)
            if answer.status_code != 200:
                print(f"{address}: {answer.status_code}", file=sys.stderr)
    figures: dict[str, float] = {
        "companies": reader.list_companies(CompanyFilter(rated_only=False)).total,
        "start_seconds": seconds,
    }
    figures |= _figures("ms", taken) | _figures("cpu_ms", worked)
    return figures


def _figures(name: str, times: dict[str, list[float]]) -> dict[str, float]:
    """Return both quantiles per kind of page and over all; seconds of the processor hardly feel a busy machine."""
    every = {"": [one for kind in times.values() for one in kind]}
    every |= {f"_{kind}": found for kind, found in sorted(times.items())}
    figures = {}
    for suffix, found in every.items():
        figures[f"p50_{name}{suffix}"] = round(_quantile(found, 0.50), 1)
        figures[f"p95_{name}{suffix}"] = round(_quantile(found, 0.95), 1)
    return figures


def _quantile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _desk(home: Path, folder: Path) -> tuple[Client, Reader, float]:
    """Start the desk over a home and sign a person of the province in; also the seconds of the first page."""
    os.environ.update(
        LOOKOUT_HOME=str(home),
        LOOKOUT_DEMO="1",
        LOOKOUT_DATABASE=str(folder / "desk.sqlite3"),
        LOOKOUT_SPILL=str(folder / "spill"),
        LOOKOUT_LOG_LEVEL="ERROR",
        DJANGO_SETTINGS_MODULE="lookout.web.config.settings",
    )
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from lookout.web import published
    from lookout.web.accounts.demo_people import create_demo_people
    from lookout.web.accounts.models import User

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    create_demo_people()
    client = Client()
    client.force_login(User.objects.get(username="chen"), backend="django.contrib.auth.backends.ModelBackend")
    begun = time.perf_counter()
    client.get("/today/")
    return client, published.reader(), round(time.perf_counter() - begun, 2)


def _addresses(reader: Reader, companies: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, address) in a mixed order, the same each time."""
    chance = random.Random(SEED)  # noqa: S311  a repeatable choice of pages, no secret
    found = list(_fixed(reader)) + list(_of_companies(reader, companies, chance))
    chance.shuffle(found)
    yield from found


def _fixed(reader: Reader) -> Iterator[tuple[str, str]]:
    for _ in range(5):
        yield "today", "/today/"
        yield "data", "/data/"
        yield "models", "/models/labels/"
        yield "freshness", "/data/freshness/"
        yield "blind", "/data/blind/"
        yield "rejects", "/data/rejects/"
        yield "batches", "/data/batches/"
        yield "runs", "/runs/"
        for month in reader.coverage_months()[:3]:
            yield "coverage", f"/data/coverage/?month={month}"
    for run in reader.runs():
        yield "run", f"/runs/{run.run_id}/"
    for query in LISTS:
        for _ in range(3):
            yield "list", f"/companies/{query}"
    for text in SEARCHES:
        yield "search", f"/companies/search/?q={quote(text)}"
    for batch in reader.batches(limit=10)[0]:
        yield "batch", f"/data/batches/{batch.batch_no}/"


def _of_companies(reader: Reader, companies: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Yield the pages of companies: half from the warning bands, half from all the rest."""
    warned = reader.list_companies(CompanyFilter(bands=("red", "orange", "yellow")), limit=2000).rows
    others = reader.list_companies(CompanyFilter(bands=("normal",)), sort="name", limit=2000).rows
    chosen = chance.sample(warned, min(companies // 2, len(warned)))
    chosen += chance.sample(others, min(companies - len(chosen), len(others)))
    for row in chosen:
        address = f"/companies/of/{row.identifier}/"
        yield "company", address
        yield "timeline", f"{address}?tab=timeline"
        found = reader.contributions(row.identifier, None)
        lines = [line.code for line in found[1] if line.part == "indicator" and line.points] if found else []
        for code in lines[:2]:
            yield "evidence", f"{address}evidence/{code}/"
