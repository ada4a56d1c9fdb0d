"""Expressions of the catalogue mean what they mean in SQL."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lookout.engine.scoring.expression import ExpressionError, parse_expression

NAMES = {"a": 3.0, "b": 0.0, "unknown": math.nan}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a - 1.5", 1.5),
        ("-a + 4 * (a - 1)", 5.0),
        ("a / b", math.nan),
        ("greatest(unknown, a, 2)", 3.0),
        ("least(a, b)", 0.0),
        ("coalesce(unknown, 7)", 7.0),
        ("a >= 3 AND b = 0", 1.0),
        ("a > 3 OR b <> 0", 0.0),
        ("NOT a > 3", 1.0),
        ("unknown > 1", math.nan),
        ("unknown > 1 AND b = 1", 0.0),
        ("unknown > 1 OR b = 0", 1.0),
        ("unknown IS NULL AND a IS NOT NULL", 1.0),
        ("CASE WHEN b > 0 THEN 1 WHEN a > 0 THEN 2 END", 2.0),
        ("CASE WHEN b > 0 THEN 1 END", math.nan),
        ("CASE WHEN unknown > 0 THEN 1 ELSE 5 END", 5.0),
    ],
)
def test_an_expression_means_what_it_means_in_sql(text: str, value: float) -> None:
    found = parse_expression(text, NAMES)(lambda name: np.array([NAMES[name]]))

    assert np.array_equal(np.atleast_1d(found), np.array([value]), equal_nan=True)


@pytest.mark.parametrize(
    "text",
    [
        "a +",
        "c > 1",
        "exp(a)",
        "a IN (1, 2)",
        "a = 'x'",
        "(SELECT 1)",
        "t.a > 1",
        "a BETWEEN 1 AND 2",
        "CASE a WHEN 1 THEN 2 END",
        "a IS TRUE",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text, NAMES)
