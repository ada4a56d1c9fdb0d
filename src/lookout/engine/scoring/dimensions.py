"""Parts of a profile (dimensions by default): weighted mean, worst signal, coverage, and the prior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookout.engine.scoring.curves import Floats
from lookout.engine.scoring.form import RulesForm
from lookout.engine.scoring.model import Part
from lookout.engine.scoring.sub_scores import State, SubScores


@dataclass(frozen=True)
class PartScores:
    """One part over a batch: score, coverage (0–1), and the points of each member and of the prior.

    Points are already weighted by the part's share of the total; `score` times that weight is their sum.
    """

    score: Floats
    coverage: Floats
    member_points: tuple[Floats, ...]
    prior_points: Floats


@dataclass(frozen=True)
class _Sums:
    weighted: Floats
    weight: Floats
    coverage: Floats
    worst: Floats
    worst_member: NDArray[np.int64]


def _sums(part: Part, scores: Mapping[str, SubScores], rows: int, minimum_weight: float) -> _Sums:
    # Column after column in a fixed order: the sums do not depend on how a run is cut into batches.
    weighted, weight, coverage, worst = (np.zeros(rows) for _ in range(4))
    worst_member = np.full(rows, -1)
    for number, (code, share) in enumerate(part.members):
        one = scores[code]
        there = ~np.isnan(one.score)
        weighted += np.where(there, share * one.score, 0.0)
        weight += np.where(there, share, 0.0)
        seen = one.state == State.OBSERVED
        coverage += np.where(seen | (one.state == State.MONITORED_ZERO), share, 0.0)
        if share >= minimum_weight:
            worse = seen & (one.score > worst)  # a tie stays with the lower code
            worst = np.where(worse, one.score, worst)
            worst_member[worse] = number
    return _Sums(weighted, weight, coverage, worst, worst_member)


def part_scores(part: Part, scores: Mapping[str, SubScores], prior: Floats, rules: RulesForm) -> PartScores:
    """Rate one part; a part of which nothing is known is its prior."""
    sums = _sums(part, scores, len(prior), rules.worst_signal.minimum_weight)
    known = sums.weight > 0
    weight = np.where(known, sums.weight, 1.0)
    mean = sums.weighted / weight
    share = part.worst_share
    is_worst = (sums.worst_member >= 0) & (sums.worst >= mean)
    peak = np.where(is_worst, sums.worst, mean)
    kappa = np.where(known, np.minimum(1.0, sums.coverage / rules.full_coverage), 0.0)
    score = kappa * (share * peak + (1 - share) * mean) + (1 - kappa) * prior
    by_mean = part.weight * kappa * np.where(is_worst, 1 - share, 1.0) / weight
    points = []
    for number, (code, member_weight) in enumerate(part.members):
        sub_score = np.nan_to_num(scores[code].score)
        alone = np.where(is_worst & (sums.worst_member == number), part.weight * kappa * share, 0.0)
        points.append((by_mean * member_weight + alone) * sub_score)
    # A profile's equal shares need not add up to exactly one in floating point.
    coverage = np.minimum(1.0, np.round(sums.coverage, 9))
    return PartScores(score, coverage, tuple(points), part.weight * (1 - kappa) * prior)
