"""Reads behind the data pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from lookout.hub.reading import BatchEffect
from lookout.hub.reading.model import BatchInfo, Reject, TableHealth
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.ui.excel import Cell

BATCHES_PER_PAGE = 50
REJECTS_SHOWN = 200
UNRESOLVED_SHOWN = 500
# More refused rows than one batch can hold in Excel; the export shows all of them.
ALL_REJECTS = 1_000_000


@dataclass(frozen=True)
class Category:
    """The tables of one data category."""

    name: str
    tables: tuple[TableHealth, ...]


@dataclass(frozen=True)
class Summary:
    """The state of all tables in four counts."""

    fresh: int
    stale: int
    never: int
    rejected: int


def list_categories() -> list[Category]:
    """Return all tables by category."""
    ordered = sorted(published.reader().tables(), key=lambda table: (table.category, table.table))
    groups = groupby(ordered, key=lambda table: (table.category, table.category_name))
    return [Category(name, tuple(tables)) for (_code, name), tables in groups]


def summarise(categories: Sequence[Category]) -> Summary:
    """Count the tables by state, and the refused rows."""
    tables = [table for category in categories for table in category.tables]
    states = [table.state for table in tables]
    rejected = sum(table.rejected for table in tables)
    return Summary(states.count("fresh"), states.count("stale"), states.count("never"), rejected)


def list_batches(table: str, offset: int) -> tuple[list[BatchInfo], int]:
    """Return one page of batches, newest first, and how many there are."""
    return published.reader().batches(table, offset, BATCHES_PER_PAGE)


def list_rejects(batch: BatchInfo, limit: int = REJECTS_SHOWN) -> list[Reject]:
    """Return refused rows of a batch."""
    return published.reader().rejects(batch.batch_no, limit)


def list_effects(user: User, batch_no: int) -> list[BatchEffect]:
    """Return whose score moved in the person's regions when the batch came or was withdrawn."""
    return published.reader().batch_effects(batch_no, scope_of(user))


def is_awaited(batch: BatchInfo) -> bool:
    """Tell whether the published run is older than a batch, so that nobody's score can show it yet."""
    run = published.reader().current()
    return run is None or run.as_of < batch.delivered_at


def reject_cells(reject: Reject) -> list[Cell]:
    """Return a refused row as cells of the Excel that goes back to the sender."""
    texts = (reject.column, reject.value, reject.reason, reject.raw)
    return [Cell(str(reject.line), reject.line), *(Cell(text) for text in texts)]


def list_unresolved() -> list[tuple[str, str, str, int, str]]:
    """Return (scheme, value, table, rows, why) of subjects without a company, most rows first."""
    return sorted(published.reader().unresolved(UNRESOLVED_SHOWN), key=lambda row: -row[3])


def table_names() -> dict[str, str]:
    """Return the Chinese name of each table by its code."""
    return {table.table: table.name for table in published.reader().tables()}
