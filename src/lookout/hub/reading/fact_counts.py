"""Counts and sums over the facts of a table as a run saw them, and the scores behind a regional index.

Only public columns can be asked for, by name, checked against the table's contract: nobody hands SQL in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lookout.contracts import Contracts, Table
from lookout.hub.facts import Facts, Visible, open_tables
from lookout.hub.landing import Batch
from lookout.hub.reading.listing import conditions
from lookout.hub.reading.model import CompanyFilter
from lookout.hub.reading.raw_rows import pinned_batches
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.kernel.errors import DataError

# What a count may run along besides columns of the table itself.
OF_COMPANY = {
    "company": "l.identifier",
    "company_name": "coalesce(l.name, l.identifier)",
    "company_city": "l.city",
    "company_district": "l.company_region",
    "company_type": "l.organization_type",
    "company_band": "l.band",
}
MONTH = "month"


@dataclass(frozen=True)
class FactQuestion:
    """What to count in one table; empty conditions do not narrow.

    `by`: columns, keys of OF_COMPANY, or "month" of the day it happened. `sums`, `distinct`: columns to add up, and
    to count different values of. `start`, `end`: days it happened on, both included. `where`: column → one of
    these values; `present`: columns that must have a value. `region`, `organization_type`, `rated_only`, `scope`: of
    the company. Rows whose company nobody could find are counted only where nothing of the company is asked.
    """

    table: str
    by: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    present: tuple[str, ...] = ()
    region: str = ""
    organization_type: str = ""
    identifiers: tuple[str, ...] | None = None
    rated_only: bool = False
    scope: tuple[str, ...] | None = None


@dataclass(frozen=True)
class FactCount:
    """One line of an answer: its keys ('' for no value), rows, companies, sums (None: no value) and distinct counts."""

    keys: tuple[str, ...]
    rows: int
    companies: int
    sums: Mapping[str, Decimal | None]
    distinct: Mapping[str, int]


@dataclass(frozen=True)
class Exposure:
    """A rated company above a score, with the values of some indicators (None: not known)."""

    identifier: str
    name: str
    region: str
    organization_type: str
    score: Decimal
    previous_score: Decimal | None
    values: Mapping[str, float | None]


class FactCounts(ABC):
    """The part of the reader that counts facts."""

    _contracts: Contracts

    @abstractmethod
    def _snapshot(self) -> OpenSnapshot:
        """Return the run to read."""

    @abstractmethod
    def _batches(self) -> dict[int, Batch]:
        """Return the landed batches."""

    def count_facts(self, question: FactQuestion) -> list[FactCount]:
        """Return rows, companies and sums of a table's facts, in the order of the keys.

        Raises DataError for a table or column that does not exist or is not for lists.
        """
        table = _checked(question, self._contracts)
        snapshot = self._snapshot()
        pinned = pinned_batches(snapshot, self._batches())
        return snapshot.remember(
            ("facts", question, pinned), lambda: _count(snapshot, self._contracts, table, question, pinned)
        )

    def exposures(self, filter: CompanyFilter, codes: tuple[str, ...], *, above: int) -> tuple[Exposure, ...]:
        """Return the companies of a list that score above `above` now or did before, with values of indicators."""
        return self._snapshot().remember(
            ("exposures", filter, codes, above), lambda: _exposures(self._snapshot(), filter, codes, above)
        )


def _checked(question: FactQuestion, contracts: Contracts) -> Table:
    table = contracts.get(question.table)
    if table is None:
        raise DataError(f"没有名为“{question.table}”的表")
    asked = {*question.sums, *question.distinct, *question.present, *(name for name, _v in question.where)}
    asked |= {name for name in question.by if name not in OF_COMPANY and name != MONTH}
    problems = [f"表“{table.zh}”没有“{name}”这一列" for name in sorted(asked - table.columns.keys())]
    problems += [
        f"表“{table.zh}”的“{table.columns[name].zh}”不能用于统计"
        for name in sorted(asked & table.columns.keys())
        if table.columns[name].sensitivity != "public"
    ]
    if problems:
        raise DataError("；".join(problems))
    return table


def _count(
    snapshot: OpenSnapshot,
    contracts: Contracts,
    table: Table,
    question: FactQuestion,
    pinned: frozenset[int] | None,
) -> list[FactCount]:
    record = snapshot.record
    facts = Facts(record.generation, record.batches, record.register, record.facts)
    store = snapshot.store
    open_tables(
        store,
        snapshot.home,
        facts,
        contracts,
        Visible(record.as_of, pinned),
        [table.name],
        keep_resolved=True,
    )
    keys = [_key(name, table) for name in question.by]
    sums = [f'sum(f."{name}")' for name in question.sums]
    distinct = [f'count(DISTINCT f."{name}")' for name in question.distinct]
    columns = [f"{sql} AS k{place}" for place, sql in enumerate(keys)]
    columns += [f"{sql} AS s{place}" for place, sql in enumerate(sums)]
    columns += [f"{sql} AS d{place}" for place, sql in enumerate(distinct)]
    joined, values = _companies(question)
    where, more = _facts_condition(question, table)
    group = " GROUP BY " + ", ".join(keys) if keys else ""
    order = " ORDER BY " + ", ".join(f"k{place}" for place in range(len(keys))) if keys else ""
    rows = store.query(
        f"SELECT count(*) AS n, count(DISTINCT f.company_key) AS companies"
        f'{"".join(f", {one}" for one in columns)} FROM "{table.name}" AS f {joined} WHERE {where}{group}{order}',
        [*values, *more],
    ).to_pylist()
    return [_line(row, question) for row in rows]


def _key(name: str, table: Table) -> str:
    if name in OF_COMPANY:
        sql = OF_COMPANY[name]
    elif name == MONTH:
        sql = f'substr(CAST(f."{table.occurred_on}" AS VARCHAR), 1, 7)'
    else:
        sql = f'CAST(f."{name}" AS VARCHAR)'
    return f"coalesce({sql}, '')"


def _companies(question: FactQuestion) -> tuple[str, list[Any]]:
    """Return the join with the companies asked about, and its parameters."""
    where, values = conditions(
        CompanyFilter(
            region=question.region,
            organization_type=question.organization_type,
            identifiers=question.identifiers,
            rated_only=question.rated_only,
            scope=question.scope,
        )
    )
    listed = (
        "(SELECT company_key, identifier, name, region AS company_region, city, organization_type, band "
        f"FROM listing WHERE {where}) AS l ON l.company_key = f.company_key"
    )
    return f"{'LEFT ' if where == '1 = 1' else ''}JOIN {listed}", values


def _facts_condition(question: FactQuestion, table: Table) -> tuple[str, list[Any]]:
    parts: list[str] = ["1 = 1"]
    values: list[Any] = []
    day = f'f."{table.occurred_on}"'
    if question.start is not None:
        parts.append(f"{day} >= ?")
        values.append(question.start)
    if question.end is not None:
        parts.append(f"{day} <= ?")
        values.append(question.end)
    for name, wanted in question.where:
        parts.append(f'CAST(f."{name}" AS VARCHAR) IN ({", ".join("?" * len(wanted)) or "NULL"})')
        values.extend(wanted)
    parts.extend(f'f."{name}" IS NOT NULL' for name in question.present)
    return " AND ".join(parts), values


def _line(row: Mapping[str, Any], question: FactQuestion) -> FactCount:
    return FactCount(
        keys=tuple(row[f"k{place}"] for place in range(len(question.by))),
        rows=row["n"],
        companies=row["companies"],
        sums={name: _decimal(row[f"s{place}"]) for place, name in enumerate(question.sums)},
        distinct={name: row[f"d{place}"] for place, name in enumerate(question.distinct)},
    )


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _exposures(
    snapshot: OpenSnapshot, filter: CompanyFilter, codes: tuple[str, ...], above: int
) -> tuple[Exposure, ...]:
    where, values = conditions(filter)
    picked = "".join(
        f", max(CASE WHEN c.code = ? THEN c.value END) AS v{place}" for place in range(len(codes))
    )
    # Asked for by code first: most lines are put together only when they are read.
    asked = ", ".join("?" for _code in codes) or "NULL"
    rows = snapshot.rows(
        f"SELECT l.*{picked} FROM (SELECT company_key, identifier, coalesce(name, identifier) AS name, "
        f"coalesce(region, '') AS region, coalesce(organization_type, '') AS organization_type, score, "
        f"previous_score FROM listing WHERE {where} AND (score > ? OR previous_score > ?)) AS l "
        f"LEFT JOIN (SELECT company_key, code, value FROM contribution WHERE code IN ({asked})) AS c "
        "ON c.company_key = l.company_key GROUP BY ALL ORDER BY l.identifier",
        [*codes, *values, above, above, *codes],
    )
    return tuple(
        Exposure(
            identifier=row["identifier"],
            name=row["name"],
            region=row["region"],
            organization_type=row["organization_type"],
            score=row["score"] if row["score"] is not None else Decimal(0),
            previous_score=row["previous_score"],
            values={code: row[f"v{place}"] for place, code in enumerate(codes)},
        )
        for row in rows
    )
