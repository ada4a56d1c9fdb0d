"""Refused rows by source and reason, with their months; a batch's rejects never change and are read once."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from lookout.contracts import Contracts
from lookout.hub.landing import Batch, batch_folder
from lookout.sources import sources

_QUOTED = re.compile(r"“[^”]*”")
_NUMBER = re.compile(r"-?\d[\d,.]*")


@dataclass(frozen=True)
class RefusedReason:
    """Rows one source had refused in one column for one kind of reason.

    `months` are (month of delivery, rows), oldest first; `batches` those that hold them, newest first.
    """

    source: str
    source_name: str
    table: str
    table_name: str
    column: str
    column_name: str
    reason: str
    example: str
    rows: int
    months: tuple[tuple[str, int], ...]
    batches: tuple[int, ...]


Place = tuple[str, str]  # column, kind of reason


class RefusedIndex:
    """Counts of refused cells per batch. Safe to share between threads."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._counts: dict[int, tuple[Counter[Place], dict[Place, str]]] = {}

    def _of(self, batch_no: int) -> tuple[Counter[Place], dict[Place, str]]:
        with self._lock:
            if batch_no not in self._counts:
                self._counts[batch_no] = _count(batch_folder(self._home, batch_no) / "rejects.parquet")
            return self._counts[batch_no]

    def reasons(self, batches: Iterable[Batch], contracts: Contracts) -> list[RefusedReason]:
        """Return what was refused from whom and why, most rows first; withdrawn batches count as sent."""
        rows: dict[tuple[str, str, Place], list[tuple[Batch, int]]] = {}
        examples: dict[tuple[str, str, Place], str] = {}
        for batch in batches:
            if not batch.rejected:
                continue
            counts, first = self._of(batch.batch_no)
            for place, number in counts.items():
                key = (batch.source, batch.table, place)
                rows.setdefault(key, []).append((batch, number))
                examples.setdefault(key, first[place])
        found = [_reason(key, parts, examples[key], contracts) for key, parts in rows.items()]
        return sorted(found, key=lambda one: (-one.rows, one.source, one.table, one.column, one.reason))


def _count(file: Path) -> tuple[Counter[Place], dict[Place, str]]:
    counts: Counter[Place] = Counter()
    first: dict[Place, str] = {}
    if file.exists():
        table = pq.read_table(file, columns=["column", "reason"])
        for column, reason in zip(table["column"].to_pylist(), table["reason"].to_pylist(), strict=True):
            place = (column or "", kind_of_reason(reason))
            counts[place] += 1
            first.setdefault(place, reason)
    return counts, first


def kind_of_reason(reason: str) -> str:
    """Return a reason without the values it quotes, so that a thousand bad dates are one kind."""
    return _NUMBER.sub("#", _QUOTED.sub("“…”", reason))


def _reason(
    key: tuple[str, str, Place], parts: list[tuple[Batch, int]], example: str, contracts: Contracts
) -> RefusedReason:
    source, table, (column, reason) = key
    contract, known = contracts.get(table), sources().get(source)
    months: Counter[str] = Counter()
    for batch, number in parts:
        months[f"{batch.delivered_at:%Y-%m}"] += number
    named = contract.columns.get(column) if contract else None
    return RefusedReason(
        source=source,
        source_name=known.zh if known else source,
        table=table,
        table_name=contract.zh if contract else table,
        column=column,
        column_name=named.zh if named else column or "整行",
        reason=reason,
        example=example,
        rows=sum(number for _batch, number in parts),
        months=tuple(sorted(months.items())),
        batches=tuple(sorted((batch.batch_no for batch, _number in parts), reverse=True)),
    )
