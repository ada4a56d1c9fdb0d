"""How figures, shares and values of events are written on the pages of cases."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import template

from lookout.kernel.regions import region_name
from lookout.web.cases.figures import Standing
from lookout.web.cases.models import CaseEvent
from lookout.web.cases.states import CaseState, CaseVerb, Determination
from lookout.web.cases.words import Figure, Stability

register = template.Library()
UNKNOWN = "—"


@register.filter
def amount(value: Any) -> str:
    """Return a number with separators and without empty cents; — for not known."""
    if value is None or value == "":
        return UNKNOWN
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number:,.2f}"


@register.filter
def figure_of(one: Standing, name: str) -> str:
    """Return a figure of a case as written."""
    return amount(one.figures.get(Figure(name)))


@register.filter
def percent(share: Decimal | None) -> str:
    """Return a share in percent with one decimal."""
    return UNKNOWN if share is None else f"{share * 100:.1f}%"


@register.filter
def change_share(share: Decimal | None) -> str:
    """Return a change in percent with its sign; — when there was nothing to compare with."""
    if share is None:
        return UNKNOWN
    return f"{share * 100:+.1f}%".replace("-", "−") if share else "0.0%"


@register.filter
def region(code: str) -> str:
    """Return the name of a region, by six digits or fewer, without its province."""
    full = region_name(code.ljust(6, "0")) if code else ""
    return full.removeprefix(region_name(f"{code[:2]}0000")) or full or code


@register.filter
def case_state(code: str) -> str:
    """Return the word for a state of a case."""
    return str(CaseState(code).label)


@register.filter
def event_value(event: CaseEvent) -> str:
    """Return what an event tells beside its verb."""
    verb = CaseVerb(event.verb)
    if verb is CaseVerb.DETERMINE:
        return str(Determination(event.value).label)
    if verb is CaseVerb.STABILITY:
        return str(Stability(event.value).label)
    return amount(event.value)
