"""Keep the ledger in step with the warnings of a run: open, raise or start again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction

from lookout.web.clues.models import Clue
from lookout.web.clues.services import Found, change, lock, open_clue, reopen, to_be_judged
from lookout.web.clues.states import CLOSED, OPEN, ClueState

_SEVERITY = {"yellow": 1, "orange": 2, "red": 3}


def follow_warnings(warned: Iterable[Found], *, now: datetime) -> dict[str, int]:
    """Open, raise or reopen clues for the early warnings of a run; return how many of each.

    Doing it again for the same run changes nothing.
    """
    counts = {"opened": 0, "raised": 0, "reopened": 0, "unchanged": 0}
    founds = list(warned)
    moving = list(that_move(founds))
    for found in moving:
        counts[follow(found, now)] += 1
    counts["unchanged"] += len(founds) - len(moving)
    return counts


def that_move(founds: Sequence[Found]) -> Iterable[Found]:
    """Return the warnings that ask for a change of the ledger; one question to the database for all of them."""
    known = _standing(founds)
    return [found for found in founds if _moves(known.get((found.company, found.event_key)), found)]


def follow(found: Found, now: datetime) -> str:
    """Do for one warning what is to be done; return opened · raised · reopened · unchanged."""
    rated: dict[str, Any] = {
        "score": found.score,
        "coverage": found.coverage,
        "run_id": found.run_id,
        "hit_rules": list(found.hit_rules),
        "hit_labels": list(found.hit_labels),
        "band": found.band,
    }
    with transaction.atomic():
        current = _standing([found]).get((found.company, found.event_key))
        if current is None:
            open_clue(None, found, now=now)
            return "opened"
        current = lock(current, None)
        if not _moves(current, found):
            return "unchanged"
        if current.is_open:
            change(None, current, "raise", rated)
            return "raised"
        again = reopen(None, current, reason="办结后风险又上升，再次预警", **rated)
        to_be_judged.send(Clue, clue=again, now=now)
        return "reopened"


def stirs(closed: Clue, found: Found) -> bool:
    """Tell whether the company of a closed clue stirs again.

    What it was closed with does not count: it was known. The level must be no lower than on the day of closing,
    and higher, or the score higher, or the warning must have gone in between.
    """
    then = _SEVERITY.get(closed.closing_band or closed.band, 0)
    if _SEVERITY[found.band] != then:
        return _SEVERITY[found.band] > then
    score = closed.closing_score if closed.closing_score is not None else closed.score
    return found.is_back or score is None or found.score is None or found.score > score


def _moves(current: Clue | None, found: Found) -> bool:
    if current is None:
        return True
    if current.run_id == found.run_id or ClueState(current.state) is ClueState.MERGED:
        return False
    if current.is_open:
        return _SEVERITY[found.band] > _SEVERITY.get(current.band, 0)
    return stirs(current, found)


def _standing(founds: Sequence[Found]) -> Mapping[tuple[str, str], Clue]:
    """Return the clue that answers for each company and event: the open one, else the one that is part of an open one,
    else the one closed last."""
    part_of_open = models.Q(state=ClueState.MERGED, merged_into__state__in=OPEN)
    clues = Clue.objects.filter(
        part_of_open | models.Q(state__in=(*OPEN, *CLOSED)),
        company__in={found.company for found in founds},
        event_key__in={found.event_key for found in founds},
    )
    rank = {**dict.fromkeys(CLOSED, 0), ClueState.MERGED: 1, **dict.fromkeys(OPEN, 2)}
    found: dict[tuple[str, str], Clue] = {}
    for clue in sorted(clues.order_by("closed_at", "pk"), key=lambda one: rank[ClueState(one.state)]):
        found[clue.company, clue.event_key] = clue
    return found
