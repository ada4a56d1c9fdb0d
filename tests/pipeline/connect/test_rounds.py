"""Taking in what is due: nothing lost, nothing doubled, whatever breaks off; limits, waits and silence told."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lookout.hub.landing import list_batches
from lookout.kernel.errors import TransientError
from lookout.kernel.inbox import Inbox
from lookout.pipeline.connect import failed, read_state
from lookout.pipeline.connect.book import one_round
from lookout.proof import open_log
from tests.pipeline.connect.places import (
    NOW,
    Crash,
    connect,
    crashing,
    csv,
    expected,
    go,
    landed,
    push,
    row,
    until_quiet,
)

STEPS = 29  # one more than the first round has
STEP = [s if s % 4 == 3 else pytest.param(s, marks=pytest.mark.slow) for s in range(STEPS)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(home: Path, tmp_path: Path) -> Path:
    place = tmp_path / "in"
    place.mkdir()
    connect(home, "folder", {"path": str(place)})
    return place


def put(folder: Path, name: str, data: bytes, *, marked: bool = True) -> None:
    (folder / name).write_bytes(data)
    os.utime(folder / name, (NOW.timestamp() - 60,) * 2)
    if marked:
        (folder / f"{name}.done").touch()


def database(file: Path, numbers: range) -> None:
    with sqlite3.connect(file) as session:
        session.execute(
            "CREATE TABLE IF NOT EXISTS notice (uscc, tax_type, balance_yuan, noticed_on, changed INTEGER)"
        )
        for number in numbers:
            session.execute(
                "INSERT INTO notice VALUES (?, ?, ?, ?, ?)", (*row(number).split(","), number // 3)
            )


# ---- crashes ------------------------------------------------------------------------------------
@pytest.mark.parametrize("step", STEP)
def test_a_round_killed_at_any_step_loses_and_doubles_nothing(
    step: int, home: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    put(folder, "a.csv", csv(range(0, 2)))
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket" / "b.csv").write_bytes(csv(range(2, 4)))
    os.utime(tmp_path / "bucket" / "b.csv", (NOW.timestamp() - 60,) * 2)
    connect(home, "object", {"uri": f"file://{tmp_path}/bucket"})
    connect(home, "push", {})
    push(home, "push", "c.csv", csv(range(4, 6)))
    monkeypatch.setenv("NOTICES_URL", f"sqlite:///{tmp_path}/notices.db")
    database(tmp_path / "notices.db", range(6, 10))
    select = "SELECT uscc, tax_type, balance_yuan, noticed_on, changed FROM notice"
    place = {"url_variable": "NOTICES_URL", "select": select, "watermark": "changed"}
    connect(home, "sql", place, limits={"rows": 3, "free_mb": 1})

    until_quiet(home, step)

    assert landed(home) == expected(10)
    assert not list(folder.glob("*.csv"))
    assert len(list((folder / "done").glob("*.csv"))) == 1
    assert Inbox(home, "push").waiting() == []


def test_what_broke_off_before_it_was_noted_still_counts_as_new_data(home: Path, folder: Path):
    put(folder, "a.csv", csv(range(2)))
    with pytest.raises(Crash):
        go(home, tick=crashing(2))  # landed, no receipt yet

    go(home, at=NOW + timedelta(hours=1))

    assert read_state(home, "folder").new_data is not None


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_window_of_a_database_killed_while_it_is_copied_is_copied_again_or_used(
    moment: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from lookout.sources.connectors import sql

    monkeypatch.setenv("NOTICES_URL", f"sqlite:///{tmp_path}/notices.db")
    database(tmp_path / "notices.db", range(5))
    connect(
        home, "sql", {"url_variable": "NOTICES_URL", "select": "SELECT * FROM notice", "watermark": "changed"}
    )
    whole = sql.write_whole

    def dies(file: Path, content: Any) -> None:
        if moment == "after":
            whole(file, content)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(sql, "write_whole", dies)
        with pytest.raises(Crash):
            go(home)
    database(tmp_path / "notices.db", range(5, 7))

    until_quiet(home, 10**6)

    assert landed(home) == expected(7)


def test_two_rounds_at_once_do_not_meet(home: Path, folder: Path):
    with one_round(home), pytest.raises(TransientError, match="另一轮"):
        go(home)


def test_a_damaged_side_file_stops_its_own_connection_only(home: Path, folder: Path):
    connect(home, "push", {})
    receipt = push(home, "push", "a.csv", csv(range(2, 4)))
    (home / "inbox" / "push" / f"{receipt}.json").write_text("{", "utf-8")
    put(folder, "a.csv", csv(range(2)))

    rounds = {one.name: one for one in go(home)}

    assert "让报送方重新推送" in rounds["push"].problem
    assert landed(home) == expected(2)


# ---- folder -------------------------------------------------------------------------------------
def test_a_file_still_growing_is_left_alone(home: Path, folder: Path):
    put(folder, "a.csv", csv(range(2)), marked=False)
    go(home)
    put(folder, "a.csv", csv(range(3)), marked=False)
    go(home, at=NOW + timedelta(minutes=5))
    assert landed(home) == []

    go(home, at=NOW + timedelta(minutes=10))

    assert landed(home) == expected(3)


def test_a_file_that_came_just_before_a_monthly_round_does_not_wait_a_month(home: Path, tmp_path: Path):
    place = tmp_path / "in"
    place.mkdir()
    connect(home, "folder", {"path": str(place)}, schedule="monthly 22 08:00")
    put(place, "a.csv", csv(range(2)), marked=False)

    (first,) = go(home)
    go(home, at=NOW + timedelta(minutes=5))

    assert "a.csv.done" in first.notes[0]
    assert landed(home) == expected(2)
    assert go(home, at=NOW + timedelta(minutes=10)) == []


def test_what_a_connection_lands_enters_the_log_at_once(home: Path, folder: Path):
    put(folder, "a.csv", csv(range(2)))
    go(home)

    assert [entry.kind for entry in open_log(home).entries()] == ["batch"]


def test_yesterdays_file_under_todays_name_is_no_new_data(home: Path, folder: Path):
    put(folder, "1121.csv", csv(range(2)))
    go(home)
    before = read_state(home, "folder").new_data
    put(folder, "1122.csv", csv(range(2)))

    (one,) = go(home, at=NOW + timedelta(days=1))

    assert one.outcomes[0][1].is_stale
    assert "核对来源" in one.outcomes[0][1].sentence
    assert read_state(home, "folder").new_data == before
    assert len(list_batches(home)) == 1


def test_a_bad_file_goes_to_failed_with_its_reason_and_the_others_land(home: Path, folder: Path):
    put(folder, "a.csv", b"x,y\n1,2\n")
    put(folder, "b.csv", csv(range(2)))

    rounds = go(home)

    (receipt,) = (folder / "failed").glob("*.receipt.json")
    assert "缺少必需的列" in json.loads(receipt.read_text("utf-8"))["sentence"]
    assert landed(home) == expected(2)
    assert failed(rounds)


def test_links_hidden_files_and_other_patterns_are_never_taken(home: Path, folder: Path, tmp_path: Path):
    (tmp_path / "secret.csv").write_bytes(csv(range(2)))
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    put(folder, ".hidden.csv", csv(range(2)))
    put(folder, "~$open.csv", csv(range(2)))

    go(home)

    assert landed(home) == []


# ---- limits, waits, silence ---------------------------------------------------------------------
def test_a_round_takes_no_more_files_than_allowed_and_goes_on_next_time(home: Path, tmp_path: Path):
    place = tmp_path / "in"
    place.mkdir()
    connect(home, "folder", {"path": str(place)}, limits={"files": 2, "free_mb": 1}, schedule="daily 06:30")
    for number in range(3):
        put(place, f"{number}.csv", csv([number]))

    (first,) = go(home)
    (second,) = go(home, at=NOW + timedelta(minutes=1))

    assert (len(first.outcomes), len(second.outcomes)) == (2, 1)
    assert "留到下一轮" in first.problem
    assert landed(home) == expected(3)
    assert go(home, at=NOW + timedelta(minutes=2)) == []


def test_a_full_disk_stops_the_round_before_it_takes_anything(home: Path, tmp_path: Path):
    (tmp_path / "in").mkdir()
    connect(home, "folder", {"path": str(tmp_path / "in")}, limits={"free_mb": 10**9})
    put(tmp_path / "in", "a.csv", csv(range(2)))

    (one,) = go(home)

    assert "腾出空间" in one.problem
    assert (tmp_path / "in" / "a.csv").exists()


def test_an_unreachable_place_is_tried_again_later_and_the_others_go_on(
    home: Path, folder: Path, tmp_path: Path
):
    connect(home, "object", {"uri": f"file://{tmp_path}/nowhere"})
    put(folder, "a.csv", csv(range(2)))

    first = {one.name: one for one in go(home)}
    too_early = go(home, at=NOW + timedelta(seconds=20))

    assert "读不到" in first["object"].problem
    assert landed(home) == expected(2)
    assert "object" not in {one.name for one in too_early}
    (tmp_path / "nowhere").mkdir()
    go(home, at=NOW + timedelta(minutes=5))
    assert (read_state(home, "object").attempts, read_state(home, "object").problem) == (0, "")


def test_a_source_that_stopped_sending_is_told(home: Path, tmp_path: Path):
    (tmp_path / "in").mkdir()
    connect(home, "folder", {"path": str(tmp_path / "in")}, expect_every_days=7)

    assert [one.silent_days for one in go(home)] == [21]


def test_the_file_name_may_say_when_it_was_delivered_but_not_the_future(home: Path, tmp_path: Path):
    (tmp_path / "in").mkdir()
    rule = {"rule": "file_name", "pattern": r"_(\d{8})\."}
    connect(home, "folder", {"path": str(tmp_path / "in")}, delivered_at=rule)
    put(tmp_path / "in", "a_20261031.csv", csv(range(2)))
    put(tmp_path / "in", "b_20271031.csv", csv(range(2, 4)))
    put(tmp_path / "in", "c.csv", csv(range(4, 6)))

    (one,) = go(home)

    (batch,) = list_batches(home)
    assert (batch.delivered_at.isoformat(), batch.asserted) == ("2026-10-31T00:00:00", True)
    assert sorted(o.state for _, o in one.outcomes) == ["landed", "refused", "refused"]


# ---- push and objects ---------------------------------------------------------------------------
def test_a_pushed_files_receipt_tells_the_batch_or_the_reason(home: Path):
    connect(home, "push", {})
    good, bad = push(home, "push", "a.csv", csv(range(2))), push(home, "push", "b.csv", b"x,y\n1,2\n")
    assert Inbox(home, "push").state(good)["state"] == "received"

    go(home)

    told = Inbox(home, "push").state(good)
    assert (told["state"], told["batch_no"], told["accepted"]) == ("landed", 1, 2)
    assert Inbox(home, "push").state(bad)["state"] == "refused"
    assert (home / "inbox" / "push" / "failed" / f"{bad}.data").exists()


def test_a_packed_file_is_read_by_the_name_its_sender_gave(home: Path):
    import gzip

    connect(home, "push", {})
    push(home, "push", "a.csv.gz", gzip.compress(csv(range(2))))

    go(home)

    assert landed(home) == expected(2)


def test_an_object_is_read_once_and_again_when_it_changes(home: Path, tmp_path: Path):
    bucket = tmp_path / "bucket" / "2026"
    bucket.mkdir(parents=True)
    connect(home, "object", {"uri": f"file://{tmp_path}/bucket", "pattern": "*.csv"})
    (bucket / "a.csv").write_bytes(csv(range(2)))
    (bucket / "note.txt").write_bytes(b"x")

    assert [len(one.outcomes) for one in go(home)] == [1]
    assert [len(one.outcomes) for one in go(home, at=NOW + timedelta(hours=1))] == [0]
    (bucket / "a.csv").write_bytes(csv(range(3)))
    assert [len(one.outcomes) for one in go(home, at=NOW + timedelta(hours=2))] == [1]
    assert len(list_batches(home)) == 2


def test_an_object_that_is_listed_before_it_is_written_waits_for_the_next_round(home: Path, tmp_path: Path):
    (tmp_path / "bucket").mkdir()
    connect(home, "object", {"uri": f"file://{tmp_path}/bucket"})
    (tmp_path / "bucket" / "a.csv").touch()

    (early,) = go(home)
    (tmp_path / "bucket" / "a.csv").write_bytes(csv(range(2)))
    go(home, at=NOW + timedelta(hours=1))

    assert (early.outcomes, early.notes) == ([], ["“a.csv”还没有写完，留到下一轮"])
    assert landed(home) == expected(2)
