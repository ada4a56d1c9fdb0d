"""What waits for a person, read from the rows by the rules of the steps in `actions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.accounts.roles import Role
from lookout.web.clues.access import DECIDES, visible
from lookout.web.clues.models import Clue
from lookout.web.clues.states import ClueState
from lookout.web.dispatch.access import CARRIES_OUT
from lookout.web.dispatch.deadlines import RUNNING
from lookout.web.dispatch.models import Deadline, DispatchOrder, Extension, Measure, Supervision, Visit
from lookout.web.dispatch.rules import measure_rules
from lookout.web.dispatch.states import AT_WORK, OPEN, OrderState

Rows = models.QuerySet[Any]
_SEVERITY = {"red": 0, "orange": 1, "yellow": 2, "": 3}


@dataclass(frozen=True)
class Waiting:
    """One step with how many things wait for it, and how many of them are overdue."""

    code: str
    title: str | Promise
    total: int
    overdue: int


@dataclass(frozen=True)
class Task:
    """One thing to do: the step, the clue it is about, and when it is due (None when no clock runs)."""

    step: str
    title: str | Promise
    clue: Clue
    due: datetime | None


@dataclass(frozen=True)
class MyWork:
    """What is a person's to do: the steps that have something waiting, and the tasks that are due first."""

    steps: tuple[Waiting, ...]
    tasks: tuple[Task, ...]

    @property
    def total(self) -> int:
        """Return how many things wait."""
        return sum(step.total for step in self.steps)

    @property
    def overdue(self) -> int:
        """Return how many of them are overdue."""
        return sum(step.overdue for step in self.steps)


@dataclass(frozen=True)
class _Step:
    """A step with its rows; each row has `due`, and leads to its clue by `clue_path` ('' when it is the clue)."""

    code: str
    title: str | Promise
    rows: Callable[[User], Rows]
    clue_path: str


# ---- whose it is ---------------------------------------------------------------------------------
def _below_an_office(user: User, path: str) -> Q:
    """Return the clues that an office nearer to their place decides about, so that they are not the province's to do."""
    if Role(user.role) is not Role.PROVINCE_ADMIN:
        return Q(pk__in=())
    offices = Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True)
    found = Q(pk__in=())
    for region in offices.exclude(pk=user.agency_id or 0).values_list("region", flat=True):
        if len(region) == 4:
            found |= Q(**{f"{path}region_business__startswith": region})
            found |= Q(**{f"{path}region_business": "", f"{path}region_registered__startswith": region})
    return found


def _decided_by(user: User) -> models.QuerySet[Clue]:
    if Role(user.role) not in DECIDES:
        return Clue.objects.none()
    return visible(user).exclude(_below_an_office(user, ""))


def _orders_of(user: User) -> models.QuerySet[DispatchOrder]:
    if Role(user.role) not in CARRIES_OUT or user.agency_id is None:
        return DispatchOrder.objects.none()
    return DispatchOrder.objects.filter(agency_id=user.agency_id)


def _orders_under(user: User) -> models.QuerySet[DispatchOrder]:
    """Return the orders a person reviews: those their own office sent, or nobody's."""
    if Role(user.role) not in DECIDES:
        return DispatchOrder.objects.none()
    sent = Q(from_agency_id=user.agency_id) | Q(from_agency=None)
    return DispatchOrder.objects.filter(sent, clue__in=visible(user)).exclude(agency_id=user.agency_id or 0)


# ---- when it is due ------------------------------------------------------------------------------
def _due(**wanted: Any) -> Subquery:
    running = Deadline.objects.filter(RUNNING, **wanted).order_by("due_at", "pk")
    return Subquery(running.values("due_at")[:1])


def _clue_due() -> Subquery:
    return _due(clue=OuterRef("pk"), order=None)


# ---- the steps -----------------------------------------------------------------------------------
def _to_judge(user: User) -> Rows:
    states = (ClueState.NEW, ClueState.REOPENED)
    return _decided_by(user).filter(state__in=states).annotate(due=_clue_due())


def _to_send(user: User) -> Rows:
    return _decided_by(user).filter(state=ClueState.TRIAGED).annotate(due=_clue_due())


def _to_close(user: User) -> Rows:
    unsettled = DispatchOrder.objects.filter(clue=OuterRef("pk"), state__in=OPEN)
    in_hand = _decided_by(user).filter(~Exists(unsettled), state=ClueState.HANDLING)
    return in_hand.annotate(due=_clue_due())


def _to_accept(user: User) -> Rows:
    sent = _orders_of(user).filter(state=OrderState.SENT)
    return sent.annotate(due=_due(order=OuterRef("pk"), event="accept"))


def _looked_into(user: User, *, seen: bool) -> models.QuerySet[DispatchOrder]:
    been = Exists(Visit.objects.filter(order=OuterRef("pk")))
    return _orders_of(user).filter(been if seen else ~been)


