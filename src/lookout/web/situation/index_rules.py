"""The catalogue of the regional index: weights, credits, the base it is measured against, and residents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lookout.kernel.errors import DataError

CATALOGUE = Path(__file__).parent / "catalogue"
PARTS = ("density", "flow", "public", "backlog")
CREDITS = ("none", "accepted", "measures", "effective")
BANDS = ("very_high", "high", "medium")
LOWEST = "low"


@dataclass(frozen=True)
class IndexRules:
    """How the index is computed. `medians`: part → value of the median region of the base period, above 0."""

    version: str
    start: float
    exponent: float
    smoothing: float
    window_days: int
    least_window_days: int
    shrink: float
    weights: Mapping[str, float]
    credits: Mapping[str, float]
    effective_from: float
    bands: Mapping[str, float]
    base: str
    base_period: tuple[date, date]
    base_regions: str
    base_how: str
    medians: Mapping[str, float]

    def band(self, value: float) -> str:
        """Return the band of an index; an edge belongs to the severer."""
        return next((name for name in BANDS if value >= self.bands[name]), LOWEST)


@dataclass(frozen=True)
class Residents:
    """Residents by division prefix, and whose count it is."""

    source: str
    counted_on: date
    by_prefix: Mapping[str, int]


@cache
def index_rules() -> IndexRules:
    """Return the rules of this installation."""
    return read_rules(yaml.safe_load((CATALOGUE / "region_index.yaml").read_text("utf-8")))


@cache
def residents() -> Residents:
    """Return the residents the index divides by."""
    return read_residents(yaml.safe_load((CATALOGUE / "residents.yaml").read_text("utf-8")))


class _Reader:
    """Takes numbers out of a catalogue and collects what is wrong."""

    def __init__(self, content: Any) -> None:
        self.content = content if isinstance(content, dict) else {}
        self.problems: list[str] = []

    def get(self, *path: str) -> Any:
        found: Any = self.content
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def number(self, *path: str, least: float = 0, most: float = float("inf"), above: bool = False) -> float:
        found = self.get(*path)
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        if not is_number or not least <= found <= most or (above and found == least):
            limits = f"{'大于' if above else '不小于'} {least:g}" + (
                "" if most == float("inf") else f"、不大于 {most:g}"
            )
            self.problems.append(f"{'.'.join(path)} 应为{limits}的数，现在是“{found}”")
            return 1.0
        return float(found)

    def text(self, *path: str) -> str:
        found = self.get(*path)
        if not isinstance(found, str) or not found.strip():
            self.problems.append(f"{'.'.join(path)} 应写明，现在是“{found}”")
            return ""
        return found.strip()

    def exactly(self, names: tuple[str, ...], *path: str) -> None:
        unknown = sorted(set(self.get(*path) or ()) - set(names))
        self.problems += [
            f"{'.'.join(path)} 没有“{name}”这一项；可用：{'、'.join(names)}" for name in unknown
        ]


def read_rules(content: Any) -> IndexRules:
    """Read the catalogue. Raises DataError with everything that is wrong in it."""
    reader = _Reader(content)
    for names, path in (
        (PARTS, ("weights",)),
        (PARTS, ("base", "medians")),
        (CREDITS, ("credits",)),
        (BANDS, ("bands",)),
    ):
        reader.exactly(names, *path)
    weights = {part: reader.number("weights", part, most=1) for part in PARTS}
    if not reader.problems and abs(sum(weights.values()) - 1) > 1e-9:
        reader.problems.append(f"weights 合计应为 1，现在是 {sum(weights.values()):g}")
    credits = {name: reader.number("credits", name, most=1) for name in CREDITS}
    _in_order(reader, "credits", [credits[name] for name in CREDITS])
    bands = {name: reader.number("bands", name, most=100) for name in BANDS}
    _in_order(reader, "bands", [bands[name] for name in reversed(BANDS)])
    period = reader.get("base", "period")
    if not (isinstance(period, list) and len(period) == 2 and all(isinstance(day, date) for day in period)):
        reader.problems.append(f"base.period 应为两个日期，现在是“{period}”")
        period = [date.min, date.min]
    rules = IndexRules(
        version=reader.text("version"),
        start=reader.number("formula", "start", most=99),
        exponent=reader.number("formula", "exponent", above=True),
        smoothing=reader.number("formula", "smoothing", most=1, above=True),
        window_days=int(reader.number("formula", "window_days", least=1)),
        least_window_days=int(reader.number("formula", "least_window_days", least=1)),
        shrink=reader.number("formula", "shrink"),
        weights=weights,
        credits=credits,
        effective_from=reader.number("effective_from", most=1),
        bands=bands,
        base=reader.text("base", "name"),
        base_period=(period[0], period[1]),
        base_regions=reader.text("base", "regions"),
        base_how=reader.text("base", "how"),
        medians={part: reader.number("base", "medians", part, above=True) for part in PARTS},
    )
    _finish(reader, "region_index.yaml")
    return rules


def _in_order(reader: _Reader, name: str, values: list[float]) -> None:
    if sorted(values) != values:
        reader.problems.append(f"{name} 应由小到大，现在是 {values}")


def read_residents(content: Any) -> Residents:
    """Read the residents. Raises DataError with everything that is wrong."""
    reader = _Reader(content)
    found = reader.get("residents") or {}
    counts = {str(prefix): int(reader.number("residents", prefix, least=1)) for prefix in found}
    reader.problems += [
        f"residents 的“{prefix}”应为 2、4 或 6 位数字"
        for prefix in counts
        if not prefix.isdigit() or len(prefix) not in (2, 4, 6)
    ]
    day = reader.get("counted_on")
    if not isinstance(day, date):
        reader.problems.append(f"counted_on 应为日期，现在是“{day}”")
        day = date.min
    kept = Residents(reader.text("source"), day, counts)
    _finish(reader, "residents.yaml")
    return kept


def _finish(reader: _Reader, name: str) -> None:
    if reader.problems:
        raise DataError(f"{name} 有问题：" + "；".join(reader.problems))
