"""Figures of a ranking against known outcomes; equal scores count by their expectation, not by their order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranking:
    """Distinct scores, highest first: how many companies share each, and how many of them are positive."""

    sizes: Floats
    positives: Floats

    @property
    def total(self) -> float:
        """All companies."""
        return float(self.sizes.sum())

    @property
    def total_positive(self) -> float:
        """All positive companies."""
        return float(self.positives.sum())


def ranking(scores: ArrayLike, labels: ArrayLike) -> Ranking:
    """Group companies by score. Raises ValueError unless both outcomes occur."""
    values = np.asarray(scores, np.float64)
    truth = np.asarray(labels, np.float64)
    if not 0 < truth.sum() < len(truth):
        raise ValueError("a ranking is measured only where both outcomes occur")
    _, group = np.unique(-values, return_inverse=True)
    return Ranking(np.bincount(group).astype(np.float64), np.bincount(group, truth).astype(np.float64))


def auc(ranked: Ranking) -> float:
    """Return the chance that a positive stands above a negative; a tie counts one half."""
    negatives = ranked.sizes - ranked.positives
    above = np.cumsum(negatives) - negatives
    beaten = negatives.sum() - above - 0.5 * negatives
    return float((ranked.positives * beaten).sum() / (ranked.total_positive * negatives.sum()))


def average_precision(ranked: Ranking) -> float:
    """Return the mean over positives of the precision at their score (no interpolation)."""
    precision = np.cumsum(ranked.positives) / np.cumsum(ranked.sizes)
    return float((precision * ranked.positives).sum() / ranked.total_positive)


def positives_in_first(ranked: Ranking, count: float) -> float:
    """Return the expected number of positives among the first `count` companies."""
    before = np.cumsum(ranked.sizes) - ranked.sizes
    share = np.clip((count - before) / ranked.sizes, 0, 1)
    return float((share * ranked.positives).sum())


def precision_at(ranked: Ranking, count: int) -> float:
    """Return the share of positives among the first `count` companies, or among all if fewer."""
    return positives_in_first(ranked, count) / min(count, ranked.total)


def recall_in_top(ranked: Ranking, share: float) -> float:
    """Return the share of all positives found in the top `share` of companies (rounded down to whole ones)."""
    return positives_in_first(ranked, np.floor(share * ranked.total)) / ranked.total_positive
