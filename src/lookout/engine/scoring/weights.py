"""Published ways to weigh the dimensions: pairwise judgement (AHP), entropy of the data, and their blend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookout.engine.scoring.curves import Floats

# Random consistency index by order of the matrix (Saaty).
_RANDOM_INDEX = {1: 0.0, 2: 0.0, 3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45}

# Order of the dimensions: return rate, public exposure, harm, contagion, complaint rate.
PUBLISHED_JUDGEMENTS = (
    (1, 1 / 2, 1 / 2, 2, 2),
    (2, 1, 1, 2, 2),
    (2, 1, 1, 2, 2),
    (1 / 2, 1 / 2, 1 / 2, 1, 1),
    (1 / 2, 1 / 2, 1 / 2, 1, 1),
)


@dataclass(frozen=True)
class Judged:
    """Weights from pairwise judgements, and how consistent those are (a ratio under 0.10 is accepted)."""

    weights: tuple[float, ...]
    largest_eigenvalue: float
    consistency_index: float
    consistency_ratio: float


def ahp_weights(judgements: tuple[tuple[float, ...], ...]) -> Judged:
    """Return the principal eigenvector of a reciprocal matrix, summing to one and unrounded.

    Raises ValueError when the matrix is not reciprocal or has an order without random index.
    """
    matrix = np.array(judgements, dtype=np.float64)
    order = len(matrix)
    if matrix.shape != (order, order) or not np.allclose(matrix * matrix.T, 1):
        raise ValueError("判断矩阵须为互反方阵：a[i][j] = 1 / a[j][i]")
    if order not in _RANDOM_INDEX:
        raise ValueError(f"{order} 阶判断矩阵没有随机一致性指标，只支持 1 至 9 阶")
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    vector = np.abs(vectors[:, first].real)
    largest = float(values[first].real)
    index = (largest - order) / (order - 1) if order > 1 else 0.0
    random_index = _RANDOM_INDEX[order]
    ratio = index / random_index if random_index else 0.0
    return Judged(tuple(float(w) for w in vector / vector.sum()), largest, index, ratio)


def entropy_weights(scores: Floats, *, minimum_rows: int = 200) -> tuple[float, ...]:
    """Return weights by how much each column (dimension) tells companies apart.

    Raises ValueError under `minimum_rows` companies: with few, it would reward noise.
    """
    rows, dimensions = scores.shape
    if rows < minimum_rows:
        raise ValueError(f"熵权至少需要 {minimum_rows} 家有数据的企业，现有 {rows} 家")
    totals = scores.sum(axis=0)
    share = np.divide(scores, totals, out=np.full_like(scores, 1 / rows), where=totals > 0)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    entropy = -(share * logs).sum(axis=0) / np.log(rows)
    told = np.maximum(1 - entropy, 0.0)
    if told.sum() <= 1e-12:
        return tuple([1 / dimensions] * dimensions)
    return tuple(float(w) for w in told / told.sum())


def blended_weights(
    judged: tuple[float, ...],
    entropy: tuple[float, ...],
    *,
    judged_share: float = 0.7,
    lowest: float = 0.08,
    highest: float = 0.40,
) -> tuple[float, ...]:
    """Blend both, clip each weight, and renormalise to one."""
    mixed = judged_share * np.array(judged) + (1 - judged_share) * np.array(entropy)
    clipped = np.clip(mixed, lowest, highest)
    return tuple(float(w) for w in clipped / clipped.sum())
