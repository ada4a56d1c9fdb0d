"""What must hold for every company: bounded, monotone, additive, and indifferent to order and batches."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.contracts.constants import constants_at
from lookout.engine.scoring import Rated, input_schema, rate, rating, rating_catalogue, silent_lines
from tests.engine.scoring.conftest import DAY, table_of

CATALOGUE = rating_catalogue()
PROFILES = tuple(CATALOGUE.profiles)
TYPES = ("general", "p2p_lending_platform", "bank", "private_fund")
BANDS = (None, "grey", "normal", "yellow", "orange", "red")


def random_companies(seed: int, rows: int, lowest: float = -5.0) -> pa.Table:
    """Make companies of every kind: any input may be missing, small, large or absurd."""
    rng = np.random.default_rng(seed)
    columns = []
    for field in input_schema(CATALOGUE):
        if field.name == "company_key":
            column = pa.array(rng.permutation(rows).astype(np.int32))
        elif field.name in ("organization_type", "previous_band"):
            column = pa.array(
                rng.choice(np.array(TYPES if field.name == "organization_type" else BANDS), rows)
            )
        elif field.type == pa.string():
            column = pa.nulls(rows, pa.string())
        elif field.type == pa.bool_():
            column = pa.array(rng.random(rows) < 0.6, mask=rng.random(rows) < 0.1)
        elif field.type == pa.int32():
            column = pa.array(rng.integers(0, 2, rows).astype(np.int32))
        elif field.name == "prior":
            column = pa.array(rng.uniform(10, 39, rows))
        else:
            values = rng.choice([0.1, 1.0, 30.0, 1e4, lowest], rows) * rng.gamma(1, 1, rows)
            column = pa.array(values, mask=rng.random(rows) < 0.75)
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=input_schema(CATALOGUE))


def rated(inputs: pa.Table, profile: str = "default", **more: Any) -> Rated:
    return rate(
        inputs, catalogue=CATALOGUE, profile=CATALOGUE.profiles[profile], constants=constants_at(DAY), **more
    )


@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_contributions_add_up_exactly_to_the_printed_score(profile: str, seed: int) -> None:
    found = rated(random_companies(seed, 40), profile)

    sums: dict[int, Decimal] = {}
    for line in found.contribution.select(["company_key", "points"]).to_pylist():
        sums[line["company_key"]] = sums.get(line["company_key"], Decimal(0)) + line["points"]
    assert {row["company_key"]: row["score"] for row in found.rating.to_pylist()} == sums


@pytest.mark.parametrize("profile", PROFILES)
def test_the_states_tell_exactly_the_lines_that_are_left_out(profile: str) -> None:
    inputs = random_companies(5, 40)
    said, everything = rated(inputs, profile), rated(inputs, profile, all_lines=True)

    template = silent_lines(CATALOGUE.profiles[profile], CATALOGUE).to_pylist()
    silent = [
        {"company_key": row["company_key"], "part": "indicator", "points": Decimal(0)}
        | {name: one[name] for name in ("code", "dimension", "value", "sub_score", "state")}
        for row in said.rating.to_pylist()
        for one in template
        if row["states"][one["place"] - 1] == one["letter"]
    ]

    assert said.rating.equals(everything.rating)
    assert {line["state"] for line in silent} == {"missing", "monitored_zero", "not_applicable"}
    told = [*said.contribution.to_pylist(), *silent]
    assert sorted(told, key=_by_line) == sorted(everything.contribution.to_pylist(), key=_by_line)


def _by_line(line: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(line[name]) for name in ("company_key", "part", "code", "dimension"))


@pytest.mark.parametrize("profile", PROFILES)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_scores_and_coverages_are_bounded(profile: str, seed: int) -> None:
    for row in rated(random_companies(seed, 40), profile).rating.to_pylist():
        assert 0 <= row["score"] <= 100
        for name, value in row.items():
            if name.endswith("_score"):
                assert 0 <= value <= 100
            if name.endswith("coverage"):
                assert 0 <= value <= 1


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_rows_is_irrelevant(seed: int) -> None:
    inputs = random_companies(seed, 60)
    shuffled = inputs.take(np.random.default_rng(seed).permutation(60))

    straight, mixed = rated(inputs), rated(shuffled)

    assert straight.rating.sort_by("company_key").equals(mixed.rating.sort_by("company_key"))
    by = [("company_key", "ascending")]
    assert straight.contribution.sort_by(by).to_pylist() == mixed.contribution.sort_by(by).to_pylist()


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 59))
def test_the_cut_into_batches_is_irrelevant_bit_for_bit(seed: int, cut: int) -> None:
    inputs = random_companies(seed, 60)
    whole = rated(inputs)
    parts = [rated(inputs.slice(0, cut)), rated(inputs.slice(cut))]

    assert whole.rating.equals(pa.concat_tables([part.rating for part in parts]))
    joined = pa.concat_tables([part.contribution for part in parts])
    assert whole.contribution.to_pylist() == joined.to_pylist()


def test_one_company_alone_is_rated_as_among_many(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = random_companies(7, 60)
    whole = rated(inputs)
    monkeypatch.setattr(rating, "_SLICE", 7)

    assert whole.rating.equals(rated(inputs).rating.combine_chunks())
    assert whole.rating.slice(23, 1).to_pylist() == rated(inputs.slice(23, 1)).rating.to_pylist()


# Inputs that are also a denominator somewhere have no single direction.
_DENOMINATORS = {"C01__1", "C04__1"}
_DIRECTIONS = {
    source.column: 1.0 if indicator.curve.rising else -1.0
    for indicator in CATALOGUE.indicators.values()
    for source in indicator.inputs
    if source.column not in _DENOMINATORS and indicator.form.combine != "min"
}


def test_a_worse_value_of_any_input_never_lowers_the_score() -> None:
    rows = 40
    inputs = random_companies(11, rows, lowest=0.0)
    known = np.random.default_rng(3).gamma(1, 8, rows)

    def with_value(column: str, values: Any) -> pa.Table:
        return inputs.set_column(inputs.column_names.index(column), column, pa.array(values))

    milder = pa.concat_tables([with_value(column, known) for column in _DIRECTIONS])
    worse = pa.concat_tables([with_value(column, known + 3 * sign) for column, sign in _DIRECTIONS.items()])
    before, after = (rated(table).rating["score"].to_pylist() for table in (milder, worse))

    fallen = [number for number, (a, b) in enumerate(zip(after, before, strict=True)) if a < b]
    assert [list(_DIRECTIONS)[number // rows] for number in fallen] == []


def test_no_data_never_makes_a_warning() -> None:
    priors = [
        {"prior": prior, "Y08__1": index} for prior in (10.0, 20.0, 39.0) for index in (0.0, 50.0, 100.0)
    ]

    bands = rated(table_of(priors, CATALOGUE)).rating["band"].to_pylist()

    assert set(bands) == {"grey"}


def test_nobody_in_nobody_out() -> None:
    found = rated(random_companies(1, 10).slice(0, 0))

    assert (found.rating.num_rows, found.contribution.num_rows) == (0, 0)
    assert found.rating.schema.equals(rated(random_companies(1, 1)).rating.schema)
