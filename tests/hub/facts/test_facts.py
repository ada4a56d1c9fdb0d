"""The fold and the bitemporal views: what is visible, whose it is, and which version counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lookout.contracts import contracts
from lookout.hub.facts import Facts, Visible, fold, open_views, unresolved
from lookout.hub.landing import list_batches
from lookout.hub.resolution import normalise_name
from lookout.hub.store import DuckDBStore
from tests.hub.hubs import deliver, wall

ALPHA = "91440101MA59ABCD1D"
BETA = "91330300MA2TE5XY5R"
EARLY = wall(2026, 9, 1)
LATE = wall(2026, 10, 1)
FULL = wall(2026, 10, 31, 23)


def registry(uscc: str, name: str, **more: Any) -> dict[str, Any]:
    row = {
        "uscc": uscc,
        "name": name,
        "status": "active",
        "established_on": date(2020, 5, 1),
        "region": "440106",
    }
    return row | more


def complaint(ticket: str, name: str, on: date = date(2026, 8, 20), **more: Any) -> dict[str, Any]:
    row = {
        "ticket_no": ticket,
        "channel": "hotline12345",
        "received_on": on,
        "target_name": name,
        "complaint_type": "illegal_fundraising",
    }
    return row | more


def visible_rows(
    home: Path, sql: str, known_by: datetime = FULL, batches: Sequence[int] | None = None
) -> list[dict[str, Any]]:
    store = DuckDBStore()
    pinned = None if batches is None else frozenset(batches)
    open_views(store, home, Facts.read(home), contracts(), Visible(known_by, pinned))
    found: list[dict[str, Any]] = store.query(sql).to_pylist()
    store.close()
    return found


def fold_all(home: Path) -> Facts:
    store = DuckDBStore()
    facts = fold(store, home, list_batches(home), contracts(), lambda step, done, total: None)
    store.close()
    return facts


def test_a_name_finds_its_company_in_any_spelling(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "company",
        [registry(ALPHA, "广州众人通（集团）有限公司", former_names="广州旧名有限公司")],
        EARLY,
    )
    spellings = ["廣州眾人通(集團)有限责任公司", "广州众人通 集团 有限公司", "广州旧名有限公司"]
    deliver(tmp_path, "complaint_ticket", [complaint(f"T{i}", s) for i, s in enumerate(spellings)], EARLY)
    fold_all(tmp_path)

    rows = visible_rows(tmp_path, "SELECT DISTINCT company_key FROM complaint_ticket")

    assert rows == [{"company_key": 1}]


def test_a_name_of_two_companies_is_listed_and_never_guessed(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司"), registry(BETA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司"), complaint("T2", "某某")], EARLY)
    fold_all(tmp_path)

    assert visible_rows(tmp_path, "SELECT * FROM complaint_ticket") == []
    store = DuckDBStore()
    facts = Facts.read(tmp_path)
    open_views(store, tmp_path, facts, contracts(), Visible(FULL))
    found = unresolved(store, facts, contracts(), Visible(FULL)).to_pylist()
    assert {(row["value"], row["why"]) for row in found} == {
        (normalise_name("广州甲有限公司"), "ambiguous"),
        ("某某", "unknown"),
    }


def test_nothing_known_after_the_instant_is_seen(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司")], LATE)
    fold_all(tmp_path)

    assert visible_rows(tmp_path, "SELECT ticket_no FROM complaint_ticket", EARLY) == []
    assert len(visible_rows(tmp_path, "SELECT ticket_no FROM complaint_ticket", LATE)) == 1


def test_a_name_learned_later_does_not_resolve_an_earlier_reading(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "company", [registry(ALPHA, "广州乙有限公司", former_names="广州甲有限公司")], LATE)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州乙有限公司")], EARLY)
    fold_all(tmp_path)

    assert visible_rows(tmp_path, "SELECT * FROM complaint_ticket", EARLY) == []
    assert len(visible_rows(tmp_path, "SELECT * FROM complaint_ticket", LATE)) == 1


def test_the_newest_version_known_at_the_instant_counts(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司", state="accepted")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司", state="closed")], LATE)
    fold_all(tmp_path)

    assert visible_rows(tmp_path, "SELECT state FROM complaint_ticket", EARLY) == [{"state": "accepted"}]
    assert visible_rows(tmp_path, "SELECT state FROM complaint_ticket", LATE) == [{"state": "closed"}]


def test_a_correction_that_adds_the_code_does_not_count_twice(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司")], EARLY)
    fold_all(tmp_path)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司", target_uscc=ALPHA)], LATE)
    fold_all(tmp_path)

    assert len(visible_rows(tmp_path, "SELECT * FROM complaint_ticket")) == 1


def test_pinned_batches_alone_are_seen(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T2", "广州甲有限公司")], EARLY)
    fold_all(tmp_path)

    rows = visible_rows(tmp_path, "SELECT ticket_no FROM complaint_ticket", FULL, [1, 2])

    assert rows == [{"ticket_no": "T1"}]


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_folding_in_steps_gives_the_same_facts_as_folding_at_once(tmp_path: Path, cut: int) -> None:
    deliveries = [
        ("company", [registry(ALPHA, "广州甲有限公司")], EARLY),
        ("complaint_ticket", [complaint("T1", "广州甲有限公司"), complaint("T2", "无名")], EARLY),
        ("company", [registry(BETA, "温州乙有限公司"), registry(ALPHA, "广州丙有限公司")], LATE),
        ("complaint_ticket", [complaint("T1", "广州甲有限公司", state="closed")], LATE),
    ]
    for home, stops in ((tmp_path / "once", {4}), (tmp_path / "steps", {cut, 4})):
        for number, (table, rows, moment) in enumerate(deliveries, 1):
            deliver(home, table, rows, moment)
            if number in stops:
                fold_all(home)

    for table in ("company", "complaint_ticket"):
        sql = f"SELECT * FROM {table} ORDER BY company_key, batch_no, line"
        assert visible_rows(tmp_path / "once", sql) == visible_rows(tmp_path / "steps", sql)


def test_nothing_new_leaves_the_generation_as_it_is(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    first = fold_all(tmp_path)

    assert fold_all(tmp_path) == first


def test_corrections_are_seen_without_the_new_facts_that_came_with_them(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "广州甲有限公司", state="accepted")], EARLY)
    late = [complaint("T1", "广州甲有限公司", state="closed"), complaint("T2", "广州甲有限公司")]
    deliver(tmp_path, "complaint_ticket", late, LATE)
    fold_all(tmp_path)
    store = DuckDBStore()
    open_views(store, tmp_path, Facts.read(tmp_path), contracts(), Visible(EARLY, corrected_by=LATE))

    rows = store.query("SELECT ticket_no, state FROM complaint_ticket").to_pylist()

    assert rows == [{"ticket_no": "T1", "state": "closed"}]


def test_only_the_wanted_companies_are_read(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司"), registry(BETA, "温州乙有限公司")], EARLY)
    fold_all(tmp_path)
    store = DuckDBStore()
    store.put("wanted", pa.table({"company_key": pa.array([2], pa.int32())}))
    open_views(
        store,
        tmp_path,
        Facts.read(tmp_path),
        contracts(),
        Visible(FULL, only="IN (SELECT company_key FROM wanted)"),
    )

    assert store.query("SELECT uscc FROM company").to_pylist() == [{"uscc": BETA}]


def test_columns_that_nothing_will_read_are_not_there_instead_of_empty(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], EARLY)
    fold_all(tmp_path)
    store = DuckDBStore()
    named = {"company": {"name"}}
    open_views(
        store, tmp_path, Facts.read(tmp_path), contracts(), Visible(FULL), keep_resolved=True, named=named
    )

    seen = store.query("SELECT * FROM company")

    assert seen.to_pylist()[0]["name"] == "广州甲有限公司"
    own = {"name", "company_key", "known_at", "batch_no", "line", contracts()["company"].occurred_on}
    assert set(seen.column_names) <= own


@pytest.mark.parametrize("cut", [1, 2])
def test_a_backfill_that_arrives_later_makes_the_company_visible_earlier(tmp_path: Path, cut: int) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司")], LATE)
    if cut == 1:
        fold_all(tmp_path)
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司", address="补录")], EARLY)
    fold_all(tmp_path)
    companies = "SELECT company_key FROM company_universe"

    assert len(visible_rows(tmp_path, companies, EARLY)) == 1
    assert visible_rows(tmp_path, companies, EARLY, [1]) == []
    assert len(visible_rows(tmp_path, companies, LATE, [1])) == 1
    assert len(visible_rows(tmp_path, companies, LATE)) == 1


@pytest.mark.parametrize("stops", [{3}, {1, 3}, {1, 2, 3}])
def test_keys_do_not_depend_on_how_batches_are_cut_into_folds(tmp_path: Path, stops: set[int]) -> None:
    for number, (code, moment) in enumerate([(BETA, LATE), (ALPHA, EARLY), (BETA, EARLY)], 1):
        deliver(tmp_path, "company", [registry(code, f"广州{number}有限公司")], moment)
        if number in stops:
            fold_all(tmp_path)

    keys = visible_rows(tmp_path, "SELECT identifier, company_key FROM company_universe ORDER BY company_key")

    assert [row["identifier"] for row in keys] == [BETA, ALPHA]
