"""Population values: the industry index and what size alone explains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pytest
import sqlglot

from lookout.engine.scoring import RatingCatalogue, expected_sql, industry_index_sql, size_adjusted_codes
from lookout.hub.store import DuckDBStore, Store


@pytest.fixture
def store() -> Iterator[Store]:
    found = DuckDBStore(threads=1)
    yield found
    found.close()


def companies(**counts: int) -> pa.Table:
    types = [name for name, count in counts.items() for _ in range(count)]
    keys = pa.array(range(len(types)), pa.int32())
    return pa.table({"company_key": keys, "organization_type": types})


def outcomes(*rows: tuple[int | None, str, date]) -> pa.Table:
    keys, results, days = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    return pa.table(
        {
            "company_key": pa.array(keys, pa.int32()),
            "outcome": pa.array(results, pa.string()),
            "closed_on": pa.array(days, pa.date32()),
        }
    )


def index(
    store: Store, catalogue: RatingCatalogue, firms: pa.Table, closed: pa.Table
) -> dict[str, tuple[float, float]]:
    store.put("firms", firms)
    store.put("closed", closed)
    sql = industry_index_sql(catalogue, companies="firms", outcomes="closed", as_of_sql="DATE '2026-10-31'")
    rows = store.query(sql).to_pylist()
    return {row["organization_type"]: (row["industry_index"], row["prior"]) for row in rows}


RECENT = date(2026, 6, 1)


def test_the_index_is_drawn_to_the_overall_rate_by_fifty_companies(
    store: Store, catalogue: RatingCatalogue
) -> None:
    found = index(
        store,
        catalogue,
        companies(p2p=50, general=950),
        outcomes((0, "transferred", RECENT), (1, "case_filed", RECENT)),
    )

    # overall 2/1000; p2p (2 + 50·0.002)/100 = 0.021, that is 10.5 times; general 0.1/1000 of 0.002, 0.05 times
    assert found["p2p"][0] == pytest.approx(100 * (1 - 2**-10.5), abs=1e-5)
    assert found["general"][0] == pytest.approx(100 * (1 - 2**-0.05), abs=1e-5)


def test_the_prior_never_makes_a_yellow(store: Store, catalogue: RatingCatalogue) -> None:
    found = index(store, catalogue, companies(p2p=50, general=950), outcomes((0, "transferred", RECENT)))

    assert found["p2p"][1] == 39
    assert found["general"][1] == 10


def test_while_nothing_is_confirmed_every_type_is_average(store: Store, catalogue: RatingCatalogue) -> None:
    assert index(store, catalogue, companies(p2p=3, bank=1), outcomes()) == {
        "p2p": (50, 39),
        "bank": (50, 39),
    }


@pytest.mark.parametrize(
    "row",
    [
        (0, "excluded", RECENT),
        (0, "transferred", date(2024, 10, 31)),  # 24 months ago to the day is outside
        (0, "transferred", date(2026, 11, 1)),  # after as_of
        (None, "transferred", RECENT),  # not resolved to a company
    ],
)
def test_only_confirmed_outcomes_of_the_last_24_months_count(
    store: Store, catalogue: RatingCatalogue, row: tuple[int | None, str, date]
) -> None:
    assert index(store, catalogue, companies(p2p=3), outcomes(row))["p2p"][0] == 50


def test_a_company_counts_once(store: Store, catalogue: RatingCatalogue) -> None:
    twice = outcomes((0, "transferred", RECENT), (0, "administrative", RECENT))
    once = outcomes((0, "transferred", RECENT))
    firms = companies(p2p=50, general=950)

    assert index(store, catalogue, firms, twice) == index(store, catalogue, firms, once)


def expected(
    store: Store, catalogue: RatingCatalogue, rows: list[tuple[str, str | None, float | None]]
) -> list[float | None]:
    types, bands, values = zip(*rows, strict=True)
    inputs = {
        "company_key": pa.array(range(len(rows)), pa.int32()),
        "organization_type": pa.array(types),
        "size_band": pa.array(bands, pa.string()),
        "K01__1": pa.array(values, pa.float64()),
    }
    store.put("inputs", pa.table(inputs))
    found = store.query(expected_sql("K01", catalogue, inputs="inputs")).to_pylist()
    by_key = {row["company_key"]: row["expected_K01"] for row in found}
    return [by_key.get(key) for key in range(len(rows))]


def test_peers_of_the_same_type_and_size_set_the_expectation(
    store: Store, catalogue: RatingCatalogue
) -> None:
    banks = [("bank", "large", float(n)) for n in range(21)]
    shops = [("general", "large", 0.0) for _ in range(40)]

    found = expected(store, catalogue, banks + shops)

    assert found[:21] == [10.0] * 21
    assert found[21:] == [0.0] * 40


def test_an_even_number_of_peers_takes_the_middle_of_two(store: Store, catalogue: RatingCatalogue) -> None:
    assert expected(store, catalogue, [("bank", "large", float(n)) for n in range(20)])[0] == 9.5


def test_with_few_peers_the_size_band_of_all_types_is_asked(store: Store, catalogue: RatingCatalogue) -> None:
    rows = [("bank", "large", 9.0), *[("general", "large", 2.0) for _ in range(30)]]

    assert expected(store, catalogue, rows)[0] == 2.0


def test_silence_counts_as_zero_and_an_unknown_size_expects_nothing(
    store: Store, catalogue: RatingCatalogue
) -> None:
    rows = [
        *[("bank", "large", None) for _ in range(19)],
        *[("bank", "large", 5.0) for _ in range(2)],
        ("bank", None, 90.0),
    ]

    assert expected(store, catalogue, rows)[0] == 0.0
    assert expected(store, catalogue, rows)[-1] is None


def test_every_size_adjusted_indicator_has_its_sql_in_both_dialects(catalogue: RatingCatalogue) -> None:
    codes = size_adjusted_codes(catalogue)

    assert codes == ("C05", "C07", "K01", "P01")
    for code in codes:
        text = sqlglot.transpile(expected_sql(code, catalogue, inputs="inputs"), "duckdb", "spark")[0]
        assert "quantile" not in text.lower()
