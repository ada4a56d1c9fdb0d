"""People who complain on the public page: from the moment they send to the page that shows the new score, by the clock.

Imported once the desk has been filled: Django has its settings then.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone

from benchmarks.desk.people import Person, Visit
from lookout.hub.live import overlay_sequence
from lookout.hub.reading import CompanyRow
from lookout.web import published
from lookout.web.complaints import reporting
from lookout.web.complaints.words import ComplaintKind

TOKEN = ("benchmark" * 4)[:32]  # against other sites' forms: the same in the cookie and in the form
LOOK_SECONDS = 0.005
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Told:
    """Seconds from sending a complaint to its receipt, to the new rating, and to the page that shows it."""

    receipt: float
    rated: float
    shown: float
    moved: bool


def complain(base: str, officer: Person, companies: Sequence[CompanyRow]) -> list[Told]:
    """Complain about one company after the other, each from a device of its own; `officer` looks at each."""
    return [
        _complain(base, officer, company, number, PATIENCE_SECONDS)
        for number, company in enumerate(companies, 2)
    ]


def wait_for_worker(base: str, officer: Person, company: CompanyRow, seconds: float) -> None:
    """Complain once and wait until it counts: then the worker is warm. Raises SystemExit when it takes too long."""
    _complain(base, officer, company, 1, seconds)


def _complain(base: str, officer: Person, company: CompanyRow, number: int, patience: float) -> Told:
    run = published.reader().current()
    if run is None:
        raise SystemExit("no published run in this home")
    draft = _draft(company, number)
    before = _newest(run.run_id)
    begun = time.perf_counter()
    _send(base, draft, number)
    receipt = time.perf_counter() - begun
    while _newest(run.run_id) == before:
        if time.perf_counter() - begun > patience:
            raise SystemExit(f"the complaint about {company.identifier} was not rated in {patience:.0f} s")
        time.sleep(LOOK_SECONDS)
    rated = time.perf_counter() - begun
    taken = officer.open(Visit("company", f"/companies/of/{company.identifier}/"))
    shown = time.perf_counter() - begun
    found = published.reader().contributions(company.identifier, None)
    moved = found is not None and found[0].score != company.score
    return Told(receipt, rated, shown, moved and taken.status == 200)


def _newest(run_id: str) -> int:
    return overlay_sequence(settings.LOOKOUT_HOME, run_id, settings.LOOKOUT.live_database)


def _draft(company: CompanyRow, number: int) -> str:
    """Return the answers to all questions but the last, as the form carries them."""
    answers = {
        "whom": {"name": company.name, "company": company.identifier},
        "kind": {"kind": ComplaintKind.FUND_RAISING.value},
        "what": {"text": f"第{number}次听他们讲课，说投资养老公寓，保本年化百分之十八，三个月不兑付"},
        "many": {"participants": 60 + number, "amount_wan": "300"},
        "where": {},
        "contact": {"how": "anonymous"},
    }
    return reporting.write(reporting.new_draft(timezone.now()) | answers)


def _send(base: str, draft: str, number: int) -> None:
    host, port = base.split(":")
    # An address of its own: one address may not complain all day.
    connection = http.client.HTTPConnection(
        host, int(port), timeout=60, source_address=(f"127.0.1.{number}", 0)
    )
    form = urlencode({"csrfmiddlewaretoken": TOKEN, "draft": draft, "is_true": "on", "next": "1"})
    heads = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken={TOKEN}",
        "User-Agent": f"benchmark {number}",
    }
    connection.request("POST", "/report/new/review/", form, heads)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    if answer.status != 200 or 'class="code"' not in page:
        raise SystemExit(f"the complaint was not taken: {answer.status}")
