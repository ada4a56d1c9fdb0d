"""What the last run found about companies: what an event does not reach is taken from there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from lookout.engine.scoring import RatingCatalogue, input_schema
from lookout.hub.facts import withdrawn_numbers
from lookout.hub.landing import Batch
from lookout.hub.live import StoredEvent
from lookout.hub.snapshots import RunRecord
from lookout.hub.store import DuckDBStore
from lookout.pipeline.evaluation import SIZE_MART, Catalogues
from lookout.pipeline.inputs import STATE_SCHEMA
from lookout.pipeline.live.observing import listed
from lookout.pipeline.live.reach import Reach, codes_of

_FILES = ("rating", "rating_input", "label_hit", "previous", "prior", "expected", "record_count")
_SEVERITY = ("yellow", "orange", "red")


class Standing:
    """The results of the published run, and whether they still hold for what no event has touched.

    `changed` are the tables of which the run did not see every row the session reads; None when
    batches came or went since, so that nothing can be kept.
    """

    def __init__(
        self, store: DuckDBStore, folder: Path, catalogues: Catalogues, published: RunRecord
    ) -> None:
        self._store, self._catalogues, self._published = store, catalogues, published
        self._seen = frozenset(published.batches)
        for name in _FILES:
            store.read_parquet(f"run_{name}", [folder / f"{name}.parquet"])
        store.table("prior", "SELECT * FROM run_prior")
        self.changed: frozenset[str] | None = None

    def compare(self, landed: Sequence[Batch], batches: Sequence[Batch], as_of: datetime) -> None:
        """Find what came since the run; the store must have `folded_<table>` of these batches' tables."""
        then = self._published.as_of
        newer = [batch for batch in batches if batch.batch_no not in self._seen]
        went = withdrawn_numbers(landed, as_of) != withdrawn_numbers(landed, then)
        gone = self._seen - {batch.batch_no for batch in batches}
        if went or gone or any(batch.format != "events" for batch in newer):
            self.changed = None
            return
        # An event's batch has rows of its own instant: some may be later than the run it was folded for.
        partly = [b for b in batches if b.format == "events" and b.ingested_at > then]
        late = {b.table for b in newer}
        late |= {b.table for b in partly if b.table not in late and self._has_later(b, then)}
        self.changed = frozenset(late)

    def _has_later(self, batch: Batch, then: datetime) -> bool:
        return bool(
            self._store.query(
                f'SELECT 1 AS n FROM "folded_{batch.table}" WHERE batch_no = {batch.batch_no} '
                f"AND known_at > TIMESTAMP '{then.isoformat(sep=' ')}' LIMIT 1"
            ).num_rows
        )

    def tables_with_rows(self, keys: Sequence[int], newer: Collection[str]) -> set[str]:
        """Return the tables that may hold rows of companies: those the run counted, and some newer ones."""
        counted = self._store.query(
            f"SELECT DISTINCT table_name FROM run_record_count WHERE company_key IN ({listed(keys)})"
        )
        return set(counted["table_name"].to_pylist()) | set(newer)

    def touched(self, events: Sequence[StoredEvent]) -> frozenset[str] | None:
        """Return the tables whose rows differ from what the run saw; None when nothing can be kept."""
        if self.changed is None:
            return None
        then = self._published.as_of
        return self.changed | {
            event.table for event in events if event.batch_no not in self._seen or event.received_at > then
        }

    def inputs(self, keys: Sequence[int]) -> pa.Table:
        """Return the rating inputs that the run had of companies, by key; those it did not rate have none."""
        columns = ", ".join(f'"{name}"' for name in input_schema(self._catalogues.rating).names)
        return self._store.query(
            f"SELECT {columns} FROM run_rating_input WHERE company_key IN ({listed(keys)}) ORDER BY company_key"
        )

    def hits_sql(self, reach: Reach, keys: Sequence[int]) -> str:
        """Return the query of the run's label hits that are out of reach."""
        within = ", ".join(f"'{code}'" for code in codes_of(self._catalogues, reach.changed))
        return (
            "SELECT company_key, code, value, hit_on, strength FROM run_label_hit "
            f"WHERE company_key IN ({listed(keys)})" + (f" AND code NOT IN ({within})" if within else "")
        )

    def counts_sql(self, reach: Reach, keys: Sequence[int]) -> str:
        """Return the query of the run's record counts that are out of reach."""
        within = ", ".join(f"'{name}'" for name in sorted(reach.changed))
        return (
            "SELECT company_key, table_name, rows, newest_on FROM run_record_count "
            f"WHERE company_key IN ({listed(keys)})"
            + (f" AND table_name NOT IN ({within})" if within else "")
        )

    def held(self, keys: Sequence[int], live: pa.Table | None) -> pa.Table:
        """Return the state that bands are held by: the severer of the published band and the live one."""
        names = ", ".join(STATE_SCHEMA.names)
        rows = self._store.query(
            f"SELECT {names} FROM run_rating WHERE company_key IN ({listed(keys)})"
        ).to_pylist()
        held = {row["company_key"]: row for row in rows}
        bands = live.select(["company_key", "band"]).to_pylist() if live is not None else []
        for row in bands:
            key = row["company_key"]
            state = held.setdefault(key, {**dict.fromkeys(STATE_SCHEMA.names), "company_key": key})
            if state["band"] is None or _severity(row["band"]) > _severity(state["band"]):
                state["band"] = row["band"]
        return pa.Table.from_pylist([held[key] for key in sorted(held)], schema=STATE_SCHEMA)

    def renewed(self, inputs: pa.Table, reach: Reach, held: pa.Table) -> pa.Table:
        """Return rating inputs of the run with what is within reach in its place, from passes and hits."""
        rating = self._catalogues.rating
        keys = inputs["company_key"].to_pylist()
        fresh: dict[str, list[Any]] = {}
        for relation, columns in _sources(rating, reach).items():
            found = self._by_key(f'"{relation}"', columns, keys)
            fresh |= {name: [found.get(key, {}).get(name) for key in keys] for name in columns}
        states = {row["company_key"]: row for row in held.to_pylist()}
        for name in ("band", "below_count", "score"):
            values = [states.get(key, {}).get(name) for key in keys]
            fresh[f"previous_{name}"] = (
                [None if v is None else float(v) for v in values] if (name == "score") else values
            )
        fresh |= self._labels(rating, keys)
        return _replaced(inputs, fresh, input_schema(rating))

    def _labels(self, rating: RatingCatalogue, keys: Sequence[int]) -> dict[str, list[Any]]:
        codes = {name: name.removeprefix("label_") for name in rating.labels}
        asked = ", ".join(f"'{code}'" for code in codes.values()) or "NULL"
        rows = self._store.query(f"SELECT company_key, code FROM label_hit WHERE code IN ({asked})")
        hit = set(zip(rows["company_key"].to_pylist(), rows["code"].to_pylist(), strict=True))
        return {name: [(key, code) in hit for key in keys] for name, code in codes.items()}

    def _by_key(
        self, relation: str, columns: Mapping[str, str], keys: Sequence[int]
    ) -> dict[int, dict[str, Any]]:
        shown = ", ".join(f'"{origin}" AS "{name}"' for name, origin in columns.items())
        rows = self._store.query(
            f"SELECT company_key, {shown} FROM {relation} WHERE company_key IN ({listed(keys)})"
        )
        return {row["company_key"]: row for row in rows.to_pylist()}


def _sources(rating: RatingCatalogue, reach: Reach) -> dict[str, dict[str, str]]:
    """Return, by relation, the input columns within reach and what they are called there."""
    found: dict[str, dict[str, str]] = {}
    for column, source in rating.sources.items():
        if source.measure is not None and source.measure.table in reach.changed:
            found.setdefault(f"pass_{source.measure.table}", {})[column] = f"{column}__value"
    if SIZE_MART in reach.changed:
        found[SIZE_MART] = {"size_band": "size_band"}
    return found


def _replaced(inputs: pa.Table, fresh: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    columns = [
        pa.array(fresh[field.name], field.type)
        if field.name in fresh
        else inputs[field.name].cast(field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _severity(band: str | None) -> int:
    return _SEVERITY.index(band) + 1 if band in _SEVERITY else 0
