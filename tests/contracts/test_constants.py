"""Constants hold from their day, and each says where it comes from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lookout.contracts.constants import constants, constants_at, load_constants
from lookout.kernel.errors import CatalogueError


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2019, 8, 19), "4.35"),
        (date(2019, 8, 20), "4.25"),
        (date(2025, 5, 19), "3.10"),
        (date(2025, 5, 20), "3.00"),
    ],
)
def test_the_benchmark_rate_is_that_of_the_day(day, rate):
    assert constants_at(day)["BENCHMARK_RATE"] == Decimal(rate)


def test_a_constant_has_no_value_before_its_first_day():
    assert "LPR1Y" not in constants_at(date(2015, 1, 1))


def test_every_constant_names_its_source():
    for name, entry in constants().entries.items():
        assert entry.source.strip(), name
        assert entry.zh.strip(), name


def test_all_mistakes_of_a_file_are_reported_together(tmp_path):
    file = tmp_path / "constants.yaml"
    file.write_text(
        """
constants:
  lower: {kind: terms, zh: 词, source: 某令, terms: [a]}
  JUMBLED:
    kind: series
    zh: 数
    source: 某令
    values: [{from: 2020-01-01, value: "1"}, {from: 2019-01-01, value: "2"}]
  ORPHAN:
    kind: series
    zh: 数
    source: 某令
    continues_as: NOWHERE
    values: [{from: 2020-01-01, value: "1"}]
  SOURCELESS: {kind: terms, zh: 词, terms: [a]}
""",
        "utf-8",
    )

    with pytest.raises(CatalogueError) as caught:
        load_constants(file)

    places = {problem.where.split(":")[1].split(".")[0] for problem in caught.value.problems}
    assert places == {"lower", "JUMBLED", "ORPHAN", "SOURCELESS"}
