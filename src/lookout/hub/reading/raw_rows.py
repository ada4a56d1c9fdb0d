"""The raw rows of one company as a run saw them, from sessions that stay open between pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import Contracts, Table
from lookout.hub.facts import Facts, Visible, open_facts, open_tables, see_table, view_columns
from lookout.hub.facts.moves import found_moves
from lookout.hub.landing import Batch
from lookout.hub.live import LIVE_BATCH, Aside, StoredEvent, gather, live_rows
from lookout.hub.reading.snapshot import OpenSnapshot


class RawRows:
    """One thread's session over the facts of one fold. Files are named once, not once per page or rating.

    Most tables of most companies hold only rows sent with a code and in one version. Whether that is
    so follows from the counts published with the run, and spares a page the search for rows sent
    under a name, which lie apart.
    """

    def __init__(self, origin: OpenSnapshot, contracts: Contracts) -> None:
        record = origin.record
        self._contracts = contracts
        self._facts = Facts(record.generation, record.batches, record.register, record.facts)
        self.store = origin.session()
        origin.open_lookup(self.store, "all_lookups")
        self._moves = found_moves(self.store)
        self._named: set[str] = set()
        self._by_name: dict[str, bool] = {}
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

    def _visible(self, company_key: int) -> Visible:
        # A literal key lets the store skip every row group of other companies; the files are clustered by it.
        pinned = None if self._pinned is None else self._pinned | {LIVE_BATCH}
        return Visible(self._origin.record.as_of, pinned, f"= {company_key}")

    def open(self, name: str, company_key: int, expected: int | None) -> None:
        """Make the view of a contract table hold the rows of one company.

        `expected` is how many rows the run counted, None when that is not known.
        """
        if self._opened.get(name) == company_key:
            return
        events = self._events(name, company_key)
        if events or expected is None or not self._open_counted(name, company_key, expected):
            self._open_all(name, company_key, events)
        self._opened[name] = company_key

    def _open_counted(self, name: str, company_key: int, expected: int) -> bool:
        """Open a table from the company's own rows; False when these are not the rows that were counted."""
        if name not in self._facts.tables:
            return False
        self._name_files(name)
        own = f"own_{name}"
        self.store.table(own, f'SELECT * FROM "folded_{name}" WHERE company_key = {company_key}')
        if not self.is_contested(name) and self._hold(name, self._plain_sql(name, own), expected):
            return True
        # A newer version about another subject can only take rows away: when the count is right there is
        # none, and the search for it through all versions is spared.
        self._look_up(company_key)
        table = self._contracts[name]
        gather(self.store, table, own, [company_key], None, Aside(f"folded_{name}", ""))
        see_table(self.store, table, self._visible(company_key), found=self._moves)
        return self._hold(name, f'SELECT * FROM "{name}"', expected)

    def _hold(self, name: str, sql: str, expected: int) -> bool:
        """Work a table's rows out once, for all that is asked of them; True when it is as many as expected."""
        self.store.table(f"held_{name}", sql)
        if self.query(f'SELECT count(*) AS n FROM "held_{name}"')[0]["n"] != expected:
            return False
        self.store.view(name, f'SELECT * FROM "held_{name}"')
        return True

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

    def is_contested(self, name: str) -> bool:
        """Tell whether a row under a name may be a newer version of one with the code: counts then say nothing.

        So it is taken for a table without any facts, too.
        """
        if name not in self._facts.tables:
            return True
        return "subject_value" in self._contracts[name].version_key and self.has_rows_by_name(name)

    def has_rows_by_name(self, name: str) -> bool:
        """Tell whether a table that has facts has rows without a code: a company may have some of them."""
        if name not in self._by_name:
            self._name_files(name)
            found = self.query(f'SELECT 1 AS n FROM "folded_{name}" WHERE company_key IS NULL LIMIT 1')
            self._by_name[name] = bool(found)
        return self._by_name[name]

    def _name_files(self, name: str) -> None:
        if name not in self._named:
            table = self._contracts[name]
            open_facts(self.store, f"folded_{name}", self._origin.home, self._facts.tables[name], table)
            self._named.add(name)

    def simple_sql(self, name: str, company_key: int) -> str:
        """Return the query of a company's rows that came with a code and in one version."""
        self._name_files(name)
        return f"{self._plain_sql(name, f'folded_{name}')} AND f.company_key = {company_key}"

    def _plain_sql(self, name: str, source: str) -> str:
        """Return the query of the rows of a source that came with a code, in one version, and are seen."""
        table, visible = self._contracts[name], self._visible(0)
        columns = ", ".join(f'f."{column}"' for column in view_columns(table))
        happened = visible.happened(f'f."{table.occurred_on}"')
        return (
            f'SELECT {columns} FROM "{source}" AS f WHERE NOT f.is_versioned '
            f"AND {visible.condition('f')}{happened}"
        )

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Run a query over the opened tables."""
        answer: pa.Table = self.store.query(sql)
        rows: list[dict[str, Any]] = answer.to_pylist()
        return rows

    def table(self, name: str) -> Table:
        """Return a table's contract."""
        return self._contracts[name]

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables that have facts at all."""
        return frozenset(self._facts.tables)


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
