"""The raw rows of one company as a run saw them, from sessions that stay open between pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import Contracts, Table
from lookout.hub.facts import Facts, Visible, open_facts, open_tables, see_table, view_columns
from lookout.hub.facts.moves import found_moves
from lookout.hub.landing import Batch
from lookout.hub.live import LIVE_BATCH, StoredEvent, gather, live_rows
from lookout.hub.reading.snapshot import OpenSnapshot

Row = dict[str, Any]
Names = tuple[tuple[str, str], ...]  # scheme and identifier
_AGE = ("known_at", "batch_no", "line")  # in whose order versions replace each other


class RawRows:
    """One thread's session over the facts of one fold. Files are named once, not once per page or rating.

    All that decides about most companies lies in their own rows and those sent under their names. Whether that
    is so follows from the counts published with the run, and spares a page the search through everybody's
    rows for other versions.
    """

    def __init__(self, origin: OpenSnapshot, contracts: Contracts) -> None:
        record = origin.record
        self._contracts = contracts
        self._facts = Facts(record.generation, record.batches, record.register, record.facts)
        self.store = origin.session()
        origin.open_lookup(self.store, "all_lookups")
        self._moves = found_moves(self.store)
        self._named: set[str] = set()
        self._seen_from(origin, None)

    def seen_from(self, origin: OpenSnapshot, pinned: frozenset[int] | None) -> RawRows:
        """Read as of another rating from the same facts from now on; `pinned` are its batches, None for all."""
        if self._origin is not origin or self._pinned != pinned:
            self._seen_from(origin, pinned)
        return self

    def _seen_from(self, origin: OpenSnapshot, pinned: frozenset[int] | None) -> None:
        self._origin, self._pinned = origin, pinned
        self._opened: dict[str, int] = {}
        self._looked_up = 0
        self._names: tuple[int, Names] = (0, ())

    def _visible(self, company_key: int) -> Visible:
        # A literal key lets the store skip every row group of other companies; the files are clustered by it.
        pinned = None if self._pinned is None else self._pinned | {LIVE_BATCH}
        return Visible(self._origin.record.as_of, pinned, f"= {company_key}")

    def rows_of(self, name: str, company_key: int, expected: int, columns: Sequence[str]) -> list[Row]:
        """Return a company's rows of a table, of several versions the newest, in no order.

        `expected` is how many rows the run counted; `columns` of the table's view.
        """
        if self.may_be_asked(name, company_key):
            found = self.query(self.newest_sql(name, company_key, columns))
            if len(found) == expected:
                return found
        self.open(name, company_key, expected)
        listed = ", ".join(f'"{column}"' for column in columns)
        return self.query(f'SELECT {listed} FROM "{name}"')

    def open(self, name: str, company_key: int, expected: int | None) -> None:
        """Make the view of a contract table hold the rows of one company.

        `expected` is how many rows the run counted, None when that is not known.
        """
        if self._opened.get(name) == company_key:
            return
        if expected is None or not self._open_counted(name, company_key, expected):
            self._open_all(name, company_key, self._events(name, company_key))
        self._opened[name] = company_key

    def _open_counted(self, name: str, company_key: int, expected: int) -> bool:
        """Open a table from the rows nearest to a company; False when these are not the rows that were counted."""
        if not self.may_be_asked(name, company_key):
            return False
        held, columns = f"held_{name}", list(view_columns(self._contracts[name]))
        self.store.table(held, self.newest_sql(name, company_key, columns))
        if self.query(f'SELECT count(*) AS n FROM "{held}"')[0]["n"] != expected:
            return False
        self.store.view(name, f'SELECT * FROM "{held}"')
        return True

    def may_be_asked(self, name: str, company_key: int) -> bool:
        """Tell whether `newest_sql` can be asked: there are files, and no events of the company beside them.

        An event may be a newer version of a row, which would leave their number as it was counted.
        """
        return name in self._facts.tables and not self._events(name, company_key)

    def newest_sql(self, name: str, company_key: int, columns: Sequence[str]) -> str:
        """Return the query of a company's rows sent with its code or under its names, of several versions the newest.

        These are the right rows when they are as many as the run counted: a newer version about another
        subject, which is not looked for here, can only take rows away.
        """
        self._name_files(name)
        table = self._contracts[name]
        key = _key_of_versions(table)
        own = f"f.company_key = {company_key}"
        named = self._under_names(company_key) if self._has(name, "company_key IS NULL") else ""
        is_compared = bool(named or self._facts.tables[name].marks) or self._has(name, "is_versioned")
        shown = _listed(columns, company_key)
        if not is_compared:
            return self._seen_sql(name, shown, own)
        needed = _listed(list(dict.fromkeys([*columns, *key, *_AGE])), company_key)
        parts = [self._seen_sql(name, needed, where) for where in (own, named) if where]
        by = ", ".join(f'f."{column}"' for column in key) or "1"
        newest = ", ".join(f'f."{column}" DESC' for column in _AGE)
        return (
            f"SELECT {_listed(columns)} FROM (SELECT f.*, row_number() OVER (PARTITION BY {by} ORDER BY {newest}) "
            f"AS age FROM ({' UNION ALL '.join(parts)}) AS f) AS f WHERE f.age = 1"
        )

    def _seen_sql(self, name: str, shown: str, where: str) -> str:
        condition = self._visible(0).condition("f")
        return f'SELECT {shown} FROM "folded_{name}" AS f WHERE {where} AND {condition}'

    def _under_names(self, company_key: int) -> str:
        """Return the condition of rows sent under a name or older code of a company; '' when it has none."""
        names = self._names_of(company_key)
        if not names:
            return ""
        # The values by themselves let the store skip what cannot hold them: such rows are sorted by them.
        values = ", ".join(sorted({_text(value) for _scheme, value in names}))
        pairs = ", ".join(f"({_text(scheme)}, {_text(value)})" for scheme, value in names)
        return (
            f"f.company_key IS NULL AND f.subject_value IN ({values}) "
            f"AND (f.subject_scheme, f.subject_value) IN ({pairs})"
        )

    def _names_of(self, company_key: int) -> Names:
        if self._names[0] != company_key:
            known = self._origin.lookup
            if known is not None:
                found = known.filter(pc.equal(known["company_key"], company_key)).to_pylist()
            else:
                found = self.query(
                    f"SELECT scheme, identifier FROM all_lookups WHERE company_key = {company_key}"
                )
            self._names = company_key, tuple(sorted({(row["scheme"], row["identifier"]) for row in found}))
        return self._names[1]

    def _has(self, name: str, condition: str) -> bool:
        """Tell whether a table has any rows of a kind; looked up once per fold, not per thread."""
        files = self._facts.tables[name]
        return self._origin.run.remember(
            ("has", name, files, condition),
            lambda: bool(self.query(f'SELECT 1 AS n FROM "folded_{name}" WHERE {condition} LIMIT 1')),
        )

    def _open_all(self, name: str, company_key: int, events: Sequence[StoredEvent]) -> None:
        """Look for rows sent under a name, for other versions, and for events not landed yet."""
        self._look_up(company_key)
        table, visible = self._contracts[name], self._visible(company_key)
        if name not in self._facts.tables and not events:
            open_tables(self.store, self._origin.home, self._facts, self._contracts, visible, [name])
            return
        if name in self._facts.tables:
            self._name_files(name)
        folded = f"folded_{name}" if name in self._facts.tables else None
        gather(self.store, table, folded, [company_key], live_rows(table, events) if events else None)
        see_table(self.store, table, visible, found=self._moves)
        self.store.table(f"held_{name}", f'SELECT * FROM "{name}"')
        self.store.view(name, f'SELECT * FROM "held_{name}"')

    def _events(self, name: str, company_key: int) -> list[StoredEvent]:
        return [event for event in self._origin.live_events(company_key) if event.table == name]

    def event(self, company_key: int, number: int) -> StoredEvent | None:
        """Return the event that is a row of the company, by the number the row has for its line."""
        return next((one for one in self._origin.live_events(company_key) if one.seq == number), None)

    def _look_up(self, company_key: int) -> None:
        """Make `lookup`: the names and older codes that stand for the company."""
        if self._looked_up == company_key:
            return
        known = self._origin.lookup
        if known is not None:
            self.store.put("lookup", known.filter(pc.equal(known["company_key"], company_key)))
        else:
            self.store.table("lookup", f"SELECT * FROM all_lookups WHERE company_key = {company_key}")
        self._looked_up = company_key

    def _name_files(self, name: str) -> None:
        if name not in self._named:
            table = self._contracts[name]
            open_facts(self.store, f"folded_{name}", self._origin.home, self._facts.tables[name], table)
            self._named.add(name)

    def query(self, sql: str) -> list[Row]:
        """Run a query over the opened tables."""
        answer: pa.Table = self.store.query(sql)
        rows: list[Row] = answer.to_pylist()
        return rows

    def table(self, name: str) -> Table:
        """Return a table's contract."""
        return self._contracts[name]


