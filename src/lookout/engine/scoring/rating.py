"""Rate a batch of companies: indicators, dimensions, floors and caps, bands, and every point explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookout.contracts.constants import ConstantValue
from lookout.engine.scoring.bands import BANDS, Held, Levels, band_levels, hold, raw_band
from lookout.engine.scoring.columns import Columns, check_columns, filled
from lookout.engine.scoring.contributions import CONTRIBUTION_SCHEMA, contribution_lines
from lookout.engine.scoring.curves import Floats
from lookout.engine.scoring.dimensions import PartScores, part_scores
from lookout.engine.scoring.model import Profile, RatingCatalogue
from lookout.engine.scoring.rounding import SCORE_TYPE, Cents, decimals, to_cents
from lookout.engine.scoring.rules import Bounds, bounds, source_types
from lookout.engine.scoring.sub_scores import State, SubScores, sub_scores

# Rows worked on at once: the columns of one slice stay within the processor's caches and 100 MB.
_SLICE = 16_384
_PRINTED = 6  # decimals of dimension scores

_LETTERS = np.frombuffer("".join(state.letter for state in State).encode(), dtype=np.uint8)


@dataclass(frozen=True)
class Rated:
    """The outcome of a rating: one row per company, and the long table of what it is made of."""

    rating: pa.Table
    contribution: pa.Table


def rating_schema(profile: Profile) -> pa.Schema:
    """Return the columns of `Rated.rating` under a profile.

    `base` is unrounded, for ranking; `score` is the printed total. `states` holds one letter per
    indicator in catalogue order: o observed, z monitored and clean, p penalised, m missing, n not applicable.
    """
    fields = [pa.field("company_key", pa.int32())]
    for part in profile.parts:
        fields.append(pa.field(f"{part.name}_score", pa.float64()))
        fields.append(pa.field(f"{part.name}_coverage", pa.float64()))
    fields += [
        pa.field("base", pa.float64()),
        pa.field("coverage", pa.float64()),
        pa.field("score", SCORE_TYPE),
        pa.field("band", pa.string()),
        pa.field("raw_band", pa.string()),
        pa.field("below_count", pa.int32()),
        pa.field("is_stale", pa.bool_()),
        pa.field("floor_code", pa.string()),
        pa.field("cap_code", pa.string()),
        pa.field("source_types", pa.int32()),
        pa.field("states", pa.string()),
    ]
    return pa.schema(fields)


def decode_states(states: str, catalogue: RatingCatalogue) -> dict[str, State]:
    """Return the state of each indicator from the compact `states` column."""
    letters = {state.letter: state for state in State}
    return {code: letters[letter] for code, letter in zip(catalogue.indicators, states, strict=True)}


def _names(positions: NDArray[np.int64], names: Sequence[str]) -> pa.Array:
    index = pa.array(positions.astype(np.int32), mask=positions < 0)
    return pa.array(names, pa.string()).take(index)


def _states(scores: Mapping[str, SubScores], catalogue: RatingCatalogue) -> pa.Array:
    letters = np.column_stack([_LETTERS[scores[code].state] for code in catalogue.indicators])
    rows, width = letters.shape
    offsets = np.arange(0, (rows + 1) * width, width, dtype=np.int32)
    text = pa.py_buffer(np.ascontiguousarray(letters))
    return pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(offsets), text])


@dataclass(frozen=True)
class _Totals:
    base: Floats
    coverage: Floats
    cents: Cents
    bounds: Bounds
    types: NDArray[np.int64]


def _totals(
    profile: Profile,
    parts: Sequence[PartScores],
    columns: Columns,
    scores: dict[str, SubScores],
    catalogue: RatingCatalogue,
) -> _Totals:
    weighted = [part.weight * result.score for part, result in zip(profile.parts, parts, strict=True)]
    covered = [part.weight * result.coverage for part, result in zip(profile.parts, parts, strict=True)]
    base = reduce(np.add, weighted)
    coverage = np.round(reduce(np.add, covered), 9)
    types = source_types(columns, scores, catalogue)
    columns.computed |= {"base": base, "coverage": coverage, "source_types": types.astype(np.float64)}
    found = bounds(base, coverage, columns, catalogue)
    cents = to_cents(base + found.floor_points + found.cap_points)
    return _Totals(base, coverage, cents, found, types)


def _rating_table(
    keys: NDArray[np.int32],
    profile: Profile,
    parts: Sequence[PartScores],
    totals: _Totals,
    raw: Levels,
    held: Held,
    states: pa.Array,
    catalogue: RatingCatalogue,
) -> pa.Table:
    columns: list[pa.Array] = [pa.array(keys)]
    for result in parts:
        columns += [pa.array(np.round(result.score, _PRINTED)), pa.array(result.coverage)]
    columns += [
        pa.array(totals.base),
        pa.array(totals.coverage),
        decimals(totals.cents),
        _names(held.band, BANDS),
        _names(raw, BANDS),
        pa.array(held.below_count.astype(np.int32)),
        pa.array(held.is_stale),
        _names(totals.bounds.floor, [rule.code for rule in catalogue.floors]),
        _names(totals.bounds.cap, [rule.code for rule in catalogue.caps]),
        pa.array(totals.types.astype(np.int32)),
        states,
    ]
    return pa.Table.from_arrays(columns, schema=rating_schema(profile))


def _rate_slice(
    inputs: pa.Table,
    catalogue: RatingCatalogue,
    profile: Profile,
    constants: Mapping[str, ConstantValue],
    *,
    may_lower: bool,
    all_lines: bool,
) -> Rated:
    rules = catalogue.rules
    columns = Columns(inputs, constants)
    keys = np.asarray(inputs["company_key"].combine_chunks(), dtype=np.int32)
    scores = sub_scores(columns, catalogue)
    prior = columns("prior")
    parts = [part_scores(part, scores, prior, rules) for part in profile.parts]
    totals = _totals(profile, parts, columns, scores, catalogue)
    raw = raw_band(totals.cents, totals.bounds.is_grey, rules)
    below = filled(columns("previous_below_count")).astype(np.int64)
    previous = band_levels(inputs["previous_band"])
    held = hold(raw, totals.cents, previous, below, rules, may_lower=may_lower)
    states = _states(scores, catalogue)
    rating = _rating_table(keys, profile, parts, totals, raw, held, states, catalogue)
    lines = contribution_lines(
        keys, totals.cents, profile, parts, scores, totals.bounds, catalogue, all_lines=all_lines
    )
    return Rated(rating, lines)


def rate(
    inputs: pa.Table,
    *,
    catalogue: RatingCatalogue,
    profile: Profile,
    constants: Mapping[str, ConstantValue],
    may_lower: bool = True,
    all_lines: bool = False,
) -> Rated:
    """Rate companies, one row each, columns as `input_schema(catalogue)`.

    Each row is rated by itself: the outcome depends neither on the order of rows nor on how a run
    is cut into batches, bit for bit. `constants` are those of the run's day (a missing one is NULL). Without
    `may_lower` (live scores between full runs) a held band is only ever raised. `all_lines` also
    returns the lines of indicators that say nothing (see `silent_lines`). Raises DataError when a column is missing.
    """
    check_columns(inputs, catalogue)
    found = [
        _rate_slice(
            inputs.slice(start, _SLICE),
            catalogue,
            profile,
            constants,
            may_lower=may_lower,
            all_lines=all_lines,
        )
        for start in range(0, inputs.num_rows, _SLICE)
    ]
    if not found:
        return Rated(rating_schema(profile).empty_table(), CONTRIBUTION_SCHEMA.empty_table())
    rating = pa.concat_tables([one.rating for one in found])
    return Rated(rating, pa.concat_tables([one.contribution for one in found]))
