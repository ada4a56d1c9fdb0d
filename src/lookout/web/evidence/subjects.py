"""The records deposits belong to: each app that has such records answers for its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from lookout.web.accounts.models import User


@dataclass(frozen=True)
class Subject:
    """One kind of record, such as clues.

    `numbers` gives the numbers a person may see, as a query; `address` the page of one; `closed_at` when work on one
    ended: None while it goes on, and files are kept as long as that is so.
    """

    kind: str
    title: Any
    numbers: Callable[[User], QuerySet[Any, Any]]
    address: Callable[[str], str]
    closed_at: Callable[[str], datetime | None]

    def may_read(self, user: User, number: str) -> bool:
        """Tell whether a person may see one record."""
        return number in self.numbers(user)


# What a hold answers while its own work goes on.
GOES_ON = datetime.max.replace(tzinfo=UTC)
# Tells until when something else needs the files of a record: None when nothing of the kind is there.
Hold = Callable[[str], datetime | None]
_subjects: dict[str, Subject] = {}
_holds: dict[str, list[Hold]] = {}


def register(subject: Subject) -> None:
    """Let an app answer for its records; called once, when the app is ready."""
    _subjects[subject.kind] = subject


def register_hold(kind: str, hold: Hold) -> None:
    """Let an app keep files of another app's records while its own work goes on: a case those of its clue."""
    if hold not in _holds.setdefault(kind, []):
        _holds[kind].append(hold)


def ended_at(kind: str, number: str) -> datetime | None:
    """Return when all work on a record ended, None while any goes on or nobody answers for it."""
    subject = _subjects.get(kind)
    ended = subject.closed_at(number) if subject is not None else None
    if ended is None:
        return None
    last = max([ended, *(until for hold in _holds.get(kind, ()) if (until := hold(number)) is not None)])
    return None if last == GOES_ON else last


def all_subjects() -> tuple[Subject, ...]:
    """Return all kinds of records."""
    return tuple(_subjects.values())


def find_subject(kind: str) -> Subject | None:
    """Return a kind of records, None when no app answers for it."""
    return _subjects.get(kind)


def access_subject(user: User, kind: str, number: str) -> Subject:
    """Return the kind of a record a person may see; unknown and foreign records are both 404."""
    found = find_subject(kind)
    if found is None or not found.may_read(user, number):
        raise Http404
    return found
