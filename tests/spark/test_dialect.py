"""What DuckDB's SQL becomes in Spark's words, where a plain translation would change the answer."""

from __future__ import annotations

import pytest

from lookout.hub.store.spark_dialect import to_spark


@pytest.mark.parametrize(
    ("rule", "duckdb", "spark"),
    [
        ("division is one of doubles", "SELECT a / b", "SELECT (CAST(a AS DOUBLE) / CAST(b AS DOUBLE))"),
        (
            "a decimal's average is its exact sum over its count",
            "SELECT avg(a) FROM t",
            "SELECT (CAST(SUM(a) AS DOUBLE) / CAST(NULLIF(COUNT(a), 0) AS DOUBLE)) FROM t",
        ),
        (
            "so is one of some rows",
            "SELECT avg(a) FILTER (WHERE b) FROM t",
            "SELECT (CAST(SUM(a) FILTER(WHERE b) AS DOUBLE) / "
            "CAST(NULLIF(COUNT(a) FILTER(WHERE b), 0) AS DOUBLE)) FROM t",
        ),
        (
            "so is one over a window",
            "SELECT avg(a) OVER (PARTITION BY b) FROM t",
            "SELECT (CAST(SUM(a) OVER (PARTITION BY b) AS DOUBLE) / "
            "CAST(NULLIF(COUNT(a) OVER (PARTITION BY b), 0) AS DOUBLE)) FROM t",
        ),
        (
            "doubles are rounded by scaling, halves away from zero",
            "SELECT round(a, 6)",
            "SELECT (ROUND(CAST(a AS DOUBLE) * 1E6) / 1E6)",
        ),
        (
            "decimals are rounded as decimals",
            "SELECT round(CAST(a AS DECIMAL(18, 4)), 2)",
            "SELECT ROUND(CAST(a AS DECIMAL(18, 4)), 2)",
        ),
        (
            "NULL parts of concat are skipped",
            "SELECT concat(a, b)",
            "SELECT CONCAT(COALESCE(a, ''), COALESCE(b, ''))",
        ),
        ("whole division stays whole", "SELECT a // b", "SELECT a DIV b"),
        (
            "an interpolated quantile is exact",
            "SELECT quantile_cont(a, 0.9) FROM t",
            "SELECT PERCENTILE(a, 0.9) FROM t",
        ),
        ("a median too", "SELECT median(a) FROM t", "SELECT PERCENTILE(a, 0.5) FROM t"),
        ("NULL sorts last", "SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a NULLS LAST"),
        (
            "an instant is wall time",
            "SELECT TIMESTAMP '2026-01-01 08:00:00'",
            "SELECT CAST('2026-01-01 08:00:00' AS TIMESTAMP_NTZ)",
        ),
        (
            "a pattern keeps its escapes",
            "SELECT regexp_matches(a, 'x\\-y|z')",
            "SELECT a RLIKE 'x\\\\-y|z'",
        ),
        (
            "all matches are replaced",
            "SELECT regexp_replace(a, '[ ]', '', 'g')",
            "SELECT REGEXP_REPLACE(a, '[ ]', '')",
        ),
        ("columns may be left out", "SELECT t.* EXCLUDE (a) FROM t", "SELECT t.* EXCEPT (a) FROM t"),
        ("sums of 128 bits keep 38 digits", "SELECT CAST(a AS HUGEINT)", "SELECT CAST(a AS DECIMAL(38, 0))"),
    ],
)
def test_the_meaning_survives(rule: str, duckdb: str, spark: str) -> None:
    assert to_spark(duckdb) == spark, rule


def test_an_average_inside_a_sum_of_terms_is_replaced_in_its_place() -> None:
    text = to_spark("SELECT avg(a) + 1.645 * stddev_samp(a) FROM t")

    assert "AVG(" not in text
    assert text.endswith("+ 1.645 * STDDEV_SAMP(a) FROM t")


def test_an_order_is_dropped_only_where_it_does_not_choose_the_rows() -> None:
    assert "ORDER BY" not in to_spark("SELECT a FROM t ORDER BY a", keeps_order=False)
    assert "ORDER BY" in to_spark("SELECT a FROM t ORDER BY a")
    assert "ORDER BY" in to_spark("SELECT a FROM t ORDER BY a LIMIT 1", keeps_order=False)
    assert "ORDER BY" in to_spark(
        "SELECT row_number() OVER (ORDER BY a) AS n FROM t ORDER BY n", keeps_order=False
    )
