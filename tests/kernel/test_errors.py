"""Errors: one tree, and a catalogue's problems all in one message."""

from __future__ import annotations

import pytest

from lookout.kernel.errors import (
    CatalogueError,
    ConfigError,
    DataError,
    LookoutError,
    Problem,
    TransientError,
)


@pytest.mark.parametrize("kind", [DataError, TransientError, ConfigError, CatalogueError])
def test_every_error_is_ours(kind):
    assert issubclass(kind, LookoutError)


def test_a_catalogue_error_says_where_what_and_a_correct_example_of_every_problem():
    problems = [Problem("a.yaml:K01", "权重之和为 0.9", "权重之和应为 1"), Problem("b.yaml:K02", "没有列 x")]

    error = CatalogueError("indicators", problems)

    text = str(error)
    assert error.problems == tuple(problems)
    assert "2 处问题" in text
    assert "a.yaml:K01：权重之和为 0.9" in text
    assert "正确示例：权重之和应为 1" in text
    assert "b.yaml:K02：没有列 x" in text
