"""Withdrawals and damaged records: what is gone is said, what stands goes on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from lookout.contracts import contracts
from lookout.hub.landing import land, list_batches, read_batch, read_withdrawal, unfinished, withdraw
from lookout.kernel.errors import DataError
from lookout.sources import Delivery

MOMENT = datetime(2026, 10, 31, 6)  # noqa: DTZ001 Shanghai wall time
LATER = datetime(2026, 11, 2, 9)  # noqa: DTZ001 Shanghai wall time


def put(home: Path, count: str = "1", name: str = "a.csv") -> int:
    file = home / name
    file.write_text(f"uscc,period,开票份数\n91350100M000100Y43,202601,{count}\n", "utf-8")
    delivery = Delivery(file, name, "tax", "tax_invoice_month", MOMENT)
    receipt = land(home, delivery, contracts=contracts(), personal_key=b"k" * 32, ingested_at=MOMENT)
    return receipt.batch.batch_no


def test_a_withdrawal_is_read_with_the_batch_and_says_who_and_why(tmp_path: Path) -> None:
    put(tmp_path)
    assert list_batches(tmp_path)[0].withdrawn_at is None

    withdraw(tmp_path, 1, at=LATER, by="林审核", reason="报错了月份")

    assert [batch.withdrawn_at for batch in list_batches(tmp_path)] == [LATER]
    found = read_withdrawal(tmp_path / "batches/000001")
    assert found is not None
    assert (found.by, found.reason) == ("林审核", "报错了月份")


def test_withdrawing_twice_keeps_the_first_withdrawal(tmp_path: Path) -> None:
    put(tmp_path)
    first = withdraw(tmp_path, 1, at=MOMENT, by="甲", reason="重复")

    assert withdraw(tmp_path, 1, at=LATER, by="乙", reason="别的") == first
    assert list_batches(tmp_path)[0].withdrawn_at == MOMENT


def test_an_instant_with_a_zone_is_kept_as_shanghai_wall_time(tmp_path: Path) -> None:
    put(tmp_path)

    withdraw(tmp_path, 1, at=datetime.fromisoformat("2026-11-02T01:00:00+00:00"), by="甲", reason="错")

    assert list_batches(tmp_path)[0].withdrawn_at == LATER


@pytest.mark.parametrize(
    ("batch_no", "by", "reason", "words"),
    [(7, "甲", "错", "没有第 7 批"), (1, " ", "错", "撤回人与理由"), (1, "甲", "", "撤回人与理由")],
)
def test_a_withdrawal_without_batch_author_or_reason_is_refused(
    tmp_path: Path, batch_no: int, by: str, reason: str, words: str
) -> None:
    put(tmp_path)

    with pytest.raises(DataError, match=words):
        withdraw(tmp_path, batch_no, at=LATER, by=by, reason=reason)

    assert list_batches(tmp_path)[0].withdrawn_at is None


def test_a_withdrawn_file_that_is_delivered_again_becomes_a_new_batch(tmp_path: Path) -> None:
    put(tmp_path)
    withdraw(tmp_path, 1, at=LATER, by="甲", reason="错")

    assert put(tmp_path) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"covers": 1}', "\x00\x00"])
def test_a_damaged_record_is_named_with_its_batch_and_a_remedy(tmp_path: Path, text: str) -> None:
    put(tmp_path)
    put(tmp_path, "2", "b.csv")
    (tmp_path / "batches/000001/batch.json").write_text(text, "utf-8")

    with pytest.raises(DataError, match=r"第 1 批的记录.*请从备份恢复"):
        list_batches(tmp_path)
    assert read_batch(tmp_path / "batches/000002").batch_no == 2


def test_a_damaged_withdrawal_is_named_too(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "batches/000001/withdrawal.json").write_text("{", "utf-8")

    with pytest.raises(DataError, match=r"第 1 批的撤回记录.*请从备份恢复"):
        list_batches(tmp_path)


def test_a_folder_without_record_stops_nobody_and_its_number_is_not_given_again(tmp_path: Path) -> None:
    put(tmp_path)
    (tmp_path / "batches/000002").mkdir()

    assert put(tmp_path, "2", "b.csv") == 3
    assert [batch.batch_no for batch in list_batches(tmp_path)] == [1, 3]
    assert [folder.name for folder in unfinished(tmp_path)] == ["000002"]
