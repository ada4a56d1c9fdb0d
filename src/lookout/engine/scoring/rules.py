"""Floors, caps and the gate: hard rules over what the indicators found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookout.engine.scoring.columns import Columns
from lookout.engine.scoring.curves import Floats
from lookout.engine.scoring.form import CapForm, FloorForm
from lookout.engine.scoring.model import RatingCatalogue, Rule, Source
from lookout.engine.scoring.sub_scores import Bools, SubScores, supports

# Position in the list of codes; -1 where no rule fired.
Fired = NDArray[np.int64]


@dataclass(frozen=True)
class Bounds:
    """What the rules made of the base: signed points of floor and cap, which fired, and who is grey."""

    floor_points: Floats
    cap_points: Floats
    floor: Fired
    cap: Fired
    is_grey: Bools


def _bit(category: str, catalogue: RatingCatalogue) -> int:
    return 1 << catalogue.categories.index(category)


def _categories(
    sources: tuple[Source, ...], columns: Columns, catalogue: RatingCatalogue
) -> NDArray[np.int64]:
    found = np.zeros(columns.rows, dtype=np.int64)
    for source in sources:
        if source.category is not None:
            found |= np.where(supports(source, columns), _bit(source.category, catalogue), 0)
    return found


def source_types(
    columns: Columns, scores: dict[str, SubScores], catalogue: RatingCatalogue
) -> NDArray[np.int64]:
    """Count the data categories whose facts raise any indicator."""
    found = np.zeros(columns.rows, dtype=np.int64)
    for code, indicator in catalogue.indicators.items():
        raised = scores[code].score > 0  # NaN is not
        found |= np.where(raised, _categories(indicator.inputs, columns, catalogue), 0)
    return np.bitwise_count(found).astype(np.int64)


def _borne_out(rule: Rule[FloorForm], columns: Columns, catalogue: RatingCatalogue) -> Bools:
    if rule.form.authoritative:
        return np.ones(columns.rows, dtype=bool)
    found = _categories(rule.sources, columns, catalogue)
    named = [c for c in catalogue.rules.authoritative_categories if c in catalogue.categories]
    authority = sum(_bit(category, catalogue) for category in named)
    enough = np.bitwise_count(found) >= catalogue.rules.source_types
    return np.asarray(enough | ((found & authority) != 0))


def _fires(rule: Rule[FloorForm] | Rule[CapForm], columns: Columns) -> Bools:
    return np.broadcast_to(rule.when(columns) == 1, (columns.rows,))


def _floor(columns: Columns, catalogue: RatingCatalogue) -> tuple[Floats, Fired]:
    bound, fired = np.zeros(columns.rows), np.full(columns.rows, -1)
    for number, rule in enumerate(catalogue.floors):
        hit = _fires(rule, columns)
        if hit.any():
            higher = hit & (rule.form.floor > bound) & _borne_out(rule, columns, catalogue)
            bound[higher], fired[higher] = rule.form.floor, number
    return bound, fired


def _cap(columns: Columns, catalogue: RatingCatalogue) -> tuple[Floats, Fired]:
    bound, fired = np.full(columns.rows, 100.0), np.full(columns.rows, -1)
    for number, rule in enumerate(catalogue.caps):
        if rule.form.cap is not None:
            lower = _fires(rule, columns) & (rule.form.cap < bound)
            bound[lower], fired[lower] = rule.form.cap, number
    return bound, fired


def bounds(base: Floats, coverage: Floats, columns: Columns, catalogue: RatingCatalogue) -> Bounds:
    """Apply floors, then caps, which never cut a floor; then the gates that make a company grey.

    A floor or cap is named where it holds, even when the base alone already lies beyond it; only
    a cap without effect is left unnamed.
    """
    floor, floor_fired = _floor(columns, catalogue)
    cap, cap_fired = _cap(columns, catalogue)
    raised = np.maximum(base, floor)
    final = np.minimum(raised, np.maximum(cap, floor))
    cap_fired = np.where(final < raised, cap_fired, -1)
    is_grey = coverage < catalogue.rules.gate
    for number, rule in enumerate(catalogue.caps):
        if rule.form.grey:
            hit = _fires(rule, columns) & (floor_fired < 0)
            is_grey = is_grey | hit
            cap_fired = np.where(hit, number, cap_fired)
    return Bounds(raised - base, final - raised, floor_fired, cap_fired, is_grey & (floor_fired < 0))
