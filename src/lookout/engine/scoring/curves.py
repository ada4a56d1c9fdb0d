"""Curves that turn an indicator's value into a sub-score of 0–100: straight lines between knots."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scale = Literal["linear", "log10"]

# A logarithm's last bit differs between processors; the score must not.
_LOG_DECIMALS = 9


@dataclass(frozen=True)
class Curve:
    """Knots `x → score`, x rising; beyond the ends the outer scores hold.

    On the log10 scale x is the decimal logarithm, and a value of zero or less takes the first score.
    """

    x: tuple[float, ...]
    score: tuple[float, ...]
    scale: Scale = "linear"

    @property
    def rising(self) -> bool:
        """Whether a higher value is never a milder sub-score."""
        return self.score[-1] >= self.score[0]

    def __call__(self, values: Floats) -> Floats:
        """Return the sub-scores of values; NaN stays NaN."""
        at = np.log10(np.maximum(values, 1e-12)) if self.scale == "log10" else values
        x, score = np.array(self.x), np.array(self.score)
        left = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
        step = (np.clip(at, x[0], x[-1]) - x[left]) / (x[left + 1] - x[left])
        found = score[left] + step * (score[left + 1] - score[left])
        return np.asarray(np.round(found, _LOG_DECIMALS) if self.scale == "log10" else found)


def parse_curve(text: str, scale: Scale = "linear") -> Curve:
    """Read knots like `0:0,4:10,6:30`. Raises ValueError saying which rule they break."""
    pairs = [knot.split(":") for knot in text.split(",")]
    if any(len(pair) != 2 for pair in pairs) or len(pairs) < 2:
        raise ValueError("须是两个以上以逗号分隔的“取值:得分”")
    x = tuple(float(pair[0]) for pair in pairs)
    score = tuple(float(pair[1]) for pair in pairs)
    if any(later <= earlier for earlier, later in itertools.pairwise(x)):
        raise ValueError("取值须由小到大")
    if any(not 0 <= s <= 100 for s in score):
        raise ValueError("得分须在 0 到 100 之间")
    rises = [later - earlier for earlier, later in itertools.pairwise(score)]
    if any(r > 0 for r in rises) and any(r < 0 for r in rises):
        raise ValueError("得分须一直不降或一直不升")
    return Curve(x, score, scale)
