"""The nightly fold of events: what came one by one becomes ordinary batches, each row once."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from lookout.contracts import contracts
from lookout.hub.landing import (
    VAULT_SCHEMA,
    Batch,
    EventRows,
    event_salt,
    event_salt_file,
    land_events,
)
from lookout.hub.live import (
    LiveDatabase,
    StoredEvent,
    cut_for_landing,
    forget_other_runs,
    forget_seen,
    has_live,
    landed_rows,
    mark_folded,
    open_live,
    salts_in_use,
)
from lookout.hub.snapshots import current_run_id, find_run
from lookout.kernel.clock import naive_local


def fold_events(home: Path, *, now: datetime, live: str = "") -> list[Batch]:
    """Land all events that wait or have counted: one batch per source, table and day. Call under the run lock.

    Each row stays known since the instant its event was received. Died at any point, the next call
    goes on where this one stopped: no row is lost and none doubled. Events that were set aside stay
    where they are until a person lets them wait again.
    """
    if not has_live(home, live):
        return []
    database = open_live(home, live)
    _forget(home, database)
    landed: list[Batch] = []
    # A fold that died has chosen its groups: they come first, then what has come in since.
    for _ in range(2):
        for (source, table, day, salt), events in cut_for_landing(database).items():
            rows = _rows(home, source, table, day, salt, events)
            batch = land_events(home, rows, contracts=contracts(), ingested_at=naive_local(now))
            mark_folded(database, events, batch.batch_no)
            landed.append(batch)
    _drop_salts(home, database)
    return landed


def _rows(
    home: Path, source: str, table: str, day: str, salt: str, events: Sequence[StoredEvent]
) -> EventRows:
    lines = [
        {"event_id": event.event_id, "received_at": event.received_at.isoformat(), **event.fact}
        for event in events
    ]
    text = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines)
    sealed = [
        (line, column, token, base64.b64decode(ciphertext))
        for line, event in enumerate(events, 1)
        for column, token, ciphertext in event.vault
    ]
    columns: list[Sequence[object]] = list(zip(*sealed, strict=True)) or [()] * len(VAULT_SCHEMA)
    vault = [pa.array(values, field.type) for values, field in zip(columns, VAULT_SCHEMA, strict=True)]
    return EventRows(
        source=source,
        table=table,
        file=f"实时事件 {source}/{table} {day}",
        text=text.encode(),
        facts=landed_rows(contracts()[table], events),
        vault=pa.Table.from_arrays(vault, schema=VAULT_SCHEMA),
        salt=event_salt(home, salt),
    )


def _forget(home: Path, database: LiveDatabase) -> None:
    """Drop what the current run has taken over: rows of events it has seen, overlays of runs before it."""
    record = find_run(home, current_run_id(home) or "")
    if record is not None:
        forget_seen(database, frozenset(record.batches), record.as_of)
        forget_other_runs(database, home, record.run_id)


def _drop_salts(home: Path, database: LiveDatabase) -> None:
    """Remove the salts of landed events: their batches have them now, under their own term of keeping."""
    with database.write() as session:
        used = salts_in_use(session)
        for file in event_salt_file(home, "x").parent.glob("live-*.salt"):
            if file.stem.removeprefix("live-") not in used:
                file.unlink()
