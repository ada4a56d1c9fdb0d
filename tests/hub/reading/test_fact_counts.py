"""Counting facts: what was seen at the run, of whom the reader may know, and of columns that may be told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lookout.hub.reading import CompanyFilter, FactQuestion, Reader
from lookout.kernel.errors import DataError
from tests.hub.facts.test_facts import ALPHA

TICKETS = "complaint_ticket"


@pytest.fixture(scope="module")
def reader(home: Path) -> Reader:
    return Reader(home)


def test_rows_are_counted_once_by_column_by_company_and_by_month(reader: Reader) -> None:
    whole = reader.count_facts(FactQuestion(TICKETS))
    by_month = reader.count_facts(FactQuestion(TICKETS, by=("month",)))
    by_company = reader.count_facts(FactQuestion(TICKETS, by=("company", "company_district")))

    assert [(line.rows, line.companies) for line in whole] == [(4, 1)]
    assert [(line.keys, line.rows) for line in by_month] == [(("2026-08",), 3), (("2026-09",), 1)]
    assert [(line.keys, line.rows) for line in by_company] == [((ALPHA, "440106"), 4)]


def test_days_and_values_narrow(reader: Reader) -> None:
    september = FactQuestion(TICKETS, start=date(2026, 9, 1), end=date(2026, 9, 30))
    other = FactQuestion(TICKETS, where=(("complaint_type", ("loan",)),))
    nothing = FactQuestion(TICKETS, where=(("complaint_type", ()),))

    assert reader.count_facts(september)[0].rows == 1
    assert reader.count_facts(other)[0].rows == 0
    assert reader.count_facts(nothing)[0].rows == 0
    assert reader.count_facts(FactQuestion(TICKETS, present=("closed_on",)))[0].rows == 0


def test_an_earlier_run_sees_what_was_known_then(home: Path) -> None:
    first = Reader(home).runs()[-1].run_id

    assert Reader(home, run_id=first).count_facts(FactQuestion(TICKETS))[0].rows == 3


@pytest.mark.parametrize(
    ("scope", "rows"), [(("4401",), 4), (("440106",), 4), (("4403",), 0), ((), 0), (("",), 0)]
)
def test_a_scope_counts_only_its_companies(scope: tuple[str, ...], rows: int, reader: Reader) -> None:
    assert reader.count_facts(FactQuestion(TICKETS, scope=scope))[0].rows == rows


def test_a_table_without_facts_counts_nothing(reader: Reader) -> None:
    counted = reader.count_facts(FactQuestion("opinion_post", sums=("reads",)))

    assert [(line.rows, line.sums["reads"]) for line in counted] == [(0, None)]
    assert reader.count_facts(FactQuestion("opinion_post", by=("sentiment",))) == []


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (FactQuestion("nowhere"), "没有名为“nowhere”的表"),
        (FactQuestion(TICKETS, by=("1; DROP TABLE listing",)), "没有“1; DROP TABLE listing”这一列"),
        (FactQuestion(TICKETS, by=("reporter", "content")), "不能用于统计"),
        (FactQuestion(TICKETS, distinct=("reporter",)), "不能用于统计"),
        (FactQuestion("company_shareholder", where=(("shareholder_name", ("王",)),)), "不能用于统计"),
    ],
)
def test_what_is_not_for_lists_is_refused(question: FactQuestion, said: str, reader: Reader) -> None:
    with pytest.raises(DataError, match=said):
        reader.count_facts(question)


def test_companies_above_a_score_come_with_the_values_asked_for(reader: Reader) -> None:
    everybody = reader.exposures(CompanyFilter(), ("P01",), above=-1)

    assert ALPHA in {one.identifier for one in everybody}
    for one in everybody:
        assert set(one.values) == {"P01"}
    assert reader.exposures(CompanyFilter(), (), above=100) == ()
    assert reader.exposures(CompanyFilter(scope=("4403",)), (), above=-1) == ()
