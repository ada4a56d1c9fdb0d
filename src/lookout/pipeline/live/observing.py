"""A few companies observed anew: their rows with live events among them, marts, passes and label hits.

Only what is within reach of an event is made; the session takes the rest from the last run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from lookout.hub.facts import Facts, Visible, open_tables, see_table, view_columns
from lookout.hub.live import Aside, StoredEvent, gather, live_rows
from lookout.hub.store import DuckDBStore
from lookout.pipeline.evaluation import Catalogues, Question, compiled
from lookout.pipeline.live.identities import Identities
from lookout.pipeline.live.reach import Reach, hits_by_table


class Observer:
    """Makes views, marts, passes and label hits of a few companies in a warm store, again and again.

    The store has `folded_<table>` of every table that was ever folded, and `run_mart_<mart>`.
    """

    def __init__(
        self,
        store: DuckDBStore,
        catalogues: Catalogues,
        day: date,
        who: Identities,
        folded: Iterable[str],
        asides: Mapping[str, Aside],
    ) -> None:
        self._store, self._catalogues, self._who = store, catalogues, who
        self._folded, self._asides = frozenset(folded), asides
        self._texts = compiled(catalogues, day)
        self._hits = hits_by_table(catalogues, day)
        self._named = {name for name in self._folded if _has_rows_by_name(store, f"folded_{name}")}
        self._dirty: set[str] = set()  # relations that hold rows of companies rated before

    def open(self, home: Path, visible: Visible) -> None:
        """Make every relation without rows: what no company has rows in is neither read nor aggregated."""
        store, contracts = self._store, self._catalogues.contracts
        open_tables(store, home, Facts(0, (), ""), contracts, visible, contracts)
        for name in contracts:
            store.table(f"nothing_{name}", f'SELECT * FROM "{name}"')
        for name, sql in self._texts.marts.items():
            if self._catalogues.marts[name].population:
                store.table(name, f'SELECT * FROM "run_mart_{name}" WHERE 1 = 0')
            else:
                store.table(name, sql)
        for table, sql in self._texts.passes.items():
            store.table(f"pass_{table}", sql)

    def observe(
        self,
        reach: Reach,
        keys: Sequence[int],
        near: Sequence[int],
        events: Mapping[str, Sequence[StoredEvent]],
        counted: Iterable[str],
        question: Question,
    ) -> set[str]:
        """Make all that is within reach; return the contract tables and marts that have something to read.

        `near`: the companies and those whose rows stand with them; `events`: live events by table;
        `counted`: the tables that may hold rows of these companies.
        """
        names = ((set(counted) & self._folded) | set(events)) & reach.needed
        filled = self._gather(names, reach, near, events, question)
        only = f"IN ({listed(keys)})"
        for name, sql in self._texts.marts.items():
            if name in reach.needed:
                self._make_mart(name, sql, filled, only)
        for table, sql in self._texts.passes.items():
            if table in reach.changed:
                wanted = f"SELECT * FROM ({sql}) AS p WHERE company_key {only}"
                self._refill(f"pass_{table}", wanted if table in filled else "")
        return filled

    def hits_sql(self, reach: Reach, filled: Iterable[str]) -> str:
        """Return the query of the label hits of what was made anew."""
        found = sorted(reach.changed.intersection(filled).intersection(self._hits))
        return " UNION ALL ".join(self._hits[table] for table in ("", *found))

    def _make_mart(self, name: str, sql: str, filled: set[str], only: str) -> None:
        mart = self._catalogues.marts[name]
        if mart.population:
            sql = f'SELECT * FROM "run_mart_{name}" WHERE company_key {only}'
        elif not filled.intersection(mart.reads):
            self._refill(name, "")
            return
        self._refill(name, sql)
        filled.add(name)

    def _refill(self, relation: str, sql: str) -> None:
        """Make a relation's rows anew; without a query it has none."""
        if sql:
            self._store.table(relation, sql)
            self._dirty.add(relation)
        elif relation in self._dirty:
            self._store.execute(f'DELETE FROM "{relation}"')
            self._dirty.discard(relation)

    def _gather(
        self,
        names: set[str],
        reach: Reach,
        keys: Sequence[int],
        events: Mapping[str, Sequence[StoredEvent]],
        question: Question,
    ) -> set[str]:
        """Make the views of the tables in which these companies have rows; return their names."""
        store, contracts = self._store, self._catalogues.contracts
        for name in (self._dirty & reach.needed & set(contracts)) - names:
            store.view(name, f'SELECT * FROM "nothing_{name}"')
            self._dirty.discard(name)
        for name in sorted(names - self._seen_plainly(names - set(events), keys, question)):
            live = live_rows(contracts[name], events[name]) if name in events else None
            folded = f"folded_{name}" if name in self._folded else None
            gather(store, contracts[name], folded, keys, live, self._asides.get(name))
            see_table(store, contracts[name], question.visible, found=self._who.moves)
            # Read once here; marts and passes then meet a handful of rows in memory.
            store.table(f"seen_{name}", f'SELECT * FROM "{name}"')
            store.view(name, f'SELECT * FROM "seen_{name}"')
        self._dirty |= names
        return set(names)

    def _seen_plainly(self, names: set[str], keys: Sequence[int], question: Question) -> set[str]:
        """Make the views of tables in which the companies' rows all came with a code and in one version.

        Most tables of most companies are such: there is nothing to compare or to look up.
        """
        store, contracts = self._store, self._catalogues.contracts
        moves = self._who.moves
        simple = [
            name
            for name in sorted(names - self._named - moves.conflicting)
            if not moves.relation(contracts[name])
        ]
        for name in simple:
            store.table(
                f"near_{name}", f'SELECT * FROM "folded_{name}" WHERE company_key IN ({listed(keys)})'
            )
        versions = " UNION ALL ".join(
            f"SELECT '{name}' AS name, max(CASE WHEN is_versioned THEN 1 ELSE 0 END) AS n FROM \"near_{name}\""
            for name in simple
        )
        single = (
            {row["name"] for row in store.query(versions).to_pylist() if not row["n"]} if simple else set()
        )
        for name in sorted(single):
            columns = ", ".join(f'f."{column}"' for column in view_columns(contracts[name]))
            happened = question.visible.happened(f'f."{contracts[name].occurred_on}"')
            seen = f"{question.visible.condition('f')}{happened}"
            store.view(name, f'SELECT {columns} FROM "near_{name}" AS f WHERE {seen}')
        return single


def by_table(events: Sequence[StoredEvent]) -> dict[str, list[StoredEvent]]:
    """Return events by the table they are rows of."""
    found: dict[str, list[StoredEvent]] = defaultdict(list)
    for event in events:
        found[event.table].append(event)
    return found


def listed(keys: Iterable[int]) -> str:
    """Return keys as they stand in an SQL list; no key is NULL, which nothing equals."""
    return ", ".join(str(int(key)) for key in keys) or "NULL"


def _has_rows_by_name(store: DuckDBStore, facts: str) -> bool:
    """Tell whether a table has rows without a code: they are found by name and lie apart."""
    return bool(store.query(f'SELECT 1 AS n FROM "{facts}" WHERE company_key IS NULL LIMIT 1').num_rows)
