"""Checks across columns of a row: regions at their day, the order of dates, whose fact it is."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import ColumnType, Table
from lookout.hub.quality.columns import Finding
from lookout.kernel.identifiers import Scheme
from lookout.kernel.regions import problem_with_region


def _region_findings(name: str, codes: pa.Array, days: pa.Array | None, delivered_on: date) -> list[Finding]:
    """Check the codes of a column on the row's own day.

    A code that is valid on the day of delivery is right too: registers show old companies under
    today's divisions.
    """
    encoded = pc.dictionary_encode(codes)
    doubtful = {
        place: (code, reason)
        for place, code in enumerate(encoded.dictionary.to_pylist())
        if (reason := problem_with_region(code, delivered_on))
    }
    if not doubtful:
        return []
    places = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(places, list(doubtful))).astype(np.int64)
    own_days = days.take(pa.array(rows)).to_pylist() if days is not None else [None] * rows.size
    known: dict[tuple[int, date | None], str] = {}
    bad, reasons = [], []
    for row, place, day in zip(rows.tolist(), places[rows].tolist(), own_days, strict=True):
        code, today = doubtful[place]
        if (place, day) not in known:
            known[place, day] = problem_with_region(code, day) if day is not None else today
        if known[place, day]:
            bad.append(row)
            reasons.append(f"{known[place, day]}；请按当时有效的 GB/T 2260 代码填写")
    return [Finding(name, np.array(bad, np.int64), tuple(reasons))] if bad else []


def check_regions(table: Table, columns: dict[str, pa.Array], delivered_on: date) -> list[Finding]:
    """Check every region of the table on the day its contract names, by default the day of the fact."""
    findings = []
    for name, column in table.columns.items():
        if column.type is ColumnType.REGION and name in columns:
            days = columns.get(column.date or table.occurred_on)
            findings += _region_findings(name, columns[name], days, delivered_on)
    return findings


def check_order(table: Table, columns: dict[str, pa.Array]) -> list[Finding]:
    """Check the pairs of dates of which the contract says which comes first."""
    findings = []
    for earlier, later in table.order:
        if earlier not in columns or later not in columns:
            continue
        wrong = pc.fill_null(pc.greater(columns[earlier], columns[later]), False)
        rows = np.flatnonzero(wrong.to_numpy(zero_copy_only=False)).astype(np.int64)
        if not rows.size:
            continue
        first, second = table.columns[earlier].zh, table.columns[later].zh
        pairs = zip(
            columns[earlier].take(pa.array(rows)).to_pylist(),
            columns[later].take(pa.array(rows)).to_pylist(),
            strict=True,
        )
        reasons = tuple(f"“{first}”（{a}）晚于“{second}”（{b}）；请核对两个日期" for a, b in pairs)
        findings.append(Finding(later, rows, reasons))
    return findings


def subjects(table: Table, columns: dict[str, pa.Array], count: int) -> tuple[pa.Array, pa.Array]:
    """Return scheme and value of the best identifier of each row; null where there is none."""
    scheme = pa.nulls(count, pa.string())
    value = pa.nulls(count, pa.string())
    for kind in (Scheme.USCC, Scheme.REGISTRATION_NO, Scheme.NAME):
        column = getattr(table.subject, kind.value)
        if column is None or column not in columns:
            continue
        fresh = pc.and_(pc.is_null(value), pc.is_valid(columns[column]))
        scheme = pc.if_else(fresh, pa.scalar(kind.value, pa.string()), scheme)
        value = pc.if_else(fresh, columns[column], value)
    return scheme, value


def check_subjects(table: Table, value: pa.Array, already_bad: np.ndarray) -> list[Finding]:
    """Refuse rows that name nobody, unless something else is wrong with them anyway."""
    unnamed = pc.is_null(value).to_numpy(zero_copy_only=False)
    unnamed[already_bad] = False
    rows = np.flatnonzero(unnamed).astype(np.int64)
    if not rows.size:
        return []
    wanted = [name for name in table.subject.model_dump().values() if name]
    listed = "、".join(table.columns[name].zh for name in wanted)
    reason = f"没有任何主体标识，不知道是谁的事实；请至少填写 {listed} 之一"
    return [Finding(wanted[0], rows, (reason,) * rows.size)]
