"""Contracts that grow and tables that grow: old files are read under today's contract, new rows stand beside."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lookout.contracts import Column, ColumnType, Table, contracts
from lookout.hub.facts import Facts, TableFiles, Visible, fold, open_views
from lookout.hub.facts.fold import MOST_FILES
from lookout.hub.landing import list_batches
from lookout.hub.store import DuckDBStore
from lookout.kernel.errors import DataError
from tests.hub.facts.test_facts import ALPHA, EARLY, FULL, LATE, complaint, fold_all, registry, visible_rows
from tests.hub.hubs import deliver

TICKETS = "SELECT ticket_no, state FROM complaint_ticket ORDER BY ticket_no"


def changed(**columns: Column) -> dict[str, Table]:
    """Return the contracts with columns of complaint_ticket added or replaced."""
    table = contracts()["complaint_ticket"]
    return {
        **contracts(),
        "complaint_ticket": table.model_copy(update={"columns": {**table.columns, **columns}}),
    }


def fold_and_read(home: Path, tables: dict[str, Table], sql: str) -> list[dict[str, Any]]:
    store = DuckDBStore()
    facts = fold(store, home, list_batches(home), tables, lambda step, done, total: None)
    store.close()
    store = DuckDBStore()
    open_views(store, home, facts, tables, Visible(FULL))
    return list(store.query(sql).to_pylist())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folded home; a later delivery of the table waits."""
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司", amount_yuan=12.5)], EARLY)
    fold_all(tmp_path)
    deliver(tmp_path, "complaint_ticket", [complaint("T2", "广州甲有限公司", amount_yuan=7)], LATE)
    return tmp_path


def test_a_column_added_to_a_contract_is_empty_in_what_was_landed_before(home: Path) -> None:
    grown = changed(urgency=Column(type=ColumnType.INTEGER, zh="紧急程度"))

    rows = fold_and_read(home, grown, "SELECT ticket_no, urgency FROM complaint_ticket ORDER BY ticket_no")

    assert rows == [{"ticket_no": "T1", "urgency": None}, {"ticket_no": "T2", "urgency": None}]


def test_a_column_whose_type_was_widened_keeps_its_values(home: Path) -> None:
    wider = changed(amount_yuan=Column(type=ColumnType.NUMBER, zh="涉及金额"))

    rows = fold_and_read(home, wider, "SELECT amount_yuan FROM complaint_ticket ORDER BY ticket_no")

    assert rows == [{"amount_yuan": 12.5}, {"amount_yuan": 7.0}]


def test_a_type_that_cannot_be_widened_is_said_with_file_and_column(home: Path) -> None:
    other = changed(received_on=Column(type=ColumnType.INTEGER, zh="受理日期"))

    with pytest.raises(DataError, match=r"received_on.*DATE.*BIGINT"):
        fold_and_read(home, other, TICKETS)


def test_a_column_taken_from_a_contract_is_no_longer_read(home: Path) -> None:
    table = contracts()["complaint_ticket"]
    columns = {name: column for name, column in table.columns.items() if name != "amount_yuan"}
    smaller = {**contracts(), "complaint_ticket": table.model_copy(update={"columns": columns})}

    assert len(fold_and_read(home, smaller, TICKETS)) == 2


def many(prefix: str, count: int, **more: Any) -> list[dict[str, Any]]:
    return [complaint(f"{prefix}{n:03}", "广州甲有限公司", date(2026, 8, 1), **more) for n in range(count)]


def rows_in(home: Path, files: TableFiles) -> list[int]:
    return [pq.read_metadata(home / file).num_rows for file in files.rows]


def test_few_new_rows_stand_beside_the_older_files_and_many_rewrite_the_table(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    sizes = []
    for number, count in enumerate((100, 5, 5, 40)):
        deliver(tmp_path, "complaint_ticket", many(f"{number}-", count), EARLY)
        sizes.append(rows_in(tmp_path, fold_all(tmp_path).tables["complaint_ticket"]))

    assert sizes == [[100], [100, 5], [100, 5, 5], [150]]


def test_a_correction_beside_the_older_file_replaces_the_row_in_it(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", many("T", 100, state="accepted"), EARLY)
    fold_all(tmp_path)
    deliver(tmp_path, "complaint_ticket", many("T", 2, state="closed"), LATE)
    files = fold_all(tmp_path).tables["complaint_ticket"]
    closed = "SELECT count(*) AS n FROM complaint_ticket WHERE state = 'closed'"
    every = "SELECT count(*) AS n FROM complaint_ticket"

    assert rows_in(tmp_path, files) == [100, 2]
    assert visible_rows(tmp_path, every) == [{"n": 100}]
    assert visible_rows(tmp_path, closed) == [{"n": 2}]
    assert visible_rows(tmp_path, closed, EARLY) == [{"n": 0}]


def test_the_later_files_become_one_before_they_are_too_many(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", many("T", 200, state="accepted"), EARLY)
    fold_all(tmp_path)
    for number in range(MOST_FILES):
        deliver(tmp_path, "complaint_ticket", many("T", number + 1, state="closed"), LATE)
        files = fold_all(tmp_path).tables["complaint_ticket"]
        assert len(files.rows) <= MOST_FILES

    assert len(files.rows) == 2
    counted = "SELECT state, count(*) AS n FROM complaint_ticket GROUP BY state ORDER BY state"
    assert visible_rows(tmp_path, counted) == [{"state": "accepted", "n": 194}, {"state": "closed", "n": 6}]


def test_a_manifest_that_names_single_files_is_still_read(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    facts = fold_all(tmp_path)

    early_form = Facts(
        facts.generation, facts.batches, facts.register, {"company": facts.tables["company"].rows[0]}
    )

    assert early_form.tables == facts.tables
