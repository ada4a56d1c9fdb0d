"""Yesterday's file under today's name: what says the same lands once, what may be news lands always."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import xlsxwriter

from lookout.contracts import contracts
from lookout.hub.landing import BatchReceipt, land, list_batches, withdraw
from lookout.sources import Covers, Delivery, encoding

HEAD = ["uscc", "period", "开票份数"]
ROWS = [["91350100M000100Y43", "202601", "1"], ["91350100M000100Y43", "202602", "2"]]
BAD = ["91350100M000100Y43", "20260230", "3"]
DAY = datetime(2026, 10, 31, 6)  # noqa: DTZ001 Shanghai wall time


def csv(folder: Path, name: str, *rows: list[str]) -> str:
    (folder / name).write_text("\n".join(",".join(row) for row in [HEAD, *rows]), "utf-8")
    return name


def put(home: Path, name: str, days: int = 0, **more: Any) -> BatchReceipt:
    delivery = Delivery(home / name, name, "tax", "tax_invoice_month", DAY + timedelta(days=days), **more)
    return land(home, delivery, contracts=contracts(), personal_key=b"k" * 32, ingested_at=DAY)


def excel(folder: Path, name: str, *rows: list[str]) -> str:
    with xlsxwriter.Workbook(str(folder / name)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([HEAD, *rows]):
            sheet.write_row(number, 0, row)
    return name


def test_the_same_rows_in_other_bytes_land_once_and_are_said_to_be_the_same(tmp_path: Path) -> None:
    put(tmp_path, csv(tmp_path, "a.csv", *ROWS))

    for name in (csv(tmp_path, "b.csv", *ROWS[::-1]), excel(tmp_path, "c.xlsx", *ROWS)):
        receipt = put(tmp_path, name, days=1)
        assert (receipt.is_earlier, receipt.same_content, receipt.batch.batch_no) == (True, True, 1)
        assert "内容完全相同" in receipt.sentence

    assert len(list_batches(tmp_path)) == 1
    assert [file.name for file in (tmp_path / "vault_keys").iterdir()] == ["000001.salt"]


def test_one_row_more_or_another_value_is_news(tmp_path: Path) -> None:
    put(tmp_path, csv(tmp_path, "a.csv", *ROWS))

    assert not put(tmp_path, csv(tmp_path, "b.csv", ROWS[0]), days=1).is_earlier
    assert not put(tmp_path, csv(tmp_path, "c.csv", *ROWS, BAD), days=2).is_earlier
    assert not put(tmp_path, csv(tmp_path, "d.csv", *ROWS[::-1], [*BAD[:2], "4"]), days=3).is_earlier


def test_a_correction_that_is_taken_back_lands(tmp_path: Path) -> None:
    put(tmp_path, csv(tmp_path, "a.csv", *ROWS))
    put(tmp_path, csv(tmp_path, "b.csv", ROWS[0]), days=1)

    assert put(tmp_path, csv(tmp_path, "c.csv", *ROWS[::-1]), days=2).batch.batch_no == 3


def test_another_coverage_an_earlier_delivery_and_a_withdrawn_batch_are_no_reason_to_stay_out(
    tmp_path: Path,
) -> None:
    put(tmp_path, csv(tmp_path, "a.csv", *ROWS))
    excel(tmp_path, "b.xlsx", *ROWS)

    assert put(tmp_path, "b.xlsx", days=-9).batch.batch_no == 2
    other = csv(tmp_path, "c.csv", *ROWS[::-1])
    assert put(tmp_path, other, days=1, covers=Covers(("4401",))).batch.batch_no == 3
    for number in (1, 2, 3):
        withdraw(tmp_path, number, at=DAY, by="甲", reason="错")
    assert put(tmp_path, csv(tmp_path, "d.csv", *ROWS, *ROWS), days=2).batch.batch_no == 4


def test_a_file_landed_in_many_pieces_is_what_it_is_landed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        ["91350100M000100Y43", f"2026{month:02}", str(count)] for month in range(1, 10) for count in range(9)
    ]
    once = put(tmp_path, csv(tmp_path, "a.csv", *rows, *rows[:5], BAD)).batch
    monkeypatch.setattr(encoding, "BLOCK", 100)

    assert (once.rows, once.accepted, once.rejected, once.doubled, once.versions) == (87, 81, 1, 5, 72)
    again = put(
        tmp_path, csv(tmp_path, "c.csv", *rows, *rows[:5], BAD, ROWS[0]), covers=Covers(("44",))
    ).batch
    assert (again.rows, again.accepted, again.doubled, again.versions) == (88, 81, 6, 72)
    facts = [
        pq.read_table(tmp_path / f"batches/00000{number}/facts.parquet") for number in (1, again.batch_no)
    ]
    assert facts[0].drop(["batch_no", "known_at"]) == facts[1].drop(["batch_no", "known_at"])
