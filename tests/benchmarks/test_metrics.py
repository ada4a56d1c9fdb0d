"""The figures of rankings: hand-made cases, definitions, and indifference to order."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.__main__ import main, names
from benchmarks.metrics import auc, average_precision, precision_at, ranking, recall_in_top
from tests.project.trees import ROOT


@pytest.mark.parametrize(
    ("scores", "labels", "area", "precision"),
    [
        ([4, 3, 2, 1], [1, 1, 0, 0], 1.0, 1.0),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0, (1 / 3 + 2 / 4) / 2),
        ([4, 3, 2, 1], [1, 0, 1, 0], 0.75, (1 + 2 / 3) / 2),
        ([1, 1, 1, 1], [1, 0, 0, 0], 0.5, 0.25),
        ([2, 2, 1, 1], [1, 0, 1, 0], 0.5, 0.5),
    ],
)
def test_known_rankings(scores, labels, area, precision):
    ranked = ranking(scores, labels)

    assert auc(ranked) == pytest.approx(area)
    assert average_precision(ranked) == pytest.approx(precision)


def test_the_first_companies_are_counted_by_expectation_when_scores_are_equal():
    ranked = ranking([9, 5, 5, 5, 1], [1, 1, 0, 0, 1])

    assert precision_at(ranked, 1) == 1
    assert precision_at(ranked, 2) == pytest.approx((1 + 1 / 3) / 2)
    assert precision_at(ranked, 100) == pytest.approx(3 / 5)
    assert recall_in_top(ranked, 0.2) == pytest.approx(1 / 3)


def test_one_outcome_alone_is_not_measured():
    with pytest.raises(ValueError, match="both outcomes"):
        ranking([1, 2], [1, 1])


cases = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40)


@given(cases, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    assume(0 < sum(label for _, label in rows) < len(rows))
    shuffled = random.sample(rows, len(rows))

    for figure in (auc, average_precision, lambda r: precision_at(r, 3), lambda r: recall_in_top(r, 0.3)):
        assert figure(ranking(*zip(*rows, strict=True))) == pytest.approx(
            figure(ranking(*zip(*shuffled, strict=True)))
        )


@given(cases)
def test_the_area_is_the_share_of_pairs_in_order(rows):
    assume(0 < sum(label for _, label in rows) < len(rows))
    scores, labels = (np.array(column) for column in zip(*rows, strict=True))
    difference = scores[labels == 1][:, None] - scores[labels == 0][None, :]

    assert auc(ranking(scores, labels)) == pytest.approx(((difference > 0) + 0.5 * (difference == 0)).mean())


@given(cases)
def test_turning_a_ranking_round_turns_the_area_round(rows):
    assume(0 < sum(label for _, label in rows) < len(rows))
    scores, labels = (np.array(column) for column in zip(*rows, strict=True))

    assert auc(ranking(scores, labels)) + auc(ranking(-scores, labels)) == pytest.approx(1)


def test_an_unknown_name_lists_the_benchmarks(capsys):
    assert main(["unknown"]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in names())


@pytest.mark.slow
def test_every_benchmark_explains_its_options():
    for name in names():
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", name, "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "usage" in done.stdout
