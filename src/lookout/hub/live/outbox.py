"""The outbox: events accepted, rated, set aside and landed, each exactly once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from lookout.hub.live.database import LiveDatabase, Row, Session
from lookout.kernel.errors import TransientError

MOST_WAITING = 200_000  # beyond it senders are asked to come back: the worker has fallen behind


class EventState(StrEnum):
    """Where an event stands."""

    WAITING = "waiting"
    RATED = "rated"  # its company's new rating is in the overlay
    UNRATED = "unrated"  # no company found yet, or one that is not monitored; the next full run takes it in
    SET_ASIDE = "set_aside"  # rating failed again and again; a person has to look
    FOLDED = "folded"  # landed as a row of a batch


@dataclass(frozen=True)
class NewEvent:
    """A checked event on its way in. `fact` and `vault` hold no personal value in plain."""

    source: str
    table: str
    event_id: str
    digest: str
    fact: Mapping[str, str | None]  # stored columns as text
    vault: Sequence[tuple[str, str, str]]  # column, token, ciphertext in base 64


@dataclass(frozen=True)
class StoredEvent:
    """An event of the outbox."""

    seq: int
    source: str
    table: str
    event_id: str
    received_at: datetime  # Shanghai wall time
    state: EventState
    attempts: int
    note: str
    fact: Mapping[str, str | None]
    vault: Sequence[tuple[str, str, str]]
    salt: str
    company_key: int | None
    generation: int | None
    batch_no: int | None
    line: int | None


def put_event(session: Session, event: NewEvent, received_at: datetime, salt: str) -> tuple[int, bool]:
    """Write one event; return its number and whether it is new.

    Returns number 0 when the id is known with another content.
    """
    found = session.run(
        "INSERT INTO event (source, table_name, event_id, received_at, state, digest, fact, vault, salt) "
        "VALUES (?, ?, ?, ?, 'waiting', ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING seq",
        (
            event.source,
            event.table,
            event.event_id,
            received_at.isoformat(),
            event.digest,
            json.dumps(dict(event.fact), ensure_ascii=False),
            json.dumps(list(event.vault)),
            salt,
        ),
    )
    if found:
        return int(found[0]["seq"]), True
    known = session.run(
        "SELECT seq, digest FROM event WHERE source = ? AND table_name = ? AND event_id = ?",
        (event.source, event.table, event.event_id),
    )[0]
    return (int(known["seq"]), False) if known["digest"] == event.digest else (0, False)


def open_salt(session: Session, source: str, table: str, day: str) -> str | None:
    """Return the salt's name that today's events of a source and table are sealed with, if there is one."""
    rows = session.run(
        "SELECT salt FROM event WHERE source = ? AND table_name = ? AND received_at >= ? AND received_at < ? "
        "AND is_cut = 0 AND state IN ('waiting', 'rated', 'unrated') ORDER BY seq DESC LIMIT 1",
        (source, table, day, f"{day}U"),  # every instant of the day begins with it and 'T'
    )
    return str(rows[0]["salt"]) if rows else None


def refuse_when_behind(session: Session) -> None:
    """Raise TransientError when too many events wait already."""
    waiting = count_by_state(session).get(EventState.WAITING, 0)
    if waiting >= MOST_WAITING:
        raise TransientError(
            f"已有 {waiting} 条事件在等待评定，暂不接收；请确认 lookout worker 正在运行，稍后重发"
        )


def count_by_state(session: Session) -> dict[EventState, int]:
    """Return how many events stand where."""
    rows = session.run("SELECT state, count(*) AS n FROM event GROUP BY state")
    return {EventState(row["state"]): int(row["n"]) for row in rows}


def waiting_events(database: LiveDatabase, limit: int) -> list[StoredEvent]:
    """Return the next events to rate, those never tried first."""
    with database.read() as session:
        rows = session.run(
            "SELECT * FROM event WHERE state = 'waiting' ORDER BY attempts, seq LIMIT ?", (limit,)
        )
    return [_stored(row) for row in rows]


def events_of_companies(database: LiveDatabase, keys: Sequence[int]) -> list[StoredEvent]:
    """Return the events of companies that have counted before and whose rows are still kept here."""
    listed = ", ".join(str(int(key)) for key in keys) or "NULL"
    with database.read() as session:
        rows = session.run(
            f"SELECT * FROM event WHERE company_key IN ({listed}) AND generation IS NOT NULL "
            "AND fact IS NOT NULL AND state IN ('rated', 'unrated', 'folded') ORDER BY seq"
        )
    return [_stored(row) for row in rows]


def counted_events(database: LiveDatabase) -> list[Row]:
    """Return company_key, batch_no, received_at of all events that have counted and are still kept here."""
    with database.read() as session:
        return list(
            session.run(
                "SELECT company_key, batch_no, received_at FROM event WHERE company_key IS NOT NULL "
                "AND generation IS NOT NULL AND fact IS NOT NULL AND state IN ('rated', 'unrated', 'folded')"
            )
        )


def note_failure(database: LiveDatabase, seq: int, reason: str, most_attempts: int) -> bool:
    """Count a failed attempt; return whether the event is set aside now."""
    with database.write() as session:
        rows = session.run(
            "UPDATE event SET attempts = attempts + 1, note = ?, "
            "state = CASE WHEN attempts + 1 >= ? THEN 'set_aside' ELSE state END "
            "WHERE seq = ? AND state = 'waiting' RETURNING state",
            (reason, most_attempts, seq),
        )
    return bool(rows) and rows[0]["state"] == EventState.SET_ASIDE


def retry_set_aside(database: LiveDatabase) -> int:
    """Let all events that were set aside wait again; return how many."""
    with database.write() as session:
        rows = session.run(
            "UPDATE event SET state = 'waiting', attempts = 0, note = '' WHERE state = 'set_aside' RETURNING seq"
        )
    return len(rows)


def set_aside_events(database: LiveDatabase, limit: int = 100) -> list[StoredEvent]:
    """Return events a person has to look at, oldest first."""
    with database.read() as session:
        rows = session.run("SELECT * FROM event WHERE state = 'set_aside' ORDER BY seq LIMIT ?", (limit,))
    return [_stored(row) for row in rows]


def cut_for_landing(database: LiveDatabase) -> dict[tuple[str, str, str, str], list[StoredEvent]]:
    """Choose the events to land and return them by (source, table, day, salt), in the order they came.

    What a landing that died has chosen comes first again: the same groups, the same rows.
    """
    with database.write() as session:
        session.run(
            "UPDATE event SET is_cut = 1 WHERE is_cut = 0 AND state IN ('waiting', 'rated', 'unrated') "
            "AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.is_cut = 1 AND e.state <> 'folded')"
        )
        rows = session.run("SELECT * FROM event WHERE is_cut = 1 AND state <> 'folded' ORDER BY seq")
    groups: dict[tuple[str, str, str, str], list[StoredEvent]] = {}
    for event in map(_stored, rows):
        day = event.received_at.date().isoformat()
        groups.setdefault((event.source, event.table, day, event.salt), []).append(event)
    return groups


def mark_folded(database: LiveDatabase, events: Sequence[StoredEvent], batch_no: int) -> None:
    """Say which batch and line events have become."""
    with database.write() as session:
        for line, event in enumerate(events, 1):
            session.run(
                "UPDATE event SET state = 'folded', batch_no = ?, line = ?, note = '' WHERE seq = ?",
                (batch_no, line, event.seq),
            )


def forget_seen(database: LiveDatabase, batches: frozenset[int], as_of: datetime) -> int:
    """Drop the rows of landed events that a published run has seen; their ids are kept. Return how many."""
    with database.write() as session:
        rows = session.run(
            "SELECT seq, batch_no FROM event WHERE state = 'folded' AND fact IS NOT NULL AND received_at <= ?",
            (as_of.isoformat(),),
        )
        seen = [int(row["seq"]) for row in rows if row["batch_no"] in batches]
        for seq in seen:
            session.run("UPDATE event SET fact = NULL, vault = NULL WHERE seq = ?", (seq,))
    return len(seen)


def salts_in_use(session: Session) -> set[str]:
    """Return the salts of events that have not been landed."""
    rows = session.run("SELECT DISTINCT salt FROM event WHERE state <> 'folded'")
    return {str(row["salt"]) for row in rows}


def _stored(row: Any) -> StoredEvent:
    return StoredEvent(
        seq=int(row["seq"]),
        source=row["source"],
        table=row["table_name"],
        event_id=row["event_id"],
        received_at=datetime.fromisoformat(row["received_at"]),
        state=EventState(row["state"]),
        attempts=int(row["attempts"]),
        note=row["note"],
        fact=json.loads(row["fact"]) if row["fact"] else {},
        vault=[tuple(one) for one in json.loads(row["vault"])] if row["vault"] else [],
        salt=row["salt"],
        company_key=row["company_key"],
        generation=row["generation"],
        batch_no=row["batch_no"],
        line=row["line"],
    )
