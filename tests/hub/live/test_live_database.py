"""The outbox and the overlay: each event once, newest rating counts, a reader sees one state, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from lookout.hub.live import (
    LOOKUP,
    OVERLAID,
    STAND,
    Counted,
    EventState,
    LiveDatabase,
    NewEvent,
    Overlay,
    OverlayMovedError,
    count_by_state,
    cut_for_landing,
    digest_of,
    mark_folded,
    note_failure,
    open_live,
    put_event,
    put_overlay,
    read_overlay,
    stand_table,
    waiting_events,
)
from lookout.hub.live.database import PostgresDatabase, SQLiteDatabase
from lookout.kernel.errors import TransientError
from tests import servers
from tests.hub.hubs import wall

RUN = "20261003-00000000"
NOON = wall(2026, 10, 3, 12)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test run."""
    if servers.postgres_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    with servers.postgres(tmp_path_factory.mktemp("postgres")) as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A home and the address of its live database, empty."""
    address = ""
    if request.param == "postgres":
        address = request.getfixturevalue("postgres")
        import psycopg

        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS lookout_live CASCADE")
    yield tmp_path, address
    open_live(tmp_path, address).close()


@pytest.fixture
def database(place: tuple[Path, str]) -> LiveDatabase:
    return open_live(*place)


def event(event_id: str, **fact: str | None) -> NewEvent:
    row = {"ticket_no": event_id, "subject_scheme": "name", "subject_value": "甲", **fact}
    return NewEvent("hotline", "complaint_ticket", event_id, digest_of(row), row, [("reporter", "t", "c")])


def put(database: LiveDatabase, *events: NewEvent) -> list[tuple[int, bool]]:
    with database.write() as session:
        return [put_event(session, one, NOON, "salt") for one in events]


def rating(*keys: int, score: int) -> dict[str, pa.Table]:
    column = pa.array(keys, pa.int32())
    table = pa.table({"company_key": column, "score": pa.array([score] * len(keys))})
    return {**dict.fromkeys((*OVERLAID, LOOKUP), table), STAND: stand_table(keys, "origin", NOON)}


def scores(overlay: Overlay) -> dict[int, int]:
    return {row["company_key"]: row["score"] for row in overlay.tables["listing"].to_pylist()}


def test_the_same_number_is_one_event_and_another_content_is_none(database: LiveDatabase) -> None:
    (first, again, other) = put(database, event("E1"), event("E1"), event("E1", title="改"))

    assert first[1]
    assert not again[1]
    assert first[0] == again[0]
    assert other == (0, False)
    assert [one.event_id for one in waiting_events(database, 10)] == ["E1"]


def test_events_never_tried_come_before_those_that_failed(database: LiveDatabase) -> None:
    put(database, event("E1"), event("E2"))
    first = waiting_events(database, 1)[0]

    assert not note_failure(database, first.seq, "不行", 2)
    assert [one.event_id for one in waiting_events(database, 10)] == ["E2", "E1"]
    assert note_failure(database, first.seq, "不行", 2)
    assert [one.event_id for one in waiting_events(database, 10)] == ["E2"]


def test_of_each_company_the_newest_generation_counts(
    place: tuple[Path, str], database: LiveDatabase
) -> None:
    put_overlay(database, Overlay(RUN), rating(1, 2, score=50))
    first = read_overlay(place[0], RUN, place[1])
    put_overlay(database, first, rating(2, 3, score=80))
    second = read_overlay(place[0], RUN, place[1], first)

    assert scores(first) == {1: 50, 2: 50}
    assert scores(second) == {1: 50, 2: 80, 3: 80}
    assert second.keys == {1, 2, 3}
    assert scores(read_overlay(place[0], RUN, place[1])) == scores(second)
    assert read_overlay(place[0], "20261004-00000000", place[1]).sequence == 0


def test_who_has_not_seen_the_newest_generation_is_refused(
    place: tuple[Path, str], database: LiveDatabase
) -> None:
    (number, _) = put(database, event("E1"))[0]
    waiting = waiting_events(database, 1)[0]
    put_overlay(database, Overlay(RUN), rating(1, score=50))

    with pytest.raises(OverlayMovedError):
        put_overlay(database, Overlay(RUN), rating(1, score=10), [Counted(waiting, 1)])

    assert scores(read_overlay(place[0], RUN, place[1])) == {1: 50}
    assert [one.seq for one in waiting_events(database, 10)] == [number]


def test_many_generations_become_one_and_no_reader_sees_a_difference(
    place: tuple[Path, str], database: LiveDatabase
) -> None:
    overlay = Overlay(RUN)
    for number in range(70):
        put_overlay(database, overlay, rating(number % 7, score=number))
        overlay = read_overlay(place[0], RUN, place[1], overlay)

    with database.read() as session:
        kept = session.run("SELECT count(*) AS n FROM generation")[0]["n"]
    assert kept < 64
    assert (
        scores(read_overlay(place[0], RUN, place[1])) == scores(overlay) == {n % 7: n for n in range(63, 70)}
    )


def test_an_error_inside_a_transaction_leaves_nothing_behind(database: LiveDatabase) -> None:
    def breaks_off() -> None:
        with database.write() as session:
            put_event(session, event("E1"), NOON, "salt")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaks_off()

    assert waiting_events(database, 10) == []


def test_landing_that_broke_off_goes_on_with_the_same_groups(database: LiveDatabase) -> None:
    put(database, event("E1"), event("E2"))
    chosen = cut_for_landing(database)
    put(database, event("E3"))

    assert cut_for_landing(database) == chosen
    (key, events) = next(iter(chosen.items()))
    assert key == ("hotline", "complaint_ticket", "2026-10-03", "salt")
    mark_folded(database, events, 7)
    assert [one.event_id for group in cut_for_landing(database).values() for one in group] == ["E3"]
    with database.read() as session:
        assert count_by_state(session) == {EventState.FOLDED: 2, EventState.WAITING: 1}


def test_a_database_that_cannot_be_reached_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    (tmp_path / "live/live.sqlite").write_bytes(b"no database at all, but long enough to be looked at")

    with pytest.raises(TransientError, match="实时库"), SQLiteDatabase(tmp_path / "live/live.sqlite").read():
        pass


@pytest.mark.server
def test_a_server_that_is_gone_is_one_sentence() -> None:
    with (
        pytest.raises(TransientError, match="实时库"),
        PostgresDatabase("postgresql://x@127.0.0.1:1/x").read(),
    ):
        pass


def test_a_wall_time_is_kept_to_the_microsecond(database: LiveDatabase) -> None:
    moment = datetime(2026, 10, 3, 12, 0, 0, 123456)  # noqa: DTZ001  wall time has no offset by design
    with database.write() as session:
        put_event(session, event("E1"), moment, "salt")

    assert waiting_events(database, 1)[0].received_at == moment
