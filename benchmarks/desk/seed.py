"""Fill the desk's tables: people, clues with their orders and deadlines, complaints; all in bulk and repeatable."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import django

django.setup()

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.utils import timezone

from benchmarks.desk.people import Visit
from lookout.hub.reading import CompanyFilter, CompanyRow
from lookout.web import published
from lookout.web.accounts.demo_people import create_demo_people
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.clues.models import Clue, ElementFinding, Evidence
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Element, Source
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.states import ComplaintState
from lookout.web.complaints.words import ComplaintKind, Finding, Refusal
from lookout.web.dispatch.models import Deadline, DispatchOrder
from lookout.web.dispatch.states import OrderState

CHUNK = 5000
NAMES = ("chen", "lin", "wu")  # province, city, district: all of them see the district
DISTRICT = "440106"
# Where clues and complaints stand: most are over, as in any ledger.
CLUE_STATES = (ClueState.NEW,) * 2 + (ClueState.TRIAGED, ClueState.HANDLING, ClueState.HANDLING) + (
    ClueState.DONE,
) * 15  # fmt: skip
COMPLAINT_STATES = (ComplaintState.RECEIVED, ComplaintState.ACCEPTED, ComplaintState.VERIFYING) + (
    ComplaintState.CLOSED,
) * 16 + (ComplaintState.REFUSED,)  # fmt: skip
# How often each of the ten busiest pages is opened.
SHARES = {
    "today": 12, "list": 12, "red": 10, "search": 10, "company": 20, "evidence": 8,
    "clues": 10, "clue": 10, "complaints": 5, "complaint": 3,
}  # fmt: skip
SEARCHES = ("广州", "投资管理", "财富", "深圳市新", "914401", "GZ")


@dataclass(frozen=True)
class Seeded:
    """What was filled in: the sessions of people, and what their pages are about."""

    companies: int
    sessions: tuple[str, ...]
    rows: tuple[CompanyRow, ...]
    clues: tuple[str, ...]
    complaints: tuple[str, ...]

    def visits(self, chance: random.Random, count: int = 2000) -> Iterator[Visit]:
        """Yield pages in a mixed order, each kind as often as its share."""
        kinds = chance.choices(list(SHARES), list(SHARES.values()), k=count)
        for kind in kinds:
            yield Visit(kind, self._address(kind, chance))

    def _address(self, kind: str, chance: random.Random) -> str:
        company = f"/companies/of/{chance.choice(self.rows).identifier}/"
        addresses: dict[str, Callable[[], str]] = {
            "today": lambda: "/today/",
            "list": lambda: f"/companies/?offset={50 * chance.randrange(5)}",
            "red": lambda: f"/companies/?band=red&region={chance.choice(('44', '4401', '4403', '440106'))}",
            "search": lambda: f"/companies/search/?q={quote(chance.choice(SEARCHES))}",
            "company": lambda: company,
            "evidence": lambda: self._evidence(chance),
            "clues": lambda: f"/clues/?state={chance.choice(('', 'new', 'handling'))}",
            "clue": lambda: f"/clues/{chance.choice(self.clues)}/",
            "complaints": lambda: f"/complaints/?state={chance.choice(('', 'received'))}",
            "complaint": lambda: f"/complaints/{chance.choice(self.complaints)}/",
        }
        return addresses[kind]()

    def _evidence(self, chance: random.Random) -> str:
        for row in chance.sample(self.rows, min(20, len(self.rows))):
            found = published.reader().contributions(row.identifier, None)
            lines = (
                [line.code for line in found[1] if line.part == "indicator" and line.points] if found else []
            )
            if lines:
                return f"/companies/of/{row.identifier}/evidence/{lines[0]}/"
        return "/today/"


def seed(clues: int, complaints: int, users: int) -> Seeded:
    """Fill an empty desk."""
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    create_demo_people()
    now, chance = timezone.now(), random.Random(1)  # noqa: S311  repeatable figures, no secret
    reader = published.reader()
    warned = reader.list_companies(CompanyFilter(region=DISTRICT), limit=1500).rows
    others = reader.list_companies(CompanyFilter(region=DISTRICT), sort="name", limit=1500).rows
    rows = (*warned, *others)
    numbers = _clues(rows, clues, now, chance)
    tickets = _complaints(rows, complaints, now, chance)
    people = [User.objects.get(username=NAMES[number % len(NAMES)]) for number in range(users)]
    return Seeded(
        reader.list_companies(CompanyFilter(rated_only=False), limit=1).total,
        tuple(_session(person) for person in people),
        rows,
        numbers,
        tickets,
    )


def _session(person: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.create()
    return store.session_key or ""


def _clues(rows: tuple[CompanyRow, ...], count: int, now: datetime, chance: random.Random) -> tuple[str, ...]:
    lead = {agency.region: agency for agency in Agency.objects.filter(kind=AgencyKind.LEAD)}
    sender = User.objects.get(username="lin")
    made: list[Clue] = []
    of_day: Counter[str] = Counter()
    for number in range(count):
        row, state = chance.choice(rows), chance.choice(CLUE_STATES)
        opened = now - timedelta(hours=chance.randrange(24 * 700))
        place = chance.choice(("440106", "440106", "440305", "440115", row.region[:6].ljust(6, "0")))
        day = f"{place}{timezone.localdate(opened):%Y%m%d}"
        of_day[day] += 1
        made.append(
            Clue(
                number=f"{day}{of_day[day]:04d}",
                source=chance.choice(list(Source)),
                company=row.identifier,
                company_name=row.name,
                event_key=f"benchmark {number}",
                band=chance.choice(("red", "orange", "yellow")),
                score=row.score,
                region_business=place,
                found_at=opened,
                opened_at=opened,
                state=state,
                owner=lead.get(place, lead["44"]) if state == ClueState.HANDLING else None,
                **(
                    {"outcome": "watch", "outcome_reason": "已整改", "closed_at": now}
                    if state == ClueState.DONE
                    else {}
                ),
            )
        )
    Clue.objects.bulk_create(made, batch_size=CHUNK)
    ElementFinding.objects.bulk_create(
        (ElementFinding(clue=clue, element=element) for clue in made for element in Element), batch_size=CHUNK
    )
    Evidence.objects.bulk_create(
        (Evidence(clue=clue, title="宣称年化收益率20%", added_at=now) for clue in made), batch_size=CHUNK
    )
    _orders([clue for clue in made if clue.state == ClueState.HANDLING], sender, now)
    Deadline.objects.bulk_create(
        (
            _deadline(clue, None, lead["44"], "judge", now)
            for clue in made
            if clue.state in (ClueState.NEW, ClueState.TRIAGED)
        ),
        batch_size=CHUNK,
    )
    return tuple(clue.number for clue in made if clue.region_business == DISTRICT)


def _orders(clues: list[Clue], sender: User, now: datetime) -> None:
    orders = DispatchOrder.objects.bulk_create(
        (
            DispatchOrder(
                clue=clue,
                agency=clue.owner,
                from_agency=sender.agency,
                state=OrderState.ACCEPTED if clue.pk % 2 else OrderState.SENT,
                sent_by=sender,
                sent_at=now,
            )
            for clue in clues
        ),
        batch_size=CHUNK,
    )
    through: Any = Clue.agencies.through
    through.objects.bulk_create(
        (through(clue_id=clue.pk, agency_id=clue.owner_id) for clue in clues), batch_size=CHUNK
    )
    Deadline.objects.bulk_create(
        (
            _deadline(order.clue, order, order.agency, event, now)
            for order in orders
            for event in ("accept", "first_visit", "conclude")
        ),
        batch_size=CHUNK,
    )


def _deadline(clue: Clue, order: DispatchOrder | None, owner: Agency, event: str, now: datetime) -> Deadline:
    due = now + timedelta(hours=clue.pk % 200 - 50)
    return Deadline(
        clue=clue, order=order, owner=owner, event=event, started_at=now, due_at=due, basis="平台时限"
    )


def _complaints(
    rows: tuple[CompanyRow, ...], count: int, now: datetime, chance: random.Random
) -> tuple[str, ...]:
    numbers: list[str] = []
    for start in range(0, count, CHUNK):
        batch = [_complaint(start + place, rows, now, chance) for place in range(min(CHUNK, count - start))]
        Complaint.objects.bulk_create(batch)
        numbers += [one.number for one in batch if one.region == DISTRICT]
    return tuple(numbers)


def _complaint(number: int, rows: tuple[CompanyRow, ...], now: datetime, chance: random.Random) -> Complaint:
    row, state = chance.choice(rows), chance.choice(COMPLAINT_STATES)
    at = now - timedelta(minutes=chance.randrange(60 * 24 * 700))
    closed = state == ComplaintState.CLOSED
    return Complaint(
        number=f"TS{number:012d}",
        company=row.identifier,
        company_name=row.name,
        target_key=row.identifier,
        company_region=row.region if len(row.region) == 6 else "",
        region=chance.choice(("440106", "440305", "440115", "440605", "441900")),
        kind=chance.choice(list(ComplaintKind)),
        text="在门店听讲座，业务员说保本年化百分之十八，我交了五万元，现在提不出来",
        received_at=at,
        state=state,
        state_at=at,
        refusal=Refusal.values[0] if state == ComplaintState.REFUSED else "",
        finding=Finding.values[0] if closed else "",
        answer="已核实" if closed or state == ComplaintState.REFUSED else "",
        closed_at=now if closed else None,
        is_signal=state != ComplaintState.REFUSED,
    )
