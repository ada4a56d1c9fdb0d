"""Small drawings computed on the server: they need no script and they print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lookout.hub.reading.model import Contribution


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall: from `start`, `width` long, both in percent of the scale."""

    line: Contribution
    start: float
    width: float
    falls: bool
    running: Decimal


def waterfall(lines: Sequence[Contribution]) -> tuple[Step, ...]:
    """Return the bars that lead from zero to the score, on a scale of 0 to 100 or the highest point."""
    heights = [Decimal(0)]
    for line in lines:
        heights.append(heights[-1] + line.points)
    scale = float(max(Decimal(100), *heights))
    steps = []
    for line, before, after in zip(lines, heights, heights[1:], strict=False):
        low, high = sorted((float(before), float(after)))
        width = max(0.4, (high - low) / scale * 100)
        steps.append(Step(line, low / scale * 100, width, line.points < 0, after))
    return tuple(steps)


def polyline(points: Sequence[tuple[float, float]], width: int, height: int, top: float = 100) -> str:
    """Return the `points` of an SVG polyline; x and y from zero, y to `top`, x to its last value.

    '' when there are fewer than two points.
    """
    if len(points) < 2:
        return ""
    left, right = points[0][0], points[-1][0]
    span = (right - left) or 1
    return " ".join(
        f"{(x - left) / span * width:.1f},{height - min(max(y, 0), top) / top * height:.1f}"
        for x, y in points
    )


def sparkline(values: Sequence[Decimal | None], width: int = 120, height: int = 28) -> str:
    """Return the polyline of a score history; gaps (grey) are left out."""
    known = [(float(place), float(value)) for place, value in enumerate(values) if value is not None]
    return polyline(known, width, height)


def read_knots(text: str) -> tuple[tuple[float, float], ...]:
    """Read `0:0,30:20,150:60` into points; () when there is no curve."""
    pairs = (pair.split(":") for pair in text.split(",") if ":" in pair)
    return tuple((float(x), float(y)) for x, y in pairs)
