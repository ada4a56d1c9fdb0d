"""What was filed and moved about the companies of a contract, read from the current run as of its instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from lookout.hub.reading import EvidenceGroup, EvidenceRow, NothingPublishedError, Reader
from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import LookoutError
from lookout.web import published
from lookout.web.accounts.models import Agency
from lookout.web.deposits.checks.facts import FiledRow, Filings, Registered
from lookout.web.deposits.checks.filed import GUARANTEE, LOAN, PRODUCT, STATEMENT
from lookout.web.deposits.checks.funds import TRANSACTION
from lookout.web.deposits.rules import check_rules

REGISTER = "company"
TABLES = (PRODUCT, STATEMENT, LOAN, GUARANTEE, TRANSACTION)
GONE = ("吊销", "注销")


def read_filings(companies: Iterable[str], *, tables: Sequence[str] = TABLES) -> Filings:
    """Return what the current run knows of companies; with a `problem` when nothing can be read."""
    reader = published.reader()
    try:
        run = reader.current()
        if run is None:
            raise NothingPublishedError
        as_of = run.as_of.replace(tzinfo=SHANGHAI) if run.as_of.tzinfo is None else run.as_of
        found = [_of(reader, company, tables) for company in companies]
    except NothingPublishedError:
        return Filings(problem="还没有完成过评定，查不到报送和流水")
    except LookoutError as error:
        return Filings(problem=f"报送和流水现在读不出来：{error}")
    rows: dict[str, list[FiledRow]] = {}
    seen, cut = set[tuple[str, str]](), set[tuple[str, str]]()
    registered = {}
    for company, entry, groups in found:
        if entry is not None:
            registered[company] = entry
        for table, group in groups.items():
            kept = [row for row in group.rows if _instant(row.known_at) <= as_of]
            if kept:
                seen.add((company, table))
            if group.total > len(group.rows):
                cut.add((company, table))
            rows.setdefault(table, []).extend(_filed(company, group, row) for row in kept)
    return Filings(
        run_id=run.run_id,
        as_of=as_of,
        companies=registered,
        rows={table: tuple(some) for table, some in rows.items()},
        seen=frozenset(seen),
        cut=frozenset(cut),
    )


def registered_name(agency: Agency) -> str:
    """Return the name an institution is registered under, its name here when the register does not know it."""
    found = (
        read_filings([agency.company], tables=()).companies.get(agency.company) if agency.company else None
    )
    return found.name if found is not None else agency.name


def _of(
    reader: Reader, company: str, tables: Sequence[str]
) -> tuple[str, Registered | None, dict[str, EvidenceGroup]]:
    most = check_rules().funds.most_rows
    register = reader.table_rows(company, REGISTER, None, 1)
    groups = {table: reader.table_rows(company, table, None, most) for table in tables} if register else {}
    entry = _registered(register.rows) if register is not None else None
    return company, entry, {table: group for table, group in groups.items() if group is not None}


def _registered(rows: Iterable[EvidenceRow]) -> Registered | None:
    row = next(iter(rows), None)
    if row is None:
        return None
    values, state = row.values, str(row.values.get("status") or "")
    return Registered(
        name=str(values.get("name") or ""),
        organization_type=str(values.get("organization_type") or ""),
        founded_on=_day(values.get("established_on")),
        # The register tells that a company is gone, and since when we know of it.
        closed_on=_day(row.known_at) if state in GONE else None,
        state=state,
    )


def _filed(company: str, group: EvidenceGroup, row: EvidenceRow) -> FiledRow:
    return FiledRow(group.table, company, row.values, f"{group.table_name}（{row.file} 第 {row.line} 行）")


def _instant(moment: datetime) -> datetime:
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
