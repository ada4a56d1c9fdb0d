"""The 数据底数: who is covered in which month, who is late, what is blind, what was refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from lookout.contracts import contracts
from lookout.hub.landing import Batch, withdraw
from lookout.hub.landing.batches import list_batches
from lookout.hub.reading import Coverage, CoverageCell, Reader
from lookout.hub.reading.freshness import freshness
from lookout.hub.reading.refused import kind_of_reason
from lookout.kernel.clock import SHANGHAI, end_of_day
from lookout.pipeline import run
from tests.hub.facts.test_facts import ALPHA, BETA, complaint, registry
from tests.hub.hubs import deliver, wall

TABLE = contracts()["complaint_ticket"]


def clock() -> datetime:
    return datetime(2026, 11, 1, tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small home with one run, made once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("rated")
    firms = [
        registry(
            ALPHA, "广州甲融资担保有限公司", organization_type="financing_guarantee_company", region="440106"
        ),
        registry(
            BETA, "深圳乙融资担保有限公司", organization_type="financing_guarantee_company", region="440305"
        ),
    ]
    deliver(folder, "company", firms, wall(2026, 9, 1))
    ticket = [complaint("T1", "广州甲融资担保有限公司", date(2026, 8, 20), region="440106")]
    deliver(folder, "complaint_ticket", ticket, wall(2026, 9, 1), regions=("4401",))
    run(folder, end_of_day(date(2026, 9, 2)), clock=clock)
    return folder


@pytest.fixture
def home(rated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(rated, tmp_path / "home"))


def cell(found: Coverage, category: str, region: str) -> CoverageCell:
    row = next(row for row in found.rows if row.category == category)
    return row.cells[[prefix for prefix, _name, _n in found.regions].index(region)]


def test_a_region_is_covered_only_by_batches_that_declare_it(home: Path) -> None:
    reader = Reader(home)

    found = reader.coverage("2026-09", None)

    assert found.companies == 2
    assert cell(found, "DC17", "4401").covered == 1
    assert cell(found, "DC17", "4403").covered == 0
    assert cell(found, "DC17", "4405").share is None  # no company there: neither covered nor missing
    assert reader.coverage("2026-08", None).rows[0].whole.covered == 0


def test_the_regions_of_a_heat_table_add_up_to_its_whole(home: Path) -> None:
    for row in Reader(home).coverage("2026-09", None).rows:
        assert sum(cell.covered for cell in row.cells) == row.whole.covered
        assert sum(cell.expected for cell in row.cells) == row.whole.expected


def test_every_figure_opens_to_the_batches_behind_it(home: Path) -> None:
    reader = Reader(home)
    found = reader.coverage("2026-09", None)
    behind = {region: reader.coverage_behind("2026-09", "DC17", region, None) for region in ("4401", "4403")}

    for region, tables in behind.items():
        assert sum(table.covered for table in tables) == cell(found, "DC17", region).covered
    tickets = {region: next(t for t in tables if t.table == TABLE.name) for region, tables in behind.items()}
    assert (tickets["4401"].batches, tickets["4401"].with_rows) == ((2,), 1)
    assert (tickets["4403"].batches, tickets["4403"].with_rows) == ((), 0)


def test_an_officer_sees_the_own_region_only(home: Path) -> None:
    reader = Reader(home)

    district = reader.coverage("2026-09", ("440106",))

    assert [(prefix, n) for prefix, _name, n in district.regions] == [("440106", 1)]
    assert reader.coverage("2026-09", ()).companies == 0
    assert {entry.of for entry in reader.blind(("440106",))} == {1}


def test_a_withdrawn_batch_covers_nobody_from_then_on(home: Path) -> None:
    withdraw(home, 2, at=wall(2026, 9, 2), by="陈岚", reason="发错文件")

    assert cell(Reader(home).coverage("2026-09", None), "DC17", "4401").covered == 0


def test_a_label_is_blind_for_companies_none_of_its_tables_covers(home: Path) -> None:
    blind = {entry.code: entry for entry in Reader(home).blind(None)}
    tables = [TABLE.name]
    entry = next(e for e in blind.values() if [w.table for w in e.wanted] == tables)

    assert (entry.companies, entry.of, entry.is_total) == (1, 2, False)
    assert all(one.is_total for one in blind.values() if one.waits_for)


def sent(home: Path, *days_before: int) -> list[Batch]:
    batch = list_batches(home)[1]
    now = wall(2026, 10, 31)
    return [
        replace(batch, batch_no=number, delivered_at=now - timedelta(days=days))
        for number, days in enumerate(days_before, 1)
    ]


@pytest.mark.parametrize(
    ("days_before", "state", "late"),
    [
        ((28, 21, 14, 7), "fresh", 0),
        ((36, 29, 22, 15), "silent", 5),  # a weekly sender: 15 days are more than one and a half weeks
        ((15,), "fresh", 0),  # no habit yet, so only the contract counts
        ((TABLE.freshness_days,), "fresh", 0),
        ((TABLE.freshness_days + 3,), "expired", 3),
        ((), "never", 0),
    ],
)
def test_lateness_counts_from_the_contract_and_from_the_senders_habit(
    home: Path, days_before: tuple[int, ...], state: str, late: int
) -> None:
    rows = freshness(contracts(), sent(home, *days_before), wall(2026, 10, 31))
    # Other sources may send the same table, and have not yet.
    of_table = [row for row in rows if row.table == TABLE.name]
    row = next((row for row in of_table if row.batches), of_table[0])

    assert (row.state, row.days_late) == (state, late)


def test_a_reason_is_one_kind_whatever_values_it_quotes() -> None:
    assert kind_of_reason("“2026-02-30”不存在") == kind_of_reason("“2026-13-01”不存在") == "“…”不存在"
    assert kind_of_reason("“参保人数”为 -3，不得为负数") == kind_of_reason("“参保人数”为 -51，不得为负数")
