"""The overlay: the newest rating of companies rated since the published run, company by company.

Each re-rating adds one generation with the rows of its companies, in one transaction; a reader that
has read up to a generation adds those after it. Of each company the newest generation counts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lookout.hub.live.database import LiveDatabase, Session, has_live, open_live
from lookout.hub.live.outbox import EventState, StoredEvent
from lookout.hub.snapshots import RunRecord, list_runs
from lookout.kernel.errors import TransientError

# The result files whose rows a re-rating replaces, company by company.
OVERLAID = ("listing", "contribution", "label_hit", "record_count", "early_warning")
LOOKUP = "lookup"  # which names stand for the companies of the overlay
STAND = "stand"  # as of when, and from which facts and catalogue, each company was rated
STAND_SCHEMA = pa.schema(
    [("company_key", pa.int32()), ("origin", pa.string()), ("as_of", pa.timestamp("us"))]
)
_NAMES = (*OVERLAID, LOOKUP, STAND)
_MOST_GENERATIONS = 64  # then they become one, so that a reader that starts now reads little


class OverlayMovedError(TransientError):
    """Another process has rated companies since the overlay was read; rate again from the newer state."""

    def __init__(self) -> None:
        super().__init__("另一个进程刚刚更新了实时评级；请再试一次")


@dataclass(frozen=True)
class Overlay:
    """The overlay of a run as it stood at a generation; generation 0 is the empty one."""

    run_id: str
    sequence: int = 0
    tables: Mapping[str, pa.Table] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[int]:
        """The companies in it."""
        return frozenset(self.tables[STAND]["company_key"].to_pylist()) if self.tables else frozenset()

    def rows_of(self, name: str, keys: Sequence[int]) -> pa.Table | None:
        """Return the rows of some companies in one of the tables; None when the overlay is empty."""
        if not self.tables:
            return None
        table = self.tables[name]
        return table.filter(pc.is_in(table["company_key"], pa.array(keys, pa.int32())))


@dataclass(frozen=True)
class Counted:
    """What becomes of an event that has been looked at: whose it is, and why it gave no rating ('' it did)."""

    event: StoredEvent
    company_key: int | None
    note: str = ""


def overlay_sequence(home: Path, run_id: str, address: str = "") -> int:
    """Return the newest generation of a run's overlay; 0 when nothing has been rated since."""
    if not has_live(home, address):
        return 0
    with open_live(home, address).read() as session:
        return _sequence(session, run_id)


def _sequence(session: Session, run_id: str) -> int:
    rows = session.run("SELECT coalesce(max(sequence), 0) AS n FROM generation WHERE run_id = ?", (run_id,))
    return int(rows[0]["n"])


def read_overlay(home: Path, run_id: str, address: str = "", known: Overlay | None = None) -> Overlay:
    """Return a run's overlay as it stands, reading only what came after `known`."""
    start = known if known is not None and known.run_id == run_id else Overlay(run_id)
    if not has_live(home, address):
        return start
    with open_live(home, address).read() as session:
        return _extended(session, start)


def _extended(session: Session, start: Overlay) -> Overlay:
    rows = session.run(
        "SELECT o.sequence, o.name, o.content FROM overlay AS o JOIN generation AS g ON g.sequence = o.sequence "
        "WHERE g.run_id = ? AND g.sequence > ? ORDER BY o.sequence",
        (start.run_id, start.sequence),
    )
    if not rows:
        return start
    fresh: dict[int, dict[str, pa.Table]] = {}
    for row in rows:
        fresh.setdefault(int(row["sequence"]), {})[row["name"]] = _unpacked(row["content"])
    layers = [start.tables] if start.tables else []
    return Overlay(start.run_id, max(fresh), _merged([*layers, *fresh.values()]))


def _merged(layers: Sequence[Mapping[str, pa.Table]]) -> dict[str, pa.Table]:
    """Lay generations over each other, oldest first."""
    parts: dict[str, list[pa.Table]] = {name: [] for name in _NAMES}
    covered = pa.array([], pa.int32())
    for tables in reversed(layers):
        for name in _NAMES:
            table = tables[name]
            kept = table.filter(pc.invert(pc.is_in(table["company_key"], covered))) if len(covered) else table
            parts[name].append(kept)
        own = tables[STAND]["company_key"].combine_chunks()
        covered = pa.concat_arrays([covered, own.cast(pa.int32())])
    return {
        name: pa.concat_tables(tables, promote_options="permissive").sort_by("company_key")
        for name, tables in parts.items()
    }


