"""A full run over a small hub: repeatable, blind to the future, whole or not at all."""

from __future__ import annotations

import filecmp
import shutil
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lookout.hub.reading import CompanyFilter, NothingPublishedError, Reader
from lookout.hub.snapshots import current_run_id, list_runs, snapshot_folder
from lookout.kernel.clock import SHANGHAI, end_of_day
from lookout.kernel.errors import DataError, TransientError
from lookout.pipeline import rescore, run
from lookout.pipeline.locking import run_lock
from tests.hub.facts.test_facts import ALPHA, BETA, complaint, registry
from tests.hub.hubs import deliver, wall

FIRST, SECOND = date(2026, 9, 2), date(2026, 10, 2)
NAME = "广州众人通融资信息服务有限公司"
RESULTS = ("rating", "contribution", "label_hit", "listing", "rating_input", "previous")


def clock() -> datetime:
    return datetime(2026, 11, 1, tzinfo=SHANGHAI)


def complaints(prefix: str, count: int, on: date, **more: Any) -> list[dict[str, Any]]:
    return [complaint(f"{prefix}{number}", NAME, on, region="440106", **more) for number in range(count)]


def advertisement(number: str, percent: float, on: date) -> dict[str, Any]:
    return {
        "advertisement_id": number,
        "advertiser_name": NAME,
        "medium": "web",
        "title": "保本保息",
        "body": f"年化 {percent}%",
        "advertised_yield_percent": percent,
        "published_on": on,
    }


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two published runs; tests that change it work on a copy."""
    home = tmp_path_factory.mktemp("home")
    early, late = wall(2026, 9, 1), wall(2026, 10, 1)
    firms = [
        registry(ALPHA, NAME, organization_type="p2p_lending_platform"),
        registry(BETA, "温州乙有限公司"),
    ]
    deliver(home, "company", firms, early)
    deliver(home, "complaint_ticket", complaints("T", 12, date(2026, 8, 20)), early)
    deliver(home, "advertisement", [advertisement("A1", 20, date(2026, 8, 1))], early)
    run(home, end_of_day(FIRST), clock=clock)
    corrected = complaints("T", 3, date(2026, 8, 20), result="unfounded")
    deliver(home, "complaint_ticket", corrected + complaints("U", 22, date(2026, 9, 20)), late)
    run(home, end_of_day(SECOND), clock=clock)
    return home


@pytest.fixture
def home(two_runs: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(two_runs, tmp_path / "home"))


def same_results(one: Path, other: Path, names: Sequence[str] = RESULTS) -> bool:
    return all(filecmp.cmp(one / f"{n}.parquet", other / f"{n}.parquet", shallow=False) for n in names)


def test_only_monitored_companies_are_rated_and_the_funnel_shows_all(two_runs: Path) -> None:
    reader = Reader(two_runs)

    assert [row.identifier for row in reader.list_companies(CompanyFilter()).rows] == [ALPHA]
    assert reader.funnel() == [("全量", 2), ("目标", 1), ("重点", 1)]


def test_the_printed_contributions_add_up_to_the_score(two_runs: Path) -> None:
    dossier = Reader(two_runs).get_company(ALPHA, None)

    assert dossier is not None
    assert sum(line.points for line in dossier.contributions) == dossier.row.score


def test_the_causes_of_a_change_add_up_to_it(two_runs: Path) -> None:
    dossier = Reader(two_runs).get_company(ALPHA, None)

    assert dossier is not None
    assert dossier.change is not None
    parts = dossier.change.parts
    assert sum(parts.values()) == dossier.change.total != 0
    assert parts["new_facts"] > 0 > parts["corrections"]
    assert parts["catalogue"] == Decimal(0)


def test_every_number_opens_to_its_rows_with_file_batch_line_and_time(two_runs: Path) -> None:
    evidence = Reader(two_runs).evidence(ALPHA, "Y01", None)

    assert evidence is not None
    rows = [row for group in evidence.groups for row in group.rows]
    assert [(row.batch_no, row.line, row.values["advertised_yield_percent"]) for row in rows] == [
        (3, 2, 20.0)
    ]
    assert rows[0].file.endswith(".csv")
    assert rows[0].known_at == wall(2026, 9, 1)


def test_a_run_made_again_from_its_pins_is_the_same_bit_for_bit(home: Path) -> None:
    first = list_runs(home)[-1].run_id
    before = Path(shutil.copytree(snapshot_folder(home, first), home / "before"))
    deliver(home, "complaint_ticket", complaints("V", 30, date(2026, 8, 30)), wall(2026, 9, 1, 7))

    again = run(home, None, rerun_of=first, clock=clock)

    assert again.run_id == first
    assert same_results(before, snapshot_folder(home, first))


def test_nothing_learned_after_the_instant_changes_a_run(home: Path) -> None:
    first = list_runs(home)[-1]
    before = Path(shutil.copytree(snapshot_folder(home, first.run_id), home / "before"))
    future = wall(2026, 9, 20)
    case = {
        "case_no": "公1",
        "uscc": ALPHA,
        "company_name": NAME,
        "charge": "fundraising_fraud",
        "filed_on": SECOND,
    }
    deliver(home, "police_case", [case | {"filed_on": date(2026, 8, 30)}], future)
    deliver(home, "complaint_ticket", complaints("V", 30, date(2026, 8, 30)), future)

    again = run(home, end_of_day(FIRST), clock=clock)

    assert again.run_id == first.run_id
    assert same_results(before, snapshot_folder(home, first.run_id))


@pytest.mark.slow
def test_an_old_day_run_again_does_not_move_the_pointer_back(home: Path) -> None:
    current = current_run_id(home)

    run(home, end_of_day(FIRST - timedelta(days=1)), clock=clock)

    assert current_run_id(home) == current


def test_a_failed_run_leaves_the_last_one_standing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    current = current_run_id(home)
    monkeypatch.setattr(sys.modules["lookout.pipeline.results"], "put_words", _fail)

    with pytest.raises(OSError, match="disk full"):
        run(home, end_of_day(SECOND + timedelta(days=1)), clock=clock)

    assert current_run_id(home) == current
    assert Reader(home).get_company(ALPHA, None) is not None
    assert not list(home.glob("snapshots/.working-*"))


def test_a_damaged_fact_file_is_made_again_from_the_batches_by_the_next_run(home: Path) -> None:
    for file in home.glob("facts/complaint_ticket/*.parquet"):
        file.write_bytes(file.read_bytes()[:200])

    run(home, end_of_day(SECOND + timedelta(days=1)), clock=clock)

    assert Reader(home).get_company(ALPHA, None) is not None


def _fail(*_: object) -> None:
    raise OSError("disk full")


def test_a_day_that_has_not_come_is_refused(home: Path) -> None:
    with pytest.raises(DataError, match="在今天之后"):
        run(home, end_of_day(date(2027, 1, 1)), clock=clock)


def test_a_rerun_whose_run_before_is_gone_is_refused(home: Path) -> None:
    second, first = (record.run_id for record in list_runs(home))
    shutil.rmtree(snapshot_folder(home, first))

    with pytest.raises(DataError, match="已不再保留"):
        run(home, None, rerun_of=second, clock=clock)


def test_two_runs_at_once_are_refused(home: Path) -> None:
    with run_lock(home), pytest.raises(TransientError, match="正在进行"):
        run(home, end_of_day(SECOND), clock=clock)


@pytest.mark.slow
def test_only_the_last_runs_are_kept(home: Path) -> None:
    for days in range(1, 4):
        run(home, end_of_day(SECOND + timedelta(days=days)), clock=clock, keep=2)

    assert len(list_runs(home)) == 2


def test_without_data_there_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="lookout ingest"):
        run(tmp_path, end_of_day(FIRST), clock=clock)
    with pytest.raises(NothingPublishedError, match="lookout run"):
        Reader(tmp_path).list_companies(CompanyFilter())


def test_a_rescore_sees_new_batches_at_once_and_only_there(home: Path) -> None:
    before = Reader(home)
    assert before.list_companies(CompanyFilter(bands=("red",))).total == 0
    case = {
        "case_no": "公1",
        "uscc": ALPHA,
        "company_name": NAME,
        "charge": "fundraising_fraud",
        "filed_on": SECOND,
    }
    deliver(home, "police_case", [case], wall(2026, 10, 3))

    rescore(home, [ALPHA], as_of=datetime(2026, 10, 3, 12, tzinfo=SHANGHAI))

    red = before.list_companies(CompanyFilter(bands=("red",)))
    assert [(row.identifier, row.score) for row in red.rows] == [(ALPHA, Decimal("95.00"))]
    dossier = before.get_company(ALPHA, None)
    assert dossier is not None
    assert sum(line.points for line in dossier.contributions) == Decimal("95.00")
    assert before.count_by(CompanyFilter(), "band") == [("red", "红色", 1)]


def test_a_rescore_never_lowers_a_band(home: Path) -> None:
    band = Reader(home).list_companies(CompanyFilter()).rows[0].band
    withdrawn = complaints("T", 12, date(2026, 8, 20), state="duplicate")
    deliver(home, "complaint_ticket", withdrawn, wall(2026, 10, 3))

    rescore(home, [ALPHA], as_of=datetime(2026, 12, 30, 12, tzinfo=SHANGHAI))

    assert Reader(home).list_companies(CompanyFilter()).rows[0].band == band


def test_a_rescored_number_opens_to_the_rows_it_was_made_from(home: Path) -> None:
    deliver(home, "complaint_ticket", complaints("V", 9, date(2026, 10, 3)), wall(2026, 10, 3, 7))

    rescore(home, [ALPHA], as_of=datetime(2026, 10, 3, 12, tzinfo=SHANGHAI))

    evidence = Reader(home).evidence(ALPHA, "P01", None)
    assert evidence is not None
    assert evidence.value_text == f"{evidence.groups[0].total} 件"
    dossier = Reader(home).get_company(ALPHA, None)
    assert dossier is not None
    assert next(s.rows for s in dossier.sources if s.table == "complaint_ticket") > evidence.groups[0].total


@pytest.mark.slow
def test_a_second_rescore_never_lowers_what_the_first_raised(home: Path) -> None:
    case = {
        "case_no": "公1",
        "uscc": ALPHA,
        "company_name": NAME,
        "charge": "fundraising_fraud",
        "filed_on": SECOND,
    }
    deliver(home, "police_case", [case], wall(2026, 10, 3))
    rescore(home, [ALPHA], as_of=datetime(2026, 10, 3, 12, tzinfo=SHANGHAI))
    deliver(home, "police_case", [case | {"closed_on": date(2026, 10, 4)}], wall(2026, 10, 5))

    rescore(home, [ALPHA], as_of=datetime(2026, 10, 5, 12, tzinfo=SHANGHAI))

    row = Reader(home).list_companies(CompanyFilter()).rows[0]
    assert row.band == "red"
    assert (row.previous_band, row.change) == ("yellow", "raised")


def test_a_floor_opens_to_the_rows_of_its_condition(home: Path) -> None:
    case = {
        "case_no": "公1",
        "uscc": ALPHA,
        "company_name": NAME,
        "charge": "fundraising_fraud",
        "filed_on": SECOND,
    }
    deliver(home, "police_case", [case], wall(2026, 10, 3))
    rescore(home, [ALPHA], as_of=datetime(2026, 10, 3, 12, tzinfo=SHANGHAI))

    evidence = Reader(home).evidence(ALPHA, "F03", None)

    assert evidence is not None
    assert [row.values["case_no"] for group in evidence.groups for row in group.rows] == ["公1"]


def test_a_rescore_of_unknown_or_unmonitored_companies_says_so(home: Path) -> None:
    with pytest.raises(DataError, match="91440101MA5XXXXX00"):
        rescore(home, ["91440101MA5XXXXX00"], as_of=clock())
    with pytest.raises(DataError, match="不在监测范围"):
        rescore(home, [BETA], as_of=clock())