def _key_of_versions(table: Table) -> list[str]:
    """Return what versions of a fact share; whom it is about goes without saying among one company's rows."""
    if "subject_value" not in table.version_key:
        return list(table.version_key)
    return [column for column in table.version_key if not column.startswith("subject_")]


def _listed(columns: Sequence[str], company_key: int | None = None) -> str:
    """Return columns of `f`; rows under a name have no key in the files and are given the company's."""

    def shown(column: str) -> str:
        if column == "company_key" and company_key is not None:
            return f"CAST({company_key} AS INTEGER) AS company_key"
        return f'f."{column}"'

    return ", ".join(map(shown, columns))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def pinned_batches(origin: OpenSnapshot, batches: Mapping[int, Batch]) -> frozenset[int] | None:
    """Return the batches a reading must be held to; None when the facts hold no other of that time."""
    record = origin.record
    pinned = frozenset(record.batches)
    others = (
        number
        for number, batch in batches.items()
        if number not in pinned and number <= record.generation and batch.delivered_at <= record.as_of
    )
    return pinned if any(True for _ in others) else None


def raw_rows(
    snapshot: OpenSnapshot, contracts: Contracts, batches: Mapping[int, Batch], company_key: int
) -> RawRows:
    """Return this thread's session over the facts a company was rated from."""
    origin = snapshot.of(company_key)
    record = origin.record
    # Ratings between two runs stand on the same facts: their session is one.
    folded = hash((record.generation, record.register, tuple(sorted(record.facts.items()))))
    kept = origin.run.per_thread(f"raw_rows {folded}", lambda: RawRows(origin, contracts))
    return kept.seen_from(origin, pinned_batches(origin, batches))
