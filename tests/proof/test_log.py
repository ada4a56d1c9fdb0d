"""The log: durable, append-only, shared by processes; a torn tail heals and a cut one is found."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.kernel.errors import DataError, TransientError
from lookout.proof import Entry, Log
from lookout.proof import logfiles as files
from lookout.proof.merkle import leaf_hash, root_of, verify_consistency, verify_inclusion
from tests.proof.evidence import NOON, entry


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A log of ten entries, appended in three batches."""
    log = Log(tmp_path / "log")
    for batch in (range(3), range(3, 8), range(8, 10)):
        log.append(entry(number) for number in batch)
    return log


def test_what_was_appended_is_there_and_proven(log: Log) -> None:
    leaves = [leaf_hash(log.leaf(index)) for index in range(10)]

    assert [log.entry(index) for index in range(10)] == [entry(number) for number in range(10)]
    for size in range(11):
        assert log.root(size) == root_of(leaves[:size])
        for index in range(size):
            path = log.inclusion(index, size).path
            assert verify_inclusion(leaves[index], index, size, path, log.root(size))
        assert verify_consistency(size, log.root(size), 10, log.root(), log.consistency(size).path)
    assert log.check() == []


@settings(max_examples=8)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_batches_of_any_size_give_the_same_log(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    log, count = Log(tmp_path_factory.mktemp("log")), 0
    for size in sizes:
        assert log.append([entry(count + step) for step in range(size)]) == list(range(count, count + size))
        count += size

    assert log.size == count
    assert log.root() == root_of(leaf_hash(entry(number).as_bytes()) for number in range(count))
    assert log.check() == []


def test_an_entry_that_is_there_is_not_added_again(log: Log) -> None:
    changed = entry(4, b"another content")

    assert log.append_once(
        [entry(4), changed, entry("new"), changed, entry(7, at=NOON.replace(hour=18))]
    ) == [
        4,
        10,
        11,
        10,
        7,
    ]
    assert log.size == 12
    assert log.find("deposit", "D4") == [4, 10]
    assert log.find("deposit", "D99") == []
    assert log.find("batch", "D4") == []


def test_nothing_appended_is_nothing_written(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")

    assert log.append([]) == log.append_once([]) == []
    assert (log.size, log.origin, log.find("deposit", "D1")) == (0, "", [])
    assert log.check() == []


def test_a_log_keeps_the_name_it_drew(log: Log) -> None:
    name = log.origin
    log.append([entry("more")])

    assert name.startswith("lookout-")
    assert Log(log.folder).origin == name


def test_an_entry_that_cannot_be_is_refused_with_every_field() -> None:
    with pytest.raises(DataError) as refused:
        Entry("Deposit", "a b", "ABC", "", datetime(2026, 1, 1), "")  # noqa: DTZ001  without a zone is the point

    for field in ("kind", "number", "sha256", "sm3", "by", "at"):
        assert field in str(refused.value)


def test_asking_for_what_is_not_there_says_so(log: Log) -> None:
    with pytest.raises(IndexError):
        log.entry(10)
    with pytest.raises(IndexError):
        log.inclusion(5, 5)
    with pytest.raises(DataError, match="现有 10 条记录，没有 11 条"):
        log.root(11)
    with pytest.raises(DataError, match="应不大于"):
        log.consistency(9, 8)


# --- crashes


@pytest.mark.parametrize("name", [files.NODES, files.OFFSETS, files.ENTRIES])
@pytest.mark.parametrize("tail", [b"\x00" * 7, b'{"at":"2026-11-', b"whole line\n" * 40])
def test_a_torn_tail_is_never_seen_and_heals_with_the_next_append(log: Log, name: str, tail: bytes) -> None:
    root = log.root()
    with (log.folder / name).open("ab") as handle:
        handle.write(tail)

    assert (log.size, log.root(), log.check()) == (10, root, [])
    assert log.append([entry("next")]) == [10]
    assert log.check() == []
    assert log.entry(10) == entry("next")


def test_a_torn_commit_leaves_the_one_before(log: Log) -> None:
    content = bytearray((log.folder / files.COMMITTED).read_bytes())
    newest = max((0, 4096), key=lambda start: int.from_bytes(content[start : start + 8], "big"))
    content[newest + 20] ^= 1
    (log.folder / files.COMMITTED).write_bytes(content)

    assert log.size == 8
    assert log.append_once([entry(8), entry(9)]) == [8, 9]
    assert log.check() == []


@pytest.mark.parametrize("step", range(1, 5))
def test_dying_at_any_write_of_the_first_append_heals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    log, left = Log(tmp_path / "log"), [step]
    write = os.write

    def dying(handle: int, content: Any) -> int:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(28, "No space left on device")
        return write(handle, bytes(content)[: max(1, len(content) // 2)])

    monkeypatch.setattr(os, "write", dying)
    with pytest.raises(TransientError, match="No space"):
        log.append([entry(1), entry(2)])
    monkeypatch.undo()

    assert log.size == 0
    assert log.append([entry(1)]) == [0]
    assert log.check() == []


def _append_for_ever(folder: Path, told: Any) -> None:
    log, number = Log(folder), 0
    while True:
        log.append([entry(number), entry(number + 1)])
        number += 2
        told.send(number)


def test_killed_while_appending_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    hear, tell = context.Pipe(duplex=False)
    process = context.Process(target=_append_for_ever, args=(tmp_path / "log", tell))
    process.start()
    acknowledged = 0
    for _ in range(30):
        acknowledged = hear.recv()
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    while hear.poll():
        acknowledged = hear.recv()
    log = Log(tmp_path / "log")

    assert log.size >= acknowledged
    assert log.check() == []
    log.append([entry("after")])
    assert log.check() == []


def _append_some(folder: Path, name: str) -> None:
    for number in range(25):
        Log(folder).append_once([entry(f"{name}{number}"), entry(f"shared{number}")])


def test_processes_that_append_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    folder = tmp_path / "log"
    processes = [context.Process(target=_append_some, args=(folder, name)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    log = Log(folder)
    numbers = [held.number for held in log.entries()]

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert sorted(numbers) == sorted(
        {f"D{name}{number}" for name in ("a", "b", "c", "shared") for number in range(25)}
    )
    assert log.check() == []


# --- the index can be lost


def _remove(folder: Path) -> None:
    for file in folder.glob(".index.sqlite*"):
        file.unlink()


def _spoil(folder: Path) -> None:
    (folder / ".index.sqlite").write_bytes(b"not a database at all" * 100)


def _run_ahead(folder: Path) -> None:
    with sqlite3.connect(folder / ".index.sqlite") as database:
        database.execute("UPDATE covered SET leaves = 600")


def _be_of_another_log(folder: Path) -> None:
    with sqlite3.connect(folder / ".index.sqlite") as database:
        database.execute("UPDATE covered SET root = ?", (bytes(32),))
        database.execute("DELETE FROM place")


def _leave_alone(folder: Path) -> None:
    assert (folder / ".index.sqlite").exists()


@pytest.mark.parametrize("damage", [_leave_alone, _remove, _spoil, _run_ahead, _be_of_another_log])
def test_whatever_becomes_of_the_index_entries_are_found(
    log: Log, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    monkeypatch.setattr("lookout.proof.log.BEHIND", 4)
    log.append([entry(10), entry(11)])
    damage(log.folder)

    assert log.append_once([entry(3), entry("new")]) == [3, 12]
    assert [log.find("deposit", f"D{number}") for number in (3, 11, "new", 99)] == [[3], [11], [12], []]


def test_a_number_with_marks_of_its_own_is_found(log: Log) -> None:
    odd = replace(entry("x"), number='D"x\\","sha256":"', by='"kind":"y"')
    [index] = log.append([odd])

    assert log.find("deposit", odd.number) == [index]


# --- attacks on the files


def test_entries_cut_off_are_found_and_nothing_more_is_written(log: Log) -> None:
    path = log.folder / files.ENTRIES
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))

    assert "截短" in str(log.check()[0])
    with pytest.raises(DataError, match="从备份恢复"):
        log.append([entry("new")])


@pytest.mark.parametrize("name", [files.NODES, files.OFFSETS])
def test_hashes_and_offsets_cut_off_are_found(log: Log, name: str) -> None:
    os.truncate(log.folder / name, (log.folder / name).stat().st_size - 8)

    assert name in str(log.check()[0])
    with pytest.raises(DataError):
        log.append([entry("new")])


def test_a_changed_entry_is_named(log: Log) -> None:
    path = log.folder / files.ENTRIES
    path.write_bytes(path.read_bytes().replace(b'"number":"D4"', b'"number":"D5"'))

    assert [(found.where, "被改动" in found.what) for found in log.check()] == [("第 4 条", True)]


def test_a_changed_hash_is_named(log: Log) -> None:
    path = log.folder / files.NODES
    content = bytearray(path.read_bytes())
    content[files.position(1, 2) * 32] ^= 1
    path.write_bytes(content)

    assert [found.where for found in log.check()] == ["第 5 条之上"]


def test_a_changed_offset_is_named(log: Log) -> None:
    path = log.folder / files.OFFSETS
    content = bytearray(path.read_bytes())
    content[7 * 8 + 7] ^= 1
    path.write_bytes(content)

    assert [found.where for found in log.check()] == ["第 7 条"]


def test_a_lost_commit_or_name_is_no_new_log(log: Log) -> None:
    (log.folder / "origin").unlink()
    with pytest.raises(DataError, match="origin"):
        log.append([entry("new")])

    (log.folder / files.COMMITTED).unlink()
    with pytest.raises(DataError, match="committed 缺失"):
        log.append([entry("new")])
    assert "committed" in str(log.check()[0])
