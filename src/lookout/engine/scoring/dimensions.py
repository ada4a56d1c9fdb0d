"""Parts of a profile (dimensions by default): weighted mean, worst signal, coverage, and the prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookout.engine.scoring.columns import filled
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


def _sums(
    part: Part, scores: Mapping[str, SubScores], known: Sequence[Floats], rows: int, minimum_weight: float
) -> _Sums:
    # Column after column in a fixed order: the sums do not depend on how a run is cut into batches.
    weighted, weight, coverage, worst = (np.zeros(rows) for _ in range(4))
    worst_member = np.full(rows, -1)
    for number, (code, share) in enumerate(part.members):
        one = scores[code]
        weighted += share * known[number]
        weight += share * ~np.isnan(one.score)
        seen = one.state == State.OBSERVED
        coverage += share * (seen | (one.state == State.MONITORED_ZERO))
        if share >= minimum_weight:
            worse = np.flatnonzero(seen & (one.score > worst))  # a tie stays with the lower code
            worst[worse] = one.score[worse]
            worst_member[worse] = number
    return _Sums(weighted, weight, coverage, worst, worst_member)


def part_scores(part: Part, scores: Mapping[str, SubScores], prior: Floats, rules: RulesForm) -> PartScores:
    """Rate one part; a part of which nothing is known is its prior."""
    sub_scores = [filled(scores[code].score) for code, _ in part.members]
    sums = _sums(part, scores, sub_scores, len(prior), rules.worst_signal.minimum_weight)
    known = sums.weight > 0
    weight = np.where(known, sums.weight, 1.0)
    mean = sums.weighted / weight
    share = part.worst_share
    is_worst = (sums.worst_member >= 0) & (sums.worst >= mean)
    peak = np.where(is_worst, sums.worst, mean)
    kappa = np.where(known, np.minimum(1.0, sums.coverage / rules.full_coverage), 0.0)
    score = kappa * (share * peak + (1 - share) * mean) + (1 - kappa) * prior
    by_mean = part.weight * kappa * np.where(is_worst, 1 - share, 1.0) / weight
    by_worst = part.weight * kappa * share
    points = []
    for number, ((_, member_weight), sub_score) in enumerate(zip(part.members, sub_scores, strict=True)):
        rows = np.flatnonzero(sub_score)  # few: most indicators are silent about most companies
        is_worst_here = is_worst[rows] & (sums.worst_member[rows] == number)
        alone = np.where(is_worst_here, by_worst[rows], 0.0)
        found = np.zeros(len(prior))
        found[rows] = (by_mean[rows] * member_weight + alone) * sub_score[rows]
        points.append(found)
    # A profile's equal shares need not add up to exactly one in floating point.
    coverage = np.minimum(1.0, np.round(sums.coverage, 9))
    return PartScores(score, coverage, tuple(points), part.weight * (1 - kappa) * prior)
