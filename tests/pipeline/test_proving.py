"""Batches and runs enter the log by themselves, once, and a changed one is named."""

from __future__ import annotations

import logging
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from lookout.hub.landing import LandingReport, withdraw
from lookout.kernel.clock import SHANGHAI
from lookout.pipeline import diagnose, ingest, one_file, run
from lookout.pipeline.proving import Entered, enter_missing, entered_or_told, log_faults
from lookout.proof import open_log, sha256_hex, sm3_hex
from tests.hub.facts.test_facts import ALPHA, complaint, registry
from tests.hub.hubs import PERSONAL_KEY, deliver, wall

NAME = "广州众人通融资信息服务有限公司"


def clock() -> datetime:
    return datetime(2026, 11, 1, 8, tzinfo=SHANGHAI)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two batches that landed before there was a log."""
    deliver(tmp_path, "company", [registry(ALPHA, NAME)], wall(2026, 9, 1))
    deliver(tmp_path, "complaint_ticket", [complaint("T1", NAME, date(2026, 8, 20))], wall(2026, 9, 1))
    return tmp_path


def entered(home: Path) -> list[tuple[str, str]]:
    return [(entry.kind, entry.number) for entry in open_log(home).entries()]


def test_what_landed_before_there_was_a_log_is_entered_once(home: Path) -> None:
    assert enter_missing(home, clock) == Entered(2, ())
    assert enter_missing(home, clock) == Entered(0, ())

    assert entered(home) == [("batch", "000001"), ("batch", "000002")]
    [first, _] = open_log(home).entries()
    record = (home / "batches/000001/batch.json").read_bytes()
    assert (first.sha256, first.sm3, first.at) == (sha256_hex(record), sm3_hex(record), clock())


def test_a_home_without_data_has_nothing_to_enter(tmp_path: Path) -> None:
    assert enter_missing(tmp_path, clock) == Entered(0, ())
    assert not (tmp_path / "proof").exists()
    assert list(log_faults(tmp_path, deep=True)) == []


def land_again(home: Path) -> LandingReport:
    """Hand over one more file."""
    file = home / "delivered" / "complaint_ticket-again.csv"
    [old, *_] = sorted((home / "delivered").glob("complaint_ticket*"))
    file.write_text(old.read_text("utf-8").replace("T1", "T2"), "utf-8")
    delivery = one_file(file, table="complaint_ticket", source="hotline", delivered_at=wall(2026, 9, 2))
    return ingest(home, [delivery], personal_key=PERSONAL_KEY, ingested_at=clock(), progress=lambda *_: None)


def test_what_is_landed_enters_at_once(home: Path) -> None:
    for _ in range(2):  # the same file twice is one batch and one entry
        assert land_again(home).problems == ()

    assert entered(home) == [("batch", "000003")]


def test_a_run_enters_with_its_results_and_makes_up_for_what_is_missing(home: Path) -> None:
    info = run(home, clock(), clock=clock)

    assert entered(home) == [
        ("batch", "000001"),
        ("batch", "000002"),
        ("run", info.run_id),
        ("run_results", info.run_id),
    ]
    assert list(log_faults(home, deep=True)) == []


def test_a_withdrawal_enters_without_the_name_of_who_withdrew(home: Path) -> None:
    withdraw(home, 2, at=clock(), by="张三", reason="报送错误")
    enter_missing(home, clock)
    [*_, last] = open_log(home).entries()

    assert (last.kind, last.number, last.by) == ("withdrawal", "000002", "lookout")


def test_a_changed_batch_is_named_and_not_entered_again(home: Path) -> None:
    enter_missing(home, clock)
    record = home / "batches/000002/batch.json"
    record.write_text(record.read_text("utf-8").replace('"accepted": 1', '"accepted": 2'), "utf-8")
    again = enter_missing(home, clock)

    assert (again.added, len(again.changed)) == (0, 1)
    assert str(record) in again.changed[0]
    assert any(str(record) in fault for fault in log_faults(home, deep=True))


def test_the_doctor_finds_a_log_that_was_cut_off(home: Path) -> None:
    enter_missing(home, clock)
    entries = home / "proof/log/entries"
    entries.write_bytes(entries.read_bytes().splitlines(keepends=True)[0])
    faults = [finding.text for finding in diagnose(home, now=clock()) if finding.is_fault]

    assert any("存证日志" in fault and "截短" in fault for fault in faults)


def test_a_log_that_cannot_take_it_never_stops_the_work(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    enter_missing(home, clock)
    (home / "proof/log/entries").write_bytes(b"")
    with caplog.at_level(logging.ERROR):
        report = land_again(home)

    assert [receipt.batch.batch_no for receipt in report.receipts] == [3]
    assert "entered later" in caplog.text


def test_a_changed_record_is_told_in_the_log_file(caplog: pytest.LogCaptureFixture) -> None:
    def found(**_: Any) -> Entered:
        return Entered(0, ("batch 7 was changed",))

    with caplog.at_level(logging.ERROR):
        entered_or_told(found)

    assert "batch 7 was changed" in caplog.text
