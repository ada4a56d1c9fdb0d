"""From input measures to each indicator's value, state and sub-score."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from lookout.engine.scoring.columns import Columns, filled
from lookout.engine.scoring.curves import Floats
from lookout.engine.scoring.model import Indicator, RatingCatalogue, Source

Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]


class State(IntEnum):
    """Where an indicator's sub-score comes from; `letter` is its place in the `states` column."""

    MISSING = 0
    OBSERVED = 1
    MONITORED_ZERO = 2
    PENALISED = 3
    NOT_APPLICABLE = 4

    @property
    def letter(self) -> str:
        """One letter for the compact column."""
        return "mozpn"[self]


# Where an indicator has nothing to say about a company: without points, and told by its letter alone.
SILENT = (State.MISSING, State.MONITORED_ZERO, State.NOT_APPLICABLE)


@dataclass(frozen=True)
class SubScores:
    """One indicator over a batch. `value` is as measured (0 when monitored and clean, NaN when
    nothing is known); `score` is NaN where the indicator is left out."""

    value: Floats
    state: Codes
    score: Floats


def _combined(indicator: Indicator, columns: Columns) -> Floats:
    parts = [columns(source.column) for source in indicator.inputs]
    if not parts:
        return columns.null()
    if indicator.form.combine == "max":
        return reduce(np.fmax, parts)
    if indicator.form.combine == "min":
        return reduce(np.fmin, parts)
    if indicator.form.combine == "first":
        return reduce(lambda first, then: np.where(np.isnan(first), then, first), parts)
    known = reduce(np.logical_or, [~np.isnan(part) for part in parts])
    return np.where(known, reduce(np.add, [filled(part) for part in parts]), np.nan)


def _measured(indicator: Indicator, columns: Columns) -> Floats:
    form = indicator.form
    if indicator.waits:
        return columns.null()
    if indicator.derive is not None:
        found = np.broadcast_to(indicator.derive(columns), (columns.rows,))
        return np.where(np.isfinite(found), found, np.nan)
    found = _combined(indicator, columns)
    if form.yuan_per_unit != 1:
        found = found / form.yuan_per_unit
    return np.where(np.isnan(found), form.default, found) if form.default is not None else found


def _connected(indicator: Indicator, columns: Columns) -> Bools:
    if not indicator.tables or not indicator.asks_connected:
        return np.zeros(columns.rows, dtype=bool)
    return reduce(np.logical_and, [columns.truth(f"connected_{table}") for table in indicator.tables])


def _states(indicator: Indicator, observed: Bools, connected: Bools, columns: Columns) -> Codes:
    state = observed.astype(np.int8)  # OBSERVED or MISSING
    if indicator.waits:
        return state
    if indicator.form.missing == "zero_if_monitored":
        state[~observed & connected] = State.MONITORED_ZERO
    if indicator.form.missing == "penalise_60":
        state[~observed] = State.PENALISED
    if indicator.applies_to is not None:
        state[~columns.text_in("organization_type", indicator.applies_to)] = State.NOT_APPLICABLE
    return state


def _one(indicator: Indicator, columns: Columns, penalty: float) -> SubScores:
    form = indicator.form
    value = _measured(indicator, columns)
    connected = _connected(indicator, columns)
    # A zero from one source says nothing about the others: only all of them connected make it clean.
    observed = value > 0 if form.missing == "zero_if_monitored" else ~np.isnan(value)
    if form.absent_value is not None:
        value = np.where(observed, value, form.absent_value)
        observed |= connected
    state = _states(indicator, observed, connected, columns)
    rows = np.flatnonzero(state == State.OBSERVED)
    counted = value[rows]
    known = columns.null()
    known[rows] = counted
    # Rules see only what was observed; a derived indicator must not be computed from an assumed zero.
    columns.computed[indicator.code] = known
    score = columns.null()
    if form.size_adjusted:
        expected = filled(columns(f"expected_{indicator.code}")[rows])
        counted = np.maximum(counted - expected, 0.0)
        excess = columns.null()
        excess[rows] = counted
        columns.computed[f"{indicator.code}_excess"] = excess
    score[rows] = indicator.curve(counted)
    clean = state == State.MONITORED_ZERO
    score[clean] = 0.0
    score[state == State.PENALISED] = penalty
    return SubScores(np.where(clean, 0.0, known), state, score)


def sub_scores(columns: Columns, catalogue: RatingCatalogue) -> dict[str, SubScores]:
    """Return value, state and sub-score of every indicator and signal, by code.

    Afterwards `columns` knows, for the rules, each code (0 where monitored and clean), `…_score` and
    `…_excess`. A signal counts as its own sub-score, for profiles that take one as a member.
    """
    penalty = catalogue.rules.penalised_score
    found = {code: _one(catalogue.indicators[code], columns, penalty) for code in catalogue.order}
    for code, scores in found.items():
        columns.computed[code] = scores.value
        columns.computed[f"{code}_score"] = scores.score
        if f"{code}_excess" in columns.computed:
            excess = columns.computed[f"{code}_excess"]
            columns.computed[f"{code}_excess"] = np.where(scores.state == State.MONITORED_ZERO, 0.0, excess)
    for name in catalogue.signals:
        value = columns(name)
        state = np.where(np.isnan(value), State.MISSING, State.OBSERVED).astype(np.int8)
        found[name] = SubScores(value, state, np.clip(value, 0.0, 100.0))
    return found


def supports(source: Source, columns: Columns) -> Bools:
    """Return where an input is evidence: it was observed and is above zero."""
    value = columns(source.column)
    return np.asarray(~np.isnan(value) & (value > 0))
