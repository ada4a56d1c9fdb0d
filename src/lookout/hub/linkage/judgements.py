"""Judgements of stewards: events that are never taken back, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from lookout.hub.resolution import normalise_name
from lookout.kernel.identifiers import Scheme

TABLE = "resolution_judgement"
MERGED_SCHEMA = pa.schema([("company_key", pa.int32()), ("into_key", pa.int32())])


class Verb(StrEnum):
    """What a steward can say of two subjects."""

    LINK = "link"  # the name on the left means the company on the right
    SEPARATE = "separate"  # it does not
    MERGE = "merge"  # the company on the left is the one on the right
    SPLIT = "split"  # it is not
    UNDO = "undo"  # an earlier judgement does not count


Subject = tuple[str, str]  # scheme, identifier (a name in its normal form)


@dataclass(frozen=True)
class Judgement:
    """One judgement. `judged_at`: Shanghai wall time; `undoes`: the number of another, '' for none."""

    judgement_no: str
    verb: Verb
    left: Subject
    right: Subject
    score: int | None
    reason: str
    judged_by: str
    undoes: str
    judged_at: datetime

    @property
    def pair(self) -> tuple[str, Subject, Subject]:
        """What is judged: later judgements of the same pair replace earlier ones."""
        if self.verb in {Verb.LINK, Verb.SEPARATE}:
            return "name", self.left, self.right
        first, second = sorted((self.left, self.right))
        return "company", first, second


def judgement_of(row: Mapping[str, Any]) -> Judgement:
    """Read a judgement from a row of its table."""
    return Judgement(
        judgement_no=row["judgement_no"],
        verb=Verb(row["verb"]),
        left=_subject(row["left_scheme"], row["left_identifier"]),
        right=_subject(row["right_scheme"], row["right_identifier"]),
        score=row["score"],
        reason=row["reason"] or "",
        judged_by=row["judged_by"],
        undoes=row["undoes"] or "",
        judged_at=datetime.fromisoformat(row["judged_at"]),
    )


def _subject(scheme: str | None, identifier: str | None) -> Subject:
    text = identifier or ""
    return scheme or "", normalise_name(text) if scheme == Scheme.NAME else text


def in_force(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Return the judgements that count, in their order.

    An undone one does not count, nor does one that a later judgement of the same pair contradicts. Undoing an
    undo brings the first back.
    """
    ordered = sorted(judgements, key=lambda one: (one.judged_at, one.judgement_no))
    undone: set[str] = set()
    for one in reversed(ordered):
        if one.verb is Verb.UNDO and one.judgement_no not in undone:
            undone.add(one.undoes)
    latest = {
        one.pair: one for one in ordered if one.verb is not Verb.UNDO and one.judgement_no not in undone
    }
    kept = {one.judgement_no for one in latest.values()}
    return [one for one in ordered if one.judgement_no in kept]


@dataclass(frozen=True)
class Ruling:
    """What the judgements in force say, by company key."""

    links: Mapping[str, int]  # name → company
    separate: frozenset[tuple[str, int]]  # name, company
    merged: Mapping[int, int]  # company → the company it stands in
    apart: frozenset[tuple[int, int]]  # companies, the lower key first


def rule(judgements: Iterable[Judgement], keys: Mapping[Subject, int]) -> Ruling:
    """Turn judgements into company keys; those that name a company not yet known wait.

    A company merged into one that is itself merged stands in the last; a circle is cut at its last link.
    """
    links: dict[str, int] = {}
    separate: set[tuple[str, int]] = set()
    merged: dict[int, int] = {}
    apart: set[tuple[int, int]] = set()
    for one in in_force(judgements):
        right = keys.get(one.right)
        left = keys.get(one.left)
        if right is None:
            continue
        if one.verb is Verb.LINK:
            links[one.left[1]] = right
        elif one.verb is Verb.SEPARATE:
            separate.add((one.left[1], right))
        elif left is not None and one.verb is Verb.SPLIT:
            apart.add((min(left, right), max(left, right)))
        elif left is not None and _end(merged, right) != left:
            merged[left] = right
    ends = {key: _end(merged, key) for key in merged}
    return Ruling(links, frozenset(separate), ends, frozenset(apart))


def _end(merged: Mapping[int, int], key: int) -> int:
    while key in merged:
        key = merged[key]
    return key


def merged_table(merged: Mapping[int, int]) -> pa.Table:
    """Return `merged` as a table, by company key."""
    rows = sorted(merged.items())
    return pa.table(
        {"company_key": [key for key, _ in rows], "into_key": [into for _, into in rows]},
        schema=MERGED_SCHEMA,
    )
