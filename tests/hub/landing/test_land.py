"""Landing: whole batches or nothing, each file once, personal values nowhere in plain."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lookout.contracts import contracts
from lookout.hub.landing import (
    BatchReceipt,
    LandingReport,
    Tokens,
    fact_schema,
    land,
    land_all,
    list_batches,
    reveal,
)
from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.sources import Covers, Delivery, FileProblem

KEY = b"0123456789abcdef0123456789abcdef"
DELIVERED = datetime(2026, 10, 31, 6)  # noqa: DTZ001 Shanghai wall time
INGESTED = datetime(2026, 11, 1)  # noqa: DTZ001 Shanghai wall time
HEAD = "uscc,name,status,legal_representative,legal_representative_id,established_on,region,phone\n"
GOOD = "91350100M000100Y43,甲公司,存续,张小明,440106199001011234,2015-03-04,440106,13812341234\n"
BAD = "91350100M000100Y4312,乙公司,存续,李小红,440106198001015678,2015-02-30,440106,13987651234\n"
RAGGED = "91350100M000100Y43,丙公司,存续,王大力,440106197001019999\n"
SECRETS = (
    "张小明",
    "李小红",
    "王大力",
    "440106199001011234",
    "440106198001015678",
    "13812341234",
    "13987651234",
)


def deliver(folder: Path, text: str, name: str = "company.csv", **more: Any) -> Delivery:
    file = folder / name
    file.write_text(text, "utf-8")
    covers = Covers(("44",), ())
    return Delivery(file, name, "market_regulation", more.pop("table", "company"), DELIVERED, covers, **more)


def put(home: Path, delivery: Delivery) -> BatchReceipt:
    return land(home, delivery, contracts=contracts(), personal_key=KEY, ingested_at=INGESTED)


def put_all(home: Path, *deliveries: Delivery) -> LandingReport:
    return land_all(home, deliveries, contracts=contracts(), personal_key=KEY, ingested_at=INGESTED)


def test_a_batch_holds_facts_rejects_vault_and_its_record(tmp_path: Path) -> None:
    receipt = put(tmp_path, deliver(tmp_path, HEAD + GOOD + BAD + GOOD + RAGGED))

    folder = tmp_path / "batches" / "000001"
    assert sorted(file.name for file in folder.iterdir()) == [
        "batch.json", "facts.parquet", "rejects.parquet", "vault.parquet",
    ]  # fmt: skip
    record = json.loads((folder / "batch.json").read_text("utf-8"))
    assert record["covers"] == {"regions": ["44"], "organization_types": []}
    assert [record[name] for name in ("rows", "accepted", "rejected", "doubled")] == [4, 1, 2, 1]
    assert record["delivered_at"] == "2026-10-31T06:00:00"
    assert record["identifier_scheme"] == "uscc"
    assert list_batches(tmp_path) == [receipt.batch]
    assert receipt.sentence == "“company.csv”入库为第 1 批：共 4 行，接收 1 行，退回 2 行，重复 1 行。"


def test_facts_have_the_declared_columns_in_order(tmp_path: Path) -> None:
    put(tmp_path, deliver(tmp_path, HEAD + GOOD))

    facts = pq.read_table(tmp_path / "batches/000001/facts.parquet")

    table = contracts()["company"]
    assert facts.schema.equals(fact_schema(table))
    assert facts.column_names == [
        *table.store_columns, "subject_scheme", "subject_value", "known_at", "batch_no", "line",
    ]  # fmt: skip
    row = facts.to_pylist()[0]
    assert (row["known_at"], row["batch_no"], row["line"]) == (DELIVERED, 1, 2)


def test_personal_values_are_tokens_that_join_and_open_only_with_the_key(tmp_path: Path) -> None:
    put(tmp_path, deliver(tmp_path, HEAD + GOOD))

    row = pq.read_table(tmp_path / "batches/000001/facts.parquet").to_pylist()[0]

    assert row["phone"] == Tokens(KEY).token("13812341234")
    assert (row["phone_masked"], row["legal_representative_masked"]) == ("138****1234", "张*明")
    assert reveal(tmp_path, 1, 2, "phone", personal_key=KEY) == "13812341234"
    assert reveal(tmp_path, 1, 2, "email", personal_key=KEY) is None
    with pytest.raises(DataError, match="密钥不符"):
        reveal(tmp_path, 1, 2, "phone", personal_key=KEY[::-1])
    (tmp_path / "vault_keys/000001.salt").unlink()
    with pytest.raises(DataError, match="已按保存期限销毁"):
        reveal(tmp_path, 1, 2, "phone", personal_key=KEY)


def test_personal_values_of_refused_rows_are_kept_in_the_vault_alone(tmp_path: Path) -> None:
    put(tmp_path, deliver(tmp_path, HEAD + GOOD + BAD + RAGGED))

    assert reveal(tmp_path, 1, 3, "phone", personal_key=KEY) == "13987651234"
    assert reveal(tmp_path, 1, 4, "", personal_key=KEY) == RAGGED.strip()


def test_no_personal_value_is_written_in_plain(tmp_path: Path) -> None:
    put(tmp_path, deliver(tmp_path, HEAD + GOOD + BAD + RAGGED))

    folder = tmp_path / "batches" / "000001"
    for name in ("facts", "rejects", "vault"):
        text = json.dumps(
            pq.read_table(folder / f"{name}.parquet").to_pylist(), ensure_ascii=False, default=str
        )
        assert not [secret for secret in SECRETS if secret in text], name
        stored = (folder / f"{name}.parquet").read_bytes()
        assert not [secret for secret in SECRETS if secret.encode() in stored], name
    assert "1234" not in (folder / "batch.json").read_text("utf-8").split("sha256")[0]


def test_the_same_file_twice_is_one_batch(tmp_path: Path) -> None:
    first = put(tmp_path, deliver(tmp_path, HEAD + GOOD))
    again = put(tmp_path, deliver(tmp_path, HEAD + GOOD, "copy.csv"))

    assert (again.is_earlier, again.batch) == (True, first.batch)
    assert "不重复入库" in again.sentence
    assert len(list_batches(tmp_path)) == 1


def test_the_same_file_read_by_another_mapping_is_another_batch(tmp_path: Path) -> None:
    put(tmp_path, deliver(tmp_path, HEAD + GOOD))
    (tmp_path / "m.yaml").write_text("table: company\ncolumns: {phone: null}", "utf-8")

    receipt = put(tmp_path, deliver(tmp_path, HEAD + GOOD, mapping=tmp_path / "m.yaml"))

    assert (receipt.batch.batch_no, receipt.batch.unread) == (2, ("phone",))


def test_facts_of_the_same_file_are_the_same_bytes_in_every_installation(tmp_path: Path) -> None:
    for home in ("a", "b"):
        put(tmp_path / home, deliver(tmp_path, HEAD + GOOD + BAD))

    for name in ("facts.parquet", "rejects.parquet"):
        first, second = ((tmp_path / home / "batches/000001" / name).read_bytes() for home in ("a", "b"))
        assert first == second


def test_a_bad_file_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    (tmp_path / "f.csv").mkdir()
    deliveries = [
        deliver(tmp_path, HEAD + GOOD, "a.csv"),
        Delivery(tmp_path / "f.csv", "f.csv", "market_regulation", "company", DELIVERED),
        deliver(tmp_path, "", "b.csv"),
        deliver(tmp_path, HEAD + GOOD, "c.csv", mapping=tmp_path / "none.yaml"),
        deliver(tmp_path, HEAD + GOOD, "d.csv", table="nobody"),
        deliver(tmp_path, HEAD + BAD, "e.csv"),
    ]

    report = land_all(
        tmp_path, deliveries, contracts=contracts(), personal_key=KEY, ingested_at=INGESTED,
        progress=lambda *step: seen.append(step),
    )  # fmt: skip

    assert [receipt.batch.file for receipt in report.receipts] == ["a.csv", "e.csv"]
    assert [problem.file for problem in report.problems] == ["f.csv", "b.csv", "none.yaml", "d.csv"]
    assert [batch.batch_no for batch in list_batches(tmp_path)] == [1, 2]
    assert seen[0] == ("a.csv", 0, 6)
    assert seen[-1] == ("", 6, 6)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [(OSError(28, "No space left on device"), TransientError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
@pytest.mark.parametrize("at", [1, 2, 3])
def test_nothing_half_written_stays_when_writing_stops_in_the_middle(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    expected: type[BaseException],
    at: int,
) -> None:
    put(tmp_path, deliver(tmp_path, HEAD + GOOD))
    write: Callable[..., None] = pq.ParquetWriter.write_table
    calls: list[object] = []

    def fail(writer: Any, table: Any, **options: Any) -> None:
        calls.append(table)
        write(writer, table, **options)
        if len(calls) == at:
            raise failure

    with monkeypatch.context() as patched:
        patched.setattr(pq.ParquetWriter, "write_table", fail)
        with pytest.raises(expected):
            put(tmp_path, deliver(tmp_path, HEAD + BAD))

    assert sorted(file.name for file in (tmp_path / "batches").iterdir()) == [".lock", "000001"]
    assert [file.name for file in (tmp_path / "vault_keys").iterdir()] == ["000001.salt"]
    assert put(tmp_path, deliver(tmp_path, HEAD + BAD)).batch.batch_no == 2


def test_what_a_killed_landing_left_is_cleared_by_the_next(tmp_path: Path) -> None:
    stale = tmp_path / "batches" / ".incoming-000001"
    stale.mkdir(parents=True)
    (stale / "facts.parquet").write_bytes(b"half")
    assert list_batches(tmp_path) == []

    assert put(tmp_path, deliver(tmp_path, HEAD + GOOD)).batch.batch_no == 1
    assert not stale.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said_to_be_so(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, HEAD + GOOD)
    delivery.path.chmod(0)

    with pytest.raises(FileProblem, match="没有读取权限"):
        put(tmp_path, delivery)


def test_a_file_that_is_not_there_lands_nothing(tmp_path: Path) -> None:
    missing = Delivery(tmp_path / "none.csv", "none.csv", "tax", "company", DELIVERED)

    with pytest.raises(FileProblem, match="打不开"):
        put(tmp_path, missing)

    assert list_batches(tmp_path) == []


def test_a_short_personal_key_stops_everything(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="至少要 16 字节"):
        land(
            tmp_path,
            deliver(tmp_path, HEAD + GOOD),
            contracts=contracts(),
            personal_key=b"short",
            ingested_at=INGESTED,
        )


def test_every_table_of_the_contracts_can_land(tmp_path: Path) -> None:
    deliveries = []
    for name, table in contracts().items():
        required = [column for column, form in table.columns.items() if form.required]
        text = f"{','.join(required)}\n{','.join('?' for _ in required)}\n"
        deliveries.append(deliver(tmp_path, text, f"{name}.csv", table=name))

    report = put_all(tmp_path, *deliveries)

    assert report.problems == ()
    assert {receipt.batch.rejected for receipt in report.receipts} == {1}
