"""The kinds of records partners read: how each is marked for the feed, and what is told of it.

A kind is told exactly as marked: `marks` and `items` must give equal digests to equal contents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import models
from pydantic import BaseModel

from lookout.hub.reading import CompanyRow, Mark
from lookout.web import published
from lookout.web.api.formats import Clue, ComplaintStatus, Rating, Warning_
from lookout.web.api.formats.rating import Dimensions
from lookout.web.clues.models import Clue as ClueRow
from lookout.web.clues.words import Secrecy
from lookout.web.complaints.models import Complaint
from lookout.web.intake.scopes import KeyScope
from lookout.web.ui.masking import mask_text

WARNED = ("red", "orange", "yellow")


@dataclass(frozen=True)
class FeedMark:
    """A record in one of its regions, and the digest of what is told of it."""

    identifier: str
    region: str
    digest: str


@dataclass(frozen=True)
class Item:
    """A record as it is told now, in the regions it lies in."""

    identifier: str
    regions: tuple[str, ...]
    digest: str
    content: BaseModel


class Kind(Protocol):
    """One kind of record."""

    name: str
    scope: KeyScope
    is_published: bool  # comes with the ratings, so it stands still while nothing is published

    def marks(self, *, live_only: bool) -> Iterator[FeedMark]:
        """Yield the mark of every record there is; `live_only`: of those that came since the run."""

    def items(self, identifiers: Sequence[str]) -> dict[str, Item]:
        """Return records by identifier; those that are no more are absent."""


def rating_of(row: CompanyRow) -> Rating:
    """Return what partners are told of a rating."""
    return Rating(**_rating_members(row))


def warning_of(row: CompanyRow) -> Warning_:
    """Return what partners are told of an early warning."""
    return Warning_(
        **_rating_members(row),
        change=row.change or "",
        previous_band=row.previous_band,
        previous_score=row.previous_score,
    )


def _rating_members(row: CompanyRow) -> dict[str, object]:
    return {
        "identifier": row.identifier,
        "name": row.name[:200],
        "region": row.region,
        "organization_type": row.organization_type,
        "band": row.band,
        "score": row.score,
        "coverage": min(max(round(row.coverage, 4), 0.0), 1.0),
        "is_stale": row.is_stale,
        "dimensions": Dimensions(**{name: round(value, 2) for name, value in row.dimensions.items()}),
        "reasons": [mask_text(reason) for reason in row.top_reasons[:3]],
        "label_count": row.label_count,
    }


class Ratings:
    """All rated companies."""

    name, scope, is_published = "rating", KeyScope.RATINGS, True

    def marks(self, *, live_only: bool) -> Iterator[FeedMark]:
        """Yield a mark per rated company."""
        return (FeedMark(one.identifier, one.region, one.rating) for one in _published(live_only))

    def items(self, identifiers: Sequence[str]) -> dict[str, Item]:
        """Return ratings by identifier."""
        return {
            row.identifier: Item(row.identifier, (row.region,), mark.rating, rating_of(row))
            for row, mark in _rows(identifiers)
        }


class Warnings:
    """Companies rated red, orange or yellow."""

    name, scope, is_published = "warning", KeyScope.WARNINGS, True

    def marks(self, *, live_only: bool) -> Iterator[FeedMark]:
        """Yield a mark per company with a warning."""
        found = (one for one in _published(live_only) if one.band in WARNED)
        return (FeedMark(one.identifier, one.region, one.warning) for one in found)

    def items(self, identifiers: Sequence[str]) -> dict[str, Item]:
        """Return warnings by identifier."""
        return {
            row.identifier: Item(row.identifier, (row.region,), mark.warning, warning_of(row))
            for row, mark in _rows(identifiers)
            if mark.band in WARNED
        }


def _published(live_only: bool) -> Iterable[Mark]:
    return published.reader().marks(live_only=live_only)


def _rows(identifiers: Sequence[str]) -> list[tuple[CompanyRow, Mark]]:
    return [(row, mark) for row, mark in published.reader().marked_rows(identifiers, None) if mark.region]


class Clues:
    """The ledger, but for what may travel by the sealed channel only."""

    name, scope, is_published = "clue", KeyScope.CLUES, False

    def marks(self, *, live_only: bool) -> Iterator[FeedMark]:
        """Yield a mark per clue and region."""
        columns = ("number", "region_registered", "region_business", "version", "state")
        for number, registered, business, version, state in self._open().values_list(*columns).iterator():
            digest = _digest(version, state, registered, business)
            for region in sorted({registered, business} - {""}):
                yield FeedMark(number, region, digest)

    def items(self, identifiers: Sequence[str]) -> dict[str, Item]:
        """Return clues by number."""
        return {
            row.number: Item(
                row.number,
                tuple(sorted({row.region_registered, row.region_business} - {""})),
                _digest(row.version, row.state, row.region_registered, row.region_business),
                clue_of(row),
            )
            for row in self._open().filter(number__in=identifiers)
        }

    def _open(self) -> models.QuerySet[ClueRow]:
        return ClueRow.objects.exclude(secrecy=Secrecy.SEALED).order_by("pk")


def clue_of(row: ClueRow) -> Clue:
    """Return what partners are told of a clue: without phone and identity numbers."""
    return Clue.model_validate(
        {
            "number": row.number,
            "source": row.source,
            "company": row.company or None,
            "company_name": mask_text(row.company_name),
            "activity_class": row.activity_class or None,
            "band": row.band or None,
            "score": row.score,
            "coverage": row.coverage,
            "region_registered": _whole(row.region_registered),
            "region_business": _whole(row.region_business),
            "amount_yuan": row.amount,
            "participants": row.participants,
            "reasons": [mask_text(str(reason)) for reason in _reason_texts(row.hit_rules)],
            "summary": mask_text(row.summary),
            "state": row.state,
            "found_at": row.found_at,
            "opened_at": row.opened_at,
            "closed_at": row.closed_at,
            "outcome": row.outcome or None,
        }
    )


def _reason_texts(rules: object) -> list[str]:
    found = rules if isinstance(rules, list) else []
    return [str(one.get("text", "")) if isinstance(one, dict) else str(one) for one in found]


def _whole(region: str) -> str | None:
    """Return a code of six digits; a city is written 440100."""
    return region.ljust(6, "0") if region else None


class Complaints:
    """Complaints: how each stands, and nothing of what was written or by whom."""

    name, scope, is_published = "complaint", KeyScope.COMPLAINTS, False

    def marks(self, *, live_only: bool) -> Iterator[FeedMark]:
        """Yield a mark per complaint and region."""
        columns = ("number", "region", "company_region", "version", "state")
        for number, region, seat, version, state in Complaint.objects.values_list(*columns).iterator():
            digest = _digest(version, state, region, seat)
            for place in sorted({region, seat} - {""}):
                yield FeedMark(number, place, digest)

    def items(self, identifiers: Sequence[str]) -> dict[str, Item]:
        """Return states of complaints by number."""
        return {
            row.number: Item(
                row.number,
                tuple(sorted({row.region, row.company_region} - {""})),
                _digest(row.version, row.state, row.region, row.company_region),
                complaint_of(row),
            )
            for row in Complaint.objects.filter(number__in=identifiers)
        }


def complaint_of(row: Complaint) -> ComplaintStatus:
    """Return how a complaint stands."""
    return ComplaintStatus.model_validate(
        {
            "number": row.number,
            "source_number": row.source_number,
            "kind": row.kind,
            "state": row.state,
            "finding": row.finding or None,
            "received_at": row.received_at,
            "state_at": row.state_at,
            "closed_at": row.closed_at,
        }
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


KINDS: dict[str, Kind] = {kind.name: kind for kind in (Ratings(), Warnings(), Clues(), Complaints())}
