"""Reading a published run: finding, filters that must exist, kept runs, one row that is the register's."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lookout.hub.landing import withdraw
from lookout.hub.reading import CompanyFilter, Reader, UnknownChoiceError
from lookout.hub.reading.batches import BatchIndex
from lookout.hub.reading.model import Contribution
from lookout.hub.reading.snapshot import Options, kept_snapshot
from lookout.hub.snapshots import current_run_id, snapshot_folder
from lookout.kernel.errors import DataError
from tests.hub.facts.test_facts import ALPHA
from tests.hub.hubs import wall
from tests.hub.reading.conftest import FORMER, OLD_CODE


@pytest.fixture(scope="module", params=[False, True], ids=["cold", "warm"])
def reader(home: Path, request: pytest.FixtureRequest) -> Reader:
    return Reader(home, warm=request.param)


@pytest.mark.parametrize(
    "typed",
    [
        "众人通",
        "众人通(集团)融资",  # half-width brackets
        "眾人通（集團）",  # traditional script
        "广州众人通集团融资信息服务有限责任公司",
        FORMER,
        "聚寶投資",
        ALPHA,
        ALPHA.lower(),
        ALPHA[:10],
        ALPHA[8:17],  # the older organisation code
        OLD_CODE,
        "GZZRT",
        "gzzrt",
    ],
)
def test_a_company_is_found_by_any_of_its_names_and_codes(reader: Reader, typed: str) -> None:
    assert [row.identifier for row in reader.find_companies(typed, None)] == [ALPHA]


def test_nothing_is_found_by_what_means_nothing(reader: Reader) -> None:
    assert reader.find_companies("%", ("4401",)) == reader.find_companies("不存在的公司", None) == []


def test_filters_that_name_nothing_are_errors_told_together(reader: Reader) -> None:
    asked = CompanyFilter(region="4499", organization_type="bank_x", change="gone", label="CAS99")

    with pytest.raises(UnknownChoiceError) as raised:
        reader.checked(asked)

    assert len(raised.value.problems) == 4
    assert "最接近的是 bank（银行业金融机构）" in str(raised.value)
    assert "opened（新增预警）" in str(raised.value)


def test_filters_take_any_case_and_chinese_names(reader: Reader) -> None:
    asked = CompanyFilter(bands=("红色",), region="天河区", change="新增预警", label="cas001")  # type: ignore[arg-type]  # typed by people

    found = reader.checked(asked)

    assert (found.bands, found.region, found.change, found.label) == (("red",), "440106", "opened", "CAS001")
    assert reader.checked_code("p01") == "P01"


def test_a_kept_run_is_read_as_it_was(home: Path) -> None:
    older = Reader(home).runs()[-1]
    reader = Reader(home, run_id=older.run_id)

    current = reader.current()
    assert current is not None
    assert current.run_id == older.run_id
    evidence = reader.evidence(ALPHA, "P01", None)
    assert evidence is not None
    assert [group.total for group in evidence.groups] == [3]


def test_a_run_that_is_not_kept_is_named_with_those_that_are(home: Path) -> None:
    with pytest.raises(DataError, match=r"没有保留运行“nope”.*20261002"):
        Reader(home, run_id="nope").list_companies(CompanyFilter())


def test_a_page_with_few_events_shows_the_newest_of_all(reader: Reader) -> None:
    few, all_ = (reader.get_company(ALPHA, None, events=events) for events in (1, 200))

    assert few is not None
    assert all_ is not None
    assert few.timeline == all_.timeline[:1]
    assert few.event_count == len(all_.timeline) == 4
    assert few.timeline[0].on == date(2026, 9, 20)


def test_a_page_that_has_enough_shows_the_newest_of_whole_days(reader: Reader) -> None:
    all_ = reader.get_company(ALPHA, None)
    few = reader.get_company(ALPHA, None, enough=lambda _events: True)

    assert few is not None
    assert all_ is not None
    assert few.timeline == all_.timeline[: len(few.timeline)]
    assert few.event_count == all_.event_count
    never = reader.get_company(ALPHA, None, enough=lambda _events: False)
    assert never is not None
    assert never.timeline == all_.timeline


def test_of_a_row_corrected_since_only_the_newest_version_is_shown(reader: Reader) -> None:
    shown = reader.table_rows(ALPHA, "complaint_ticket", None)
    page = reader.get_company(ALPHA, None)

    assert shown is not None
    assert page is not None
    days = {row.values["ticket_no"]: row.values["received_on"] for row in shown.rows}
    assert (days["T0"], len(days), len(shown.rows)) == (date(2026, 8, 21), 4, 4)
    assert sum(event.on == date(2026, 8, 21) for event in page.timeline) == 1


def test_the_history_has_a_point_for_every_kept_run(home: Path) -> None:
    cold, warm = (Reader(home, warm=is_warm).get_company(ALPHA, None) for is_warm in (False, True))

    assert cold is not None
    assert warm is not None
    assert warm.history == cold.history
    assert [as_of.date() for as_of, _score, _band in warm.history] == [date(2026, 9, 2), date(2026, 10, 2)]
    assert warm.history[-1][1:] == (warm.row.score, warm.row.band)
    assert warm.history[0][1] == warm.row.previous_score


def test_what_the_register_says_can_be_left_out(reader: Reader) -> None:
    short, whole = (reader.get_company(ALPHA, None, with_profile=asked) for asked in (False, True))

    assert short is not None
    assert whole is not None
    assert short.profile == {}
    assert whole.profile
    assert replace(short, profile=whole.profile) == whole


def test_a_page_asked_for_again_is_the_same_and_another_scope_has_its_own(reader: Reader) -> None:
    asked = CompanyFilter(scope=("44",))

    assert reader.list_companies(asked) == reader.list_companies(asked)
    assert reader.list_companies(CompanyFilter(scope=("33",))).rows == ()


def test_the_score_alone_equals_that_of_the_page(reader: Reader) -> None:
    found, dossier = reader.contributions(ALPHA, None), reader.get_company(ALPHA, None)

    assert dossier is not None
    assert found == (dossier.row, dossier.contributions)
    assert reader.contributions(ALPHA, ("33",)) is None


def test_what_was_not_observed_has_its_line_though_no_file_holds_it(home: Path, reader: Reader) -> None:
    found = reader.contributions(ALPHA, None)
    evidence = reader.evidence(ALPHA, "P01", None)

    assert found is not None
    assert evidence is not None
    lines = {line.code: line for line in found[1] if line.part == "indicator"}
    assert lines["P01"].state == "observed"
    silent = [line for line in lines.values() if line.state in ("missing", "monitored_zero")]
    assert {line.points for line in silent} == {Decimal(0)}
    assert {line.state: line.value for line in silent} == {"missing": None, "monitored_zero": 0.0}
    file = snapshot_folder(home, current_run_id(home) or "") / "contribution.parquet"
    assert not {line.code for line in silent} & set(pq.read_table(file)["code"].to_pylist())


def test_a_run_whose_file_has_every_line_is_read_like_one_that_leaves_them_out(
    home: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    run_id = current_run_id(home) or ""
    folder = snapshot_folder(copy, run_id)
    every_line = kept_snapshot(home, run_id, Options()).store.query(
        "SELECT * FROM contribution ORDER BY company_key"
    )
    pq.write_table(every_line, folder / "contribution.parquet")
    (folder / "silent_line.parquet").unlink()

    new, old = (Reader(one).contributions(ALPHA, None) for one in (home, copy))

    assert new is not None
    assert old is not None
    assert sorted(map(repr, new[1])) == sorted(map(repr, old[1]))
    asked = CompanyFilter(), ("P01", lines_of(new[1], "monitored_zero")[0], lines_of(new[1], "missing")[0])
    assert Reader(home).exposures(*asked, above=-1) == Reader(copy).exposures(*asked, above=-1)


def lines_of(lines: tuple[Contribution, ...], state: str) -> list[str]:
    return [line.code for line in lines if line.state == state]


def test_a_batch_is_read_again_only_when_it_was_withdrawn(home: Path, tmp_path: Path) -> None:
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    index = BatchIndex(copy)
    first, state = index.all(), index.state()
    assert index.all()[2] is first[2]

    withdraw(copy, 2, at=wall(2026, 10, 5), by="陈岚", reason="发错文件")

    assert index.all()[2].withdrawn_at == wall(2026, 10, 5)
    assert index.all()[1] is first[1]
    assert index.state() != state


def test_what_a_batch_changed_is_counted_inside_the_scope(reader: Reader) -> None:
    effect = reader.batch_effects(3, None)[0]

    assert (effect.what, effect.touched) == ("arrived", 1)
    assert reader.batch_effects(3, ("33",))[0].touched == 0
    assert reader.batch_effects(1, None) == []  # in every kept run, so that nothing can be compared


def test_districts_and_cities_add_up_to_the_list_and_each_is_its_own_list(reader: Reader) -> None:
    total = reader.list_companies(CompanyFilter(), limit=1).total
    cities = reader.count_by(CompanyFilter(), "region")
    districts = reader.count_by(CompanyFilter(), "district")

    assert sum(count for _code, _name, count in cities) == total > 0
    assert sum(count for _code, _name, count in districts) == total
    for code, name, count in districts:
        if not code.endswith("00"):
            assert reader.list_companies(CompanyFilter(region=code), limit=1).total == count
        else:
            no_nearer = CompanyFilter(region=code, no_nearer=True)
            assert reader.list_companies(no_nearer, limit=1).total == count
            assert not name.startswith("广东省")