def put_overlay(
    database: LiveDatabase,
    known: Overlay,
    tables: Mapping[str, pa.Table],
    counted: Sequence[Counted] = (),
) -> int:
    """Add a generation over `known` and mark the events that made it, all or nothing; return its number.

    `tables` are those of OVERLAID, LOOKUP and STAND; with no company in them only the events are
    marked. Raises OverlayMovedError when the overlay is no longer `known`.
    """
    with database.write() as session:
        if _sequence(session, known.run_id) != known.sequence:
            raise OverlayMovedError
        sequence = known.sequence
        if tables and tables[STAND].num_rows:
            sequence = _next_sequence(session)
            _compact(session, known)
            _write(session, known.run_id, sequence, tables)
        for one in counted:
            state = EventState.UNRATED if one.note else EventState.RATED
            session.run(
                "UPDATE event SET company_key = ?, generation = coalesce(generation, ?), "
                "state = CASE WHEN state = 'folded' THEN state ELSE ? END, "
                "note = CASE WHEN state = 'folded' THEN note ELSE ? END WHERE seq = ?",
                (one.company_key, sequence, state.value, one.note, one.event.seq),
            )
    return sequence


def _next_sequence(session: Session) -> int:
    rows = session.run("UPDATE last_sequence SET sequence = sequence + 1 RETURNING sequence")
    return int(rows[0]["sequence"])


def _write(session: Session, run_id: str, sequence: int, tables: Mapping[str, pa.Table]) -> None:
    session.run("INSERT INTO generation (sequence, run_id) VALUES (?, ?)", (sequence, run_id))
    for name in _NAMES:
        session.run(
            "INSERT INTO overlay (sequence, name, content) VALUES (?, ?, ?)",
            (sequence, name, _packed(tables[name])),
        )


def _compact(session: Session, known: Overlay) -> None:
    """Replace many generations by one under the number of the newest, of which a reader sees no change."""
    rows = session.run("SELECT count(*) AS n FROM generation WHERE run_id = ?", (known.run_id,))
    if int(rows[0]["n"]) >= _MOST_GENERATIONS:
        _remove(session, "run_id = ?", (known.run_id,))
        _write(session, known.run_id, known.sequence, known.tables)


def _remove(session: Session, where: str, parameters: Sequence[object]) -> None:
    session.run(
        f"DELETE FROM overlay WHERE sequence IN (SELECT sequence FROM generation WHERE {where})", parameters
    )
    session.run(f"DELETE FROM generation WHERE {where}", parameters)


def forget_other_runs(database: LiveDatabase, home: Path, run_id: str) -> None:
    """Remove the overlays of runs that are no longer current: they are seen no more."""
    with database.write() as session:
        _remove(session, "run_id <> ?", (run_id,))
    kept = {run.run_id for run in list_runs(home)}
    for folder in (home / "live").glob("*/"):
        if folder.name != run_id and folder.name in kept:
            shutil.rmtree(folder)


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def _unpacked(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(pa.py_buffer(bytes(content))).read_all()


def origin_folder(home: Path, run_id: str, origin: str) -> Path:
    """Return where the record and the catalogue lie that companies of an overlay were rated from."""
    return home / "live" / run_id / origin


def put_origin(home: Path, record: RunRecord, origin: str, catalogue: Mapping[str, object]) -> None:
    """Keep what companies are rated from: the facts of `record`, and the rules of a day in words and SQL."""
    folder = origin_folder(home, record.run_id, origin)
    if (folder / "run.json").exists():
        return
    fresh = folder.with_name(f".{origin}.tmp")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    (fresh / "catalogue.json").write_text(json.dumps(catalogue, ensure_ascii=False), "utf-8")
    (fresh / "run.json").write_text(record.as_json(), "utf-8")
    fresh.replace(folder)


def stand_table(keys: Sequence[int], origin: str, as_of: datetime) -> pa.Table:
    """Return the STAND rows of companies rated together."""
    count = len(keys)
    return pa.table([pa.array(keys, pa.int32()), [origin] * count, [as_of] * count], schema=STAND_SCHEMA)
