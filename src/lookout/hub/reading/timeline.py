"""What happened to a company, newest first, from the raw rows of all tables that hold events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from lookout.contracts import Column, ColumnType, Table
from lookout.hub.reading.model import TimelineEvent
from lookout.hub.reading.raw_rows import RawRows
from lookout.hub.reading.words import cell_text

# Kept by month or by day in hundreds of rows; a timeline of happenings would drown in them.
NOT_EVENTS = frozenset(
    {
        "company",
        "tax_declaration",
        "tax_invoice_month",
        "social_security_month",
        "income_tax_month",
        "housing_fund_month",
        "utility_month",
        "bank_transaction",
        "web_traffic",
        "website",
        "mobile_app",
        "offsite_statement",
        "offsite_submission",
        "financing_loan",
        "justice_record_count",
    }
)
TELLING = frozenset({"title", "cause", "charge", "product_name", "tags", "licence_name", "company_name"})
# Tables asked at once. The newest events of most companies lie in few tables, and the days of their newest
# rows, which the run has counted, say when the others can hold none.
AT_ONCE = 5
FEW_AT_ONCE = 2  # where the asker may have enough before all that were asked for are found
Enough = Callable[[Sequence[TimelineEvent]], bool]


def timeline(
    rows: RawRows,
    company_key: int,
    counts: Mapping[str, tuple[int, date | None]],
    limit: int,
    enough: Enough | None = None,
) -> list[TimelineEvent]:
    """Return the newest events of a company; `counts` are its rows per table and the day of the newest.

    `enough` is shown the events of whole days found so far, newest first, and ends the search by returning True.
    """
    newest = {name: day for name, (_rows, day) in counts.items() if name not in NOT_EVENTS and day}
    waiting = sorted(newest, key=lambda name: (newest[name], name), reverse=True)
    found: list[TimelineEvent] = []
    while limit and waiting:
        if len(found) >= limit and newest[waiting[0]] < found[limit - 1].on:
            break
        settled = [event for event in found if event.on > newest[waiting[0]]]
        if enough is not None and found and enough(settled):
            return settled[:limit]
        number = AT_ONCE if enough is None else FEW_AT_ONCE
        asked, waiting = waiting[:number], waiting[number:]
        found += _events(rows, company_key, {name: counts[name][0] for name in asked}, limit)
        found.sort(key=lambda event: (event.on, event.table, event.line or 0), reverse=True)
    return found[:limit]


def _events(rows: RawRows, company_key: int, expected: Mapping[str, int], limit: int) -> list[TimelineEvent]:
    """Return the newest events of some tables, in one query where it finds the rows that were counted."""
    asked = [
        _event_sql(rows.table(name), rows.newest_sql(name, company_key, _shown(rows.table(name))), limit)
        for name in expected
        if rows.may_be_asked(name, company_key)
    ]
    found = rows.query(" UNION ALL ".join(asked)) if asked else []
    complete = {row["name"] for row in found if row["n"] == expected[row["name"]]}
    found = [row for row in found if row["name"] in complete]
    for name in expected:
        if name not in complete:
            rows.open(name, company_key, expected[name])
            found += rows.query(_event_sql(rows.table(name), f'SELECT * FROM "{name}"', limit))
    return [_event(rows.table(row["name"]), row) for row in found if row["happened"] is not None]


def _shown(table: Table) -> list[str]:
    """Return the columns that an event is told from."""
    return list(dict.fromkeys([table.occurred_on or "known_at", *_told(table), "batch_no", "line"]))


def _event_sql(table: Table, source: str, limit: int) -> str:
    """Return the query of one table's newest rows in the form all tables share; `n` counts all its rows."""
    told = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in _told(table))
    return (
        f"(SELECT '{table.name}' AS name, CAST(\"{table.occurred_on}\" AS DATE) AS happened, batch_no, line, "
        f"[{told or 'NULL'}] AS told, count(*) OVER () AS n FROM ({source}) AS f "
        f'ORDER BY "{table.occurred_on}" DESC NULLS LAST, batch_no DESC, line DESC LIMIT {limit})'
    )


def _event(table: Table, row: Mapping[str, Any]) -> TimelineEvent:
    text = event_text(table, dict(zip(_told(table), row["told"], strict=False)))
    return TimelineEvent(row["happened"], table.name, table.zh, text, row["batch_no"], row["line"])


_KNOWN_TOLD: dict[str, tuple[str, ...]] = {}


def _told(table: Table) -> tuple[str, ...]:
    """Return the columns that say what happened; worked out once per contract."""
    known = _KNOWN_TOLD.get(table.name)
    if known is None:
        subjects = table.subject_columns
        known = tuple(
            name for name, column in table.columns.items() if name not in subjects and _is_told(name, column)
        )
        _KNOWN_TOLD[table.name] = known
    return known


def _is_told(name: str, column: Column) -> bool:
    if column.sensitivity == "personal":
        return False
    return isinstance(column.codes, dict) or column.type is ColumnType.MONEY or name in TELLING


def event_text(table: Table, told: Mapping[str, str | None]) -> str:
    """Say what a raw row tells, from its contract: coded columns, then the first money and text."""
    coded, others = [], []
    for name in _told(table):
        column, value = table.columns[name], told.get(name)
        if value is None:
            continue
        if isinstance(column.codes, dict):
            coded.append(column.codes.get(value, value))
        elif column.type is ColumnType.MONEY:
            others.append(f"{column.zh} {cell_text(Decimal(value))} 元")
        else:
            others.append(value)
    return " · ".join([*coded, *others[:3]])
