"""The feed of changes: every record partners may read, in the order in which it last changed.

A record that changes moves to the end. Numbers are given under one lock that is held until they are visible, so
whoever has read up to a number has missed nothing below it. A record is handed over only as it was marked: when it
has changed since, it is marked anew and comes at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from lookout.hub.reading import NothingPublishedError
from lookout.kernel.regions import tree_prefix
from lookout.web import published
from lookout.web.api.models import FeedHead, FeedRow
from lookout.web.api.records import KINDS, FeedMark, Item, Kind

_CHUNK = 1000
_GONE = ""  # the digest of a record that is no more
_BEYOND = "+beyond"
_AFTER = timedelta(microseconds=1)
_CHANGED = ["digest", "is_gone", "sequence", "updated_at"]
_followed_live: dict[str, str] = {}  # what this process has followed between two runs


@dataclass(frozen=True)
class Told:
    """One record as handed over; `item` None when it is no longer the reader's."""

    identifier: str
    updated_at: datetime
    item: Item | None


@dataclass(frozen=True)
class FeedPage:
    """Part of the feed. `last` is the number up to which it has been read."""

    told: tuple[Told, ...]
    last: int
    has_more: bool


def head() -> FeedHead:
    """Return the end of the feed."""
    return FeedHead.objects.get_or_create(pk=1)[0]


def follow(now: datetime) -> int:
    """Put everything that changed since last time at the end of the feed; return how many records."""
    before = head().edition
    try:
        edition = published.reader().edition()
    except NothingPublishedError:
        edition = before
    moved = sum(_follow(kind, now) for kind in KINDS.values() if not kind.is_published)
    if edition != before:
        moved += sum(_follow(kind, now) for kind in KINDS.values() if kind.is_published)
        FeedHead.objects.filter(pk=1).update(edition=edition)
    return moved


def follow_what_came(now: datetime) -> None:
    """Before a read: follow everything the first time, later the companies that were rated since the run."""
    known, edition = head().edition, published.reader().edition()
    if not known:
        follow(now)
    elif edition not in (known, _followed_live.get("edition")):
        if edition.rpartition("+")[0] == known.rpartition("+")[0]:
            for kind in KINDS.values():
                if kind.is_published:
                    _follow_live(kind, now)
        _followed_live["edition"] = edition


def _follow(kind: Kind, now: datetime) -> int:
    rows = FeedRow.objects.filter(kind=kind.name).values_list("identifier", "region", "digest")
    known = {(identifier, region): digest for identifier, region, digest in rows.iterator(chunk_size=20_000)}
    moved = 0
    for marks in _chunks(_changed(kind, known)):
        move_to_end(kind, marks, now)
        moved += len(marks)
    return moved


def _changed(kind: Kind, known: dict[tuple[str, str], str]) -> Iterator[FeedMark]:
    """Yield what is marked otherwise than known, then what is known and no more."""
    for mark in kind.marks(live_only=False):
        if known.pop((mark.identifier, mark.region), None) != mark.digest:
            yield mark
    for place, digest in known.items():
        if digest != _GONE:
            yield FeedMark(*place, _GONE)


def _chunks(marks: Iterable[FeedMark]) -> Iterator[list[FeedMark]]:
    rest = iter(marks)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _follow_live(kind: Kind, now: datetime) -> None:
    for marks in _chunks(kind.marks(live_only=True)):
        rows = FeedRow.objects.filter(kind=kind.name, identifier__in=[mark.identifier for mark in marks])
        known = {(row.identifier, row.region): row.digest for row in rows}
        changed = [mark for mark in marks if known.get((mark.identifier, mark.region)) != mark.digest]
        if changed:
            move_to_end(kind, changed, now)
            _note_beyond()


def _note_beyond() -> None:
    """Note that the feed is ahead of the edition it was last compared with as a whole, so that it will be again."""
    end = head()
    run = end.edition.rpartition("+")[0]
    if end.edition and end.edition != f"{run}{_BEYOND}":
        FeedHead.objects.filter(pk=1, edition=end.edition).update(edition=f"{run}{_BEYOND}")


def move_to_end(kind: Kind, marks: Sequence[FeedMark], now: datetime) -> None:
    """Give records the next numbers, and a time later than any given before."""
    head()
    with transaction.atomic():
        end = FeedHead.objects.select_for_update().get(pk=1)
        stamp = max(now, end.stamped_at + _AFTER) if end.stamped_at else now
        rows = [
            FeedRow(
                kind=kind.name, identifier=mark.identifier, region=mark.region, digest=mark.digest,
                is_gone=mark.digest == _GONE, sequence=end.sequence + number, updated_at=stamp,
            )
            for number, mark in enumerate(marks, 1)
        ]  # fmt: skip
        FeedRow.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["kind", "identifier", "region"],
            update_fields=_CHANGED,
        )
        end.sequence, end.stamped_at = end.sequence + len(rows), stamp
        end.save(update_fields=["sequence", "stamped_at"])


def read(
    kind: Kind, region: str, *, after: int, since: datetime | None, limit: int, now: datetime
) -> FeedPage:
    """Return the next part of the feed of a region, after a number, or of what changed since an instant."""
    prefix = tree_prefix(region)
    rows = FeedRow.objects.filter(kind=kind.name, region__startswith=prefix, sequence__gt=after)
    if since is not None:
        rows = rows.filter(updated_at__gte=since)
    found = list(rows.order_by("sequence")[: limit + 1])
    shown, has_more = found[:limit], len(found) > limit
    items = kind.items(list(dict.fromkeys(row.identifier for row in shown))) if shown else {}
    told: dict[str, Told] = {}
    moved: list[FeedMark] = []
    for row in shown:
        item = items.get(row.identifier)
        digest = item.digest if item is not None and row.region in item.regions else _GONE
        if digest != row.digest:
            moved.append(FeedMark(row.identifier, row.region, digest))
        elif item is not None and digest != _GONE:
            told[row.identifier] = Told(row.identifier, row.updated_at, item)
        elif item is None or not any(place.startswith(prefix) for place in item.regions):
            told.setdefault(row.identifier, Told(row.identifier, row.updated_at, None))
    if moved:
        move_to_end(kind, moved, now)
        if kind.is_published:
            _note_beyond()
    last = shown[-1].sequence if shown else after
    return FeedPage(tuple(told.values()), last, has_more or bool(moved))
