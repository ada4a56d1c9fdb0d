"""Every measure behind the rating runs on the store, and on facts says what its indicator means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from lookout.contracts.constants import constants_at
from lookout.engine.measures import compile_pass, in_dialect, shipped_schema
from lookout.engine.scoring import RatingCatalogue
from tests.hub.marts.small_store import SmallStore

DAY = date(2026, 10, 31)


@pytest.fixture(scope="module")
def shared_store() -> Iterator[SmallStore]:
    made = SmallStore()
    yield made
    made.connection.close()


@pytest.fixture
def small_store(shared_store: SmallStore) -> Iterator[SmallStore]:
    """Sixty empty tables take a while to make; each test takes back what it put in."""
    shared_store.connection.begin()
    yield shared_store
    shared_store.connection.rollback()


@pytest.fixture(scope="module")
def passes(catalogue: RatingCatalogue) -> dict[str, str]:
    """One compiled pass per contract table and mart."""
    by_table: dict[str, dict[str, Any]] = {}
    for column, source in catalogue.sources.items():
        if source.measure is not None:
            by_table.setdefault(source.measure.table, {})[column] = source.measure
    options = {"as_of_day": DAY, "constants": constants_at(DAY), "schema": shipped_schema()}
    return {table: compile_pass(table, measures, **options) for table, measures in by_table.items()}


Facts = dict[str, list[dict[str, Any]]]


def measured(store: SmallStore, sql: str, column: str, facts: Facts) -> float | None:
    """Put facts of company 1 into the store and return one input column of it."""
    for table, rows in facts.items():
        store.put(table, *rows)
    answer = store.connection.execute(sql)
    names = [column[0] for column in answer.description]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    return rows[0][f"{column}__value"] if rows else None


def test_every_pass_runs_on_an_empty_store_and_reads_as_spark(passes: dict[str, str]) -> None:
    store = SmallStore()
    for table, sql in passes.items():
        if shipped_schema()[table].is_mart:
            store.make(table)
        assert store.connection.execute(sql).fetchall() == []
        assert in_dialect(sql, "spark").startswith(("SELECT", "WITH"))


NEGATIVE = {"sentiment": "negative", "published_on": date(2026, 10, 1)}
OVERDUE = {**NEGATIVE, "event_type": "overdue"}
CANNOT_WITHDRAW = {
    "tags": "无法提现",
    "received_on": date(2026, 10, 1),
    "complaint_type": "illegal_fundraising",
}


@pytest.mark.parametrize(
    ("column", "facts", "value"),
    [
        (
            "Y01__1",
            {"advertisement": [{"advertised_yield_percent": 18, "published_on": date(2026, 9, 1)}]},
            18,
        ),
        (
            "Y01__1",
            {"advertisement": [{"advertised_yield_percent": 18, "published_on": date(2026, 1, 1)}]},
            None,
        ),
        (
            "Y04__1",
            {"advertisement": [{"advertisement_id": "1", "body": "保本保息", "published_on": DAY}]},
            1,
        ),
        (
            "Y04__1",
            {"advertisement": [{"advertisement_id": "1", "body": "本产品不保本", "published_on": DAY}]},
            0,
        ),
        (
            "Y06__3",
            {
                "offsite_product": [
                    {"annual_yield_percent": 12, "tenor_days": 30, "issued_on": date(2026, 1, 1)},
                    {"annual_yield_percent": 9, "tenor_days": 365, "issued_on": date(2026, 1, 1)},
                ]
            },
            1,
        ),
        (
            "C03__2",
            {"complaint_ticket": [{"region": r, "received_on": DAY} for r in ("440103", "440106", "440305")]},
            2,
        ),
        ("H01__1", {"opinion_post": [{**OVERDUE, "media_name": "甲报"}]}, None),
        ("H01__1", {"opinion_post": [{**OVERDUE, "media_name": m} for m in ("甲报", "乙网")]}, 2),
        ("H01__1", {"opinion_post": [{**OVERDUE, "media_name": "甲报", "media_tier": 1}]}, 2),
        ("H01__2", {"complaint_ticket": [{**CANNOT_WITHDRAW, "reporter": "a"}]}, None),
        ("H01__2", {"complaint_ticket": [{**CANNOT_WITHDRAW, "reporter": r} for r in "ab"]}, 2),
        ("H01__3", {"offsite_statement": [{"redemption_status": "stopped", "period": date(2026, 9, 1)}]}, 3),
        ("H05__1", {"police_case": [{"charge": "fraud", "filed_on": date(2026, 1, 1)}]}, 100),
        (
            "H05__1",
            {
                "police_case": [
                    {"charge": "fraud", "filed_on": date(2026, 1, 1), "closed_on": date(2026, 5, 1)}
                ]
            },
            0,
        ),
        (
            "H05__6",
            {
                "justice_case": [
                    {"role": "defendant", "case_type": "civil", "filed_on": DAY} for _ in range(9)
                ]
            },
            60,
        ),
        (
            "H06__1",
            {
                "administrative_penalty": [
                    {"penalty_type": "fine", "domain": "financial", "decided_on": DAY},
                    {"penalty_type": "fine", "domain": "market", "decided_on": date(2025, 1, 1)},
                ]
            },
            1.25,
        ),
        (
            "H07__1",
            {
                "administrative_licence": [
                    {
                        "licence_type": "financial",
                        "state": "valid",
                        "valid_from": date(2020, 1, 1),
                        "valid_to": DAY,
                    }
                ]
            },
            0,
        ),
        (
            "H07__1",
            {
                "administrative_licence": [
                    {"licence_type": "financial", "state": "revoked", "valid_from": DAY}
                ]
            },
            1,
        ),
        ("H11__1", {"company_listing": [{"kind": "none_listed", "since": DAY}]}, 1),
        ("H11__2", {"company_listing": [{"kind": "association", "since": DAY}]}, 0),
        (
            "K01__1",
            {"opinion_post": [{**NEGATIVE, "event_cluster": c, "attribution": 0.6} for c in "aab"]},
            2,
        ),
        ("K01__1", {"opinion_post": [{**NEGATIVE, "event_cluster": "a", "attribution": 0.59}]}, 0),
        ("K03__1", {"opinion_post": [{**NEGATIVE, "published_on": DAY} for _ in range(4)]}, 4),
        ("K09__3", {"company_change": [{"item": "legal_representative", "changed_on": DAY}]}, 1.5),
        ("P01__1", {"complaint_ticket": [{"reporter": r, "received_on": DAY} for r in "aab"]}, 2),
        ("P01__1", {"complaint_ticket": [{"reporter": "a", "result": "unfounded", "received_on": DAY}]}, 0),
        (
            "P03__1",
            {"complaint_ticket": [{**CANNOT_WITHDRAW}, *[{**CANNOT_WITHDRAW, "complaint_type": "loan"}] * 3]},
            0.25,
        ),
        ("P06__1", {"opinion_post": [{"review_score": 2.0, "published_on": DAY}] * 19}, None),
        ("P06__1", {"opinion_post": [{"review_score": 2.0, "published_on": DAY}] * 20}, 2),
        (
            "mass_events_30d",
            {"complaint_ticket": [{"persons": 30, "channel": "petition", "received_on": DAY}]},
            1,
        ),
        ("national_high_clues", {"national_clue": [{"level": "high", "pushed_on": DAY}]}, 1),
    ],
)
def test_an_input_measures_what_its_indicator_says(
    small_store: SmallStore,
    catalogue: RatingCatalogue,
    passes: dict[str, str],
    column: str,
    facts: Facts,
    value: float | None,
) -> None:
    measure = catalogue.sources[column].measure
    assert measure is not None

    found = measured(small_store, passes[measure.table], column, facts)

    assert found == (None if value is None else pytest.approx(value))
