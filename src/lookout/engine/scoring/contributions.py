"""The printed score taken apart: one line per indicator, prior, floor and cap, adding up exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookout.engine.scoring.curves import Floats
from lookout.engine.scoring.dimensions import PartScores
from lookout.engine.scoring.model import Profile, RatingCatalogue
from lookout.engine.scoring.rounding import SCORE_TYPE, Cents, Rows, decimals, split_cents
from lookout.engine.scoring.rules import Bounds
from lookout.engine.scoring.sub_scores import SILENT, State, SubScores

KINDS = ("indicator", "prior", "floor", "cap")
STATES = ("missing", "observed", "monitored_zero", "penalised", "not_applicable")
_NAMES = pa.dictionary(pa.int16(), pa.string())

CONTRIBUTION_SCHEMA = pa.schema(
    [
        pa.field("company_key", pa.int32()),
        pa.field("part", _NAMES),
        pa.field("code", _NAMES),
        pa.field("dimension", _NAMES),
        pa.field("value", pa.float64()),
        pa.field("sub_score", pa.float64()),
        pa.field("state", _NAMES),
        pa.field("points", SCORE_TYPE),
    ]
)
_SPEAKS = np.array([state not in SILENT for state in State])
SILENT_SCHEMA = pa.schema(
    [
        pa.field("place", pa.int32()),
        pa.field("letter", pa.string()),
        pa.field("code", pa.string()),
        pa.field("dimension", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("sub_score", pa.float64()),
        pa.field("state", pa.string()),
    ]
)


def silent_lines(profile: Profile, catalogue: RatingCatalogue) -> pa.Table:
    """Return what a silent indicator's line says, columns as SILENT_SCHEMA.

    A company has the line of a `code` in a `dimension` when the letter at `place` (from 1) of its
    `states` is `letter`; it has no points and no line of its own in the contributions.
    """
    places = {code: place for place, code in enumerate(catalogue.indicators, 1)}
    members = [(code, part.name) for part in profile.parts for code, _ in part.members if code in places]
    found = []
    for code, dimension in members:
        for state in SILENT:
            clean = 0.0 if state == State.MONITORED_ZERO else None
            found.append((places[code], state.letter, code, dimension, clean, clean, STATES[state]))
    columns = zip(*found, strict=True) if found else [()] * len(SILENT_SCHEMA)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, SILENT_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=SILENT_SCHEMA)


@dataclass(frozen=True)
class _Line:
    """One kind of line, over the whole batch; value and score are NULL where they make no sense.

    `scores` is None for what has no state. `rows` are the companies that have such a line.
    """

    kind: str
    code: str | None
    part: str | None
    points: Floats
    rows: Rows
    scores: SubScores | None = None


def _lines(
    profile: Profile,
    parts: Sequence[PartScores],
    scores: Mapping[str, SubScores],
    bounds: Bounds,
    catalogue: RatingCatalogue,
    *,
    all_lines: bool,
) -> list[_Line]:
    everyone = np.arange(len(bounds.floor))
    found = []
    for part, result in zip(profile.parts, parts, strict=True):
        for (code, _), points in zip(part.members, result.member_points, strict=True):
            one = scores[code]
            # A signal's state is in no compact column, so its silence must be written.
            is_told = all_lines or code not in catalogue.indicators
            rows = everyone if is_told else np.flatnonzero(_SPEAKS[one.state])
            found.append(_Line("indicator", code, part.name, points, rows, one))
        found.append(_Line("prior", None, part.name, result.prior_points, everyone))
    for kind, points in (("floor", bounds.floor_points), ("cap", bounds.cap_points)):
        found.append(_Line(kind, None, None, points, np.flatnonzero(points)))
    return found


def _dictionary(positions: NDArray[np.int16], names: Sequence[str]) -> pa.Array:
    index = pa.array(positions, mask=positions < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(names, pa.string()))


def _positions(names: Sequence[str | None], known: Sequence[str]) -> NDArray[np.int16]:
    return np.array([known.index(name) if name is not None else -1 for name in names], dtype=np.int16)


def _floats(values: Floats) -> pa.Array:
    return pa.array(values, from_pandas=True)


def contribution_lines(
    keys: NDArray[np.int32],
    totals: Cents,
    profile: Profile,
    parts: Sequence[PartScores],
    scores: Mapping[str, SubScores],
    bounds: Bounds,
    catalogue: RatingCatalogue,
    *,
    all_lines: bool,
) -> pa.Table:
    """Return the lines of a batch, clustered by company, columns as CONTRIBUTION_SCHEMA.

    An indicator that is silent about a company (missing, monitored and clean, not applicable) has no
    points and is left out unless `all_lines` asks for it: see `silent_lines`. A floor or cap without points never
    has a line.
    """
    lines = _lines(profile, parts, scores, bounds, catalogue, all_lines=all_lines)
    column = np.repeat(np.arange(len(lines), dtype=np.int16), [len(line.rows) for line in lines])
    row = np.concatenate([line.rows for line in lines])
    order = np.argsort(row, kind="stable")
    cents = split_cents(_gathered([line.points for line in lines], lines)[order], row[order], totals)
    is_rule = np.array([line.kind in ("floor", "cap") for line in lines])
    # A floor or cap may have moved the total by less than a hundredth.
    kept = (cents != 0) | ~is_rule[column[order]]
    order, cents = order[kept], cents[kept]
    row, column = row[order], column[order]
    codes = list(dict.fromkeys(line.code for line in lines if line.code is not None))
    floors, caps = [rule.code for rule in catalogue.floors], [rule.code for rule in catalogue.caps]
    code_of = _positions([line.code for line in lines], codes)[column]
    is_floor, is_cap = column == len(lines) - 2, column == len(lines) - 1
    code_of[is_floor] = bounds.floor[row[is_floor]] + len(codes)
    code_of[is_cap] = bounds.cap[row[is_cap]] + len(codes) + len(floors)
    names = [part.name for part in profile.parts]
    kinds, dimensions = _positions([line.kind for line in lines], KINDS), [line.part for line in lines]
    unknown = np.full(len(keys), np.nan)
    stateless = np.full(len(keys), -1, dtype=np.int8)
    found = [line.scores or SubScores(unknown, stateless, unknown) for line in lines]
    states = np.concatenate([one.state[line.rows] for one, line in zip(found, lines, strict=True)])
    columns = [
        pa.array(keys[row]),
        _dictionary(kinds[column], KINDS),
        _dictionary(code_of, codes + floors + caps),
        _dictionary(_positions(dimensions, names)[column], names),
        _floats(_gathered([one.value for one in found], lines)[order]),
        _floats(_gathered([one.score for one in found], lines)[order]),
        _dictionary(states[order].astype(np.int16), STATES),
        decimals(cents),
    ]
    return pa.Table.from_arrays(columns, schema=CONTRIBUTION_SCHEMA)


def _gathered(values: Sequence[Floats], lines: Sequence[_Line]) -> Floats:
    """Return the values of the companies of each line, line after line."""
    return np.concatenate([one[line.rows] for one, line in zip(values, lines, strict=True)])
