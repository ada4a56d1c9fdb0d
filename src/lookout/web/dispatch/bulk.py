"""One step for many clues: each by the same rules as alone, and one that fails keeps no other back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import Agency, User
from lookout.web.clues.access import may_decide, visible
from lookout.web.clues.models import Clue
from lookout.web.dispatch import services

MOST = 200
Chosen = tuple[str, int]


@dataclass(frozen=True)
class Done:
    """What became of one chosen clue; `problem` is '' when the step was taken. `clue` None: not there, or foreign."""

    number: str
    clue: Clue | None
    problem: str = ""


def read_chosen(texts: Sequence[str]) -> list[Chosen]:
    """Return number and version of the ticked lines (`number:version`); what makes no sense is left out."""
    found = {}
    for text in texts[:MOST]:
        number, _colon, version = text.partition(":")
        if number.isdecimal() and version.isdecimal() and len(version) < 10:
            found[number] = int(version)
    return list(found.items())


def triage(by: User, chosen: Sequence[Chosen], *, band: str, now: datetime) -> list[Done]:
    """Set the level of many clues; what else was judged of them stays."""

    def step(clue: Clue, version: int) -> None:
        services.triage(
            by,
            clue,
            version=version,
            now=now,
            band=band,
            activity_class=clue.activity_class,
            summary=clue.summary,
            advice=clue.advice,
            secrecy=clue.secrecy,
        )

    return _each(by, chosen, step)


def dispatch(by: User, chosen: Sequence[Chosen], *, agency: Agency, now: datetime) -> list[Done]:
    """Send many clues to one agency as the lead."""

    def step(clue: Clue, version: int) -> None:
        services.dispatch(by, clue, agency, now=now, version=version)

    return _each(by, chosen, step)


def _each(by: User, chosen: Sequence[Chosen], step: Callable[[Clue, int], None]) -> list[Done]:
    clues = {clue.number: clue for clue in visible(by).filter(number__in=[number for number, _v in chosen])}
    return [_one(by, number, version, clues.get(number), step) for number, version in chosen]


def _one(by: User, number: str, version: int, clue: Clue | None, step: Callable[[Clue, int], None]) -> Done:
    if clue is None:
        return Done(number, None, _("没有这条线索"))
    if not may_decide(by, clue):
        return Done(number, clue, _("不归您定级和分派"))
    try:
        step(clue, version)
    except DataError as problem:
        return Done(number, clue, str(problem))
    return Done(number, clue)
