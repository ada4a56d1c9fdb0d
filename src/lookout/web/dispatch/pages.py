"""What the page of a clue shows, put together from the ledger, the orders and the steps on offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lookout.kernel.regions import region_name
from lookout.web.accounts.models import User
from lookout.web.clues import guidance, selectors
from lookout.web.clues.models import Clue, ElementFinding, Evidence
from lookout.web.clues.words import Element
from lookout.web.dispatch.action import Action
from lookout.web.dispatch.actions import KINDS, Kind
from lookout.web.dispatch.deadlines import RUNNING, deadline_title
from lookout.web.dispatch.forms import StepForm
from lookout.web.dispatch.models import Deadline, DispatchOrder, Extension, Measure
from lookout.web.dispatch.prefill import initial
from lookout.web.dispatch.rules import checklist, measure_rules


@dataclass(frozen=True)
class Step:
    """One step on offer with its form and address."""

    action: Action
    form: StepForm
    address: str
    is_open: bool


@dataclass(frozen=True)
class Refused:
    """A form that was sent and not accepted, to be shown again where it belongs."""

    kind: str
    pk: int
    name: str
    form: StepForm


@dataclass(frozen=True)
class Thing:
    """Something of a clue with the steps on offer; `parts` are what hangs on it, by kind."""

    item: Any
    steps: list[Step]
    title: str = ""
    parts: Mapping[str, list[Thing]] | None = None


def _steps(
    user: User, clue: Clue, kind: Kind, thing: Any, now: datetime, refused: Refused | None
) -> list[Step]:
    found = []
    for action in kind.actions:
        if not action.may(user, thing):
            continue
        mine = refused is not None and (refused.kind, refused.pk, refused.name) == (
            kind.name,
            thing.pk,
            action.name,
        )
        known = initial(kind.name, action.name, thing, user, now)
        form = refused.form if refused is not None and mine else action.form(initial=known)
        address = reverse("dispatch:step", args=[clue.number, kind.name, thing.pk, action.name])
        found.append(Step(action, form, address, mine))
    return found


def clue_context(user: User, clue: Clue, now: datetime, refused: Refused | None = None) -> dict[str, Any]:
    """Return everything the page of a clue shows to a person."""
    orders = list(
        clue.orders.select_related("agency", "from_agency", "sent_by", "accepted_by", "reviewed_by")
    )
    running = list(Deadline.objects.filter(RUNNING, clue=clue).select_related("owner", "order"))
    order_things = [_order(user, clue, order, running, now, refused) for order in orders]
    evidence = _evidence(clue)
    return {
        "clue": clue,
        "now": now,
        "steps": _steps(user, clue, KINDS["clue"], clue, now, refused),
        "orders": order_things,
        "own_deadlines": [Thing(one, [], deadline_title(one)) for one in running if one.order_id is None],
        "next_deadline": running[0] if running else None,
        "next_title": deadline_title(running[0]) if running else "",
        "own_orders": [thing for thing in order_things if thing.steps],
        "elements": _elements(clue, evidence),
        "other_evidence": [one for one in evidence if not one.element],
        "withdrawals": {
            one.pk: _steps(user, clue, KINDS["evidence"], one, now, refused)
            for one in evidence
            if one.added_by
        },
        "trades_in": region_name(clue.region_business) if clue.region_business else "",
        "registered_in": region_name(clue.region_registered) if clue.region_registered else "",
        "involved": [region_name(code) for code in clue.involved_regions],
        "history": selectors.list_history(clue),
        "merged": clue.merged.all(),
        "playbook": guidance.steps(clue.band),
        "points": guidance.points_to_check(clue.activity_class),
        "checks": clue.effect_checks.all(),
        "related": [
            one
            for one in selectors.list_related(user, company=clue.company, company_name=clue.company_name)[:11]
            if one.pk != clue.pk
        ],
    }


def _order(
    user: User,
    clue: Clue,
    order: DispatchOrder,
    running: list[Deadline],
    now: datetime,
    refused: Refused | None,
) -> Thing:
    def part(kind: str, item: Any, title: str = "") -> Thing:
        return Thing(item, _steps(user, clue, KINDS[kind], item, now, refused), title)

    extensions = Extension.objects.filter(deadline__order=order).select_related("deadline", "asked_by")
    return Thing(
        order,
        _steps(user, clue, KINDS["order"], order, now, refused),
        parts={
            "deadlines": [
                part("deadline", one, deadline_title(one)) for one in running if one.order_id == order.pk
            ],
            "extensions": [part("extension", one, deadline_title(one.deadline)) for one in extensions],
            "visits": [Thing(one, [], parts=None) for one in order.visits.prefetch_related("photos").all()],
            "measures": [_measure(part, one) for one in order.measures.select_related("approved_by")],
            "supervisions": [part("supervision", one) for one in order.supervisions.all()],
        },
    )


def _measure(part: Any, measure: Measure) -> Thing:
    thing: Thing = part("measure", measure, measure_rules()[measure.kind].title)
    return thing


def _evidence(clue: Clue) -> list[Evidence]:
    found = list(clue.evidence.filter(withdrawn_at=None).select_related("attachment", "added_by"))
    for one in found:
        one.clue = clue
    return found


def _elements(clue: Clue, evidence: list[Evidence]) -> list[tuple[str, ElementFinding, list[Evidence]]]:
    """Return title, finding and evidence of each of the four elements."""
    findings = {one.element: one for one in clue.elements.all()}
    return [
        (
            str(element.label),
            findings[element.value],
            [one for one in evidence if one.element == element.value],
        )
        for element in Element
        if element.value in findings
    ]


def visit_answers(answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the questions of the checklist with their answers in words."""
    words = {"yes": _("是"), "no": _("否"), "unseen": _("未见")}
    return [(question, words.get(answers.get(code, ""), "—")) for code, question in checklist().items()]