def _to_visit(user: User) -> Rows:
    states = (OrderState.ACCEPTED, *AT_WORK)
    due = _due(order=OuterRef("pk"), event="first_visit")
    return _looked_into(user, seen=False).filter(state__in=states).annotate(due=due)


def _to_report(user: User) -> Rows:
    due = _due(order=OuterRef("pk"), event="conclude")
    return _looked_into(user, seen=True).filter(state__in=AT_WORK).annotate(due=due)


def _to_review(user: User) -> Rows:
    reported = _orders_under(user).filter(state=OrderState.REPORTED)
    return reported.annotate(due=_due(order=OuterRef("pk"), event="review"))


def _to_approve(user: User) -> Rows:
    waiting = Measure.objects.filter(needs_approval=True, approved_at=None, refused_at=None)
    waiting = waiting.filter(order__clue__in=visible(user)).exclude(taken_by=user)
    waiting = waiting.annotate(due=_due(order=OuterRef("order")))
    role = Role(user.role)
    if role in (Role.PROVINCE_ADMIN, Role.CITY_SUPERVISOR):
        return waiting.exclude(_below_an_office(user, "order__clue__"))
    if role is Role.LEGAL_REVIEWER:
        of_cities = [rule.code for rule in measure_rules().values() if rule.approval == "city"]
        return waiting.exclude(kind__in=of_cities) if len(user.region) > 4 else waiting
    return waiting.none()


def _to_finish(user: User) -> Rows:
    approved = Q(needs_approval=False) | Q(approved_at__isnull=False)
    ours = Measure.objects.filter(approved, order__in=_orders_of(user), done_at=None)
    return ours.annotate(due=_due(measure=OuterRef("pk")))


def _to_extend(user: User) -> Rows:
    asked = Extension.objects.filter(decided_at=None, deadline__order__in=_orders_under(user))
    return asked.exclude(asked_by=user).annotate(due=F("deadline__due_at"))


def _to_answer(user: User) -> Rows:
    pushed = Supervision.objects.filter(answered_at=None, order__in=_orders_of(user))
    return pushed.annotate(due=_due(order=OuterRef("order")))


STEPS = (
    _Step("accept", _("签收"), _to_accept, "clue"),
    _Step("visit", _("现场核查"), _to_visit, "clue"),
    _Step("report", _("反馈"), _to_report, "clue"),
    _Step("answer", _("回复督办"), _to_answer, "order__clue"),
    _Step("finish", _("落实措施"), _to_finish, "order__clue"),
    _Step("judge", _("研判定级"), _to_judge, ""),
    _Step("send", _("分派"), _to_send, ""),
    _Step("review", _("复核"), _to_review, "clue"),
    _Step("approve", _("批准措施"), _to_approve, "order__clue"),
    _Step("extend", _("批准延期"), _to_extend, "deadline__order__clue"),
    _Step("close", _("办结"), _to_close, ""),
)


def my_work(user: User, now: datetime, *, step: str = "", offset: int = 0, limit: int = 12) -> MyWork:
    """Return what waits for a person, overdue first, then by deadline and level; with `step` only that one's tasks.

    The counts are of everything; `offset` and `limit` cut the tasks. Two queries for each step that has any.
    """
    rows = [(one, one.rows(user)) for one in STEPS]
    counted = [(one, found, *_count(found, now)) for one, found in rows]
    tasks: list[Task] = []
    for one, found, total, _overdue in counted:
        if total and step in ("", one.code):
            tasks += _tasks(one, found, offset + limit)
    # Nothing that is due stands below something that is not.
    tasks.sort(
        key=lambda task: (task.due is None, task.due or now, _SEVERITY[task.clue.band], task.clue.number)
    )
    steps = tuple(Waiting(one.code, one.title, total, late) for one, _rows, total, late in counted if total)
    return MyWork(steps, tuple(tasks[offset : offset + limit]))


def _count(rows: Rows, now: datetime) -> tuple[int, int]:
    found = rows.order_by().aggregate(
        total=models.Count("pk"), overdue=models.Count("pk", filter=Q(due__lt=now))
    )
    return found["total"], found["overdue"]


def _tasks(step: _Step, rows: Rows, limit: int) -> list[Task]:
    if step.clue_path:
        rows = rows.select_related(step.clue_path)
    prefix = f"{step.clue_path}__" if step.clue_path else ""
    severity = Case(
        *(When(**{f"{prefix}band": band}, then=Value(place)) for band, place in _SEVERITY.items()),
        default=Value(len(_SEVERITY)),
    )
    first = rows.order_by(F("due").asc(nulls_last=True), severity, f"{prefix}number", "pk")[:limit]
    return [Task(step.code, step.title, _clue_of(step, row), row.due) for row in first]


def _clue_of(step: _Step, row: Any) -> Clue:
    for name in filter(None, step.clue_path.split("__")):
        row = getattr(row, name)
    found: Clue = row
    return found
