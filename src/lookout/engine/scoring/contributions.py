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
from lookout.engine.scoring.rounding import SCORE_TYPE, Cents, decimals, split_cents
from lookout.engine.scoring.rules import Bounds
from lookout.engine.scoring.sub_scores import State, SubScores

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


@dataclass(frozen=True)
class _Line:
    """One kind of line, over the whole batch; value and score are NULL where they make no sense."""

    kind: str
    code: str | None
    part: str | None
    points: Floats
    scores: SubScores | None = None


def _lines(profile: Profile, parts: Sequence[PartScores], scores: Mapping[str, SubScores]) -> list[_Line]:
    found = []
    for part, result in zip(profile.parts, parts, strict=True):
        for (code, _), points in zip(part.members, result.member_points, strict=True):
            found.append(_Line("indicator", code, part.name, points, scores[code]))
        found.append(_Line("prior", None, part.name, result.prior_points))
    return found


def _dictionary(positions: NDArray[np.int64], names: Sequence[str]) -> pa.Array:
    index = pa.array(positions.astype(np.int16), mask=positions < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(names, pa.string()))


def _positions(names: Sequence[str | None], known: Sequence[str]) -> NDArray[np.int64]:
    return np.array([known.index(name) if name is not None else -1 for name in names], dtype=np.int64)


def _floats(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


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

    Lines without points are left out unless they were observed, or `all_lines` asks for them.
    """
    lines = _lines(profile, parts, scores)
    rows, members = len(keys), len(lines)
    points = np.column_stack([*(line.points for line in lines), bounds.floor_points, bounds.cap_points])
    cents = split_cents(points, totals)
    nothing, unknown = np.full(rows, np.nan), np.full(rows, -1, dtype=np.int8)
    blank = SubScores(nothing, unknown, nothing)
    found = [line.scores or blank for line in lines] + [blank, blank]
    states = np.column_stack([one.state for one in found])
    wanted = (cents != 0) | (states == State.OBSERVED)
    if all_lines:
        wanted[:, :members] = True
    row, column = np.nonzero(wanted)
    codes = list(dict.fromkeys(line.code for line in lines if line.code is not None))
    floors, caps = [rule.code for rule in catalogue.floors], [rule.code for rule in catalogue.caps]
    code_of = _positions([line.code for line in lines] + [None, None], codes)[column]
    is_floor, is_cap = column == members, column == members + 1
    code_of = np.where(is_floor, bounds.floor[row] + len(codes), code_of)
    code_of = np.where(is_cap, bounds.cap[row] + len(codes) + len(floors), code_of)
    names = [part.name for part in profile.parts]
    kinds = _positions([*(line.kind for line in lines), "floor", "cap"], KINDS)
    dimensions = _positions([*(line.part for line in lines), None, None], names)
    columns = [
        pa.array(keys[row]),
        _dictionary(kinds[column], KINDS),
        _dictionary(code_of, codes + floors + caps),
        _dictionary(dimensions[column], names),
        _floats(np.column_stack([one.value for one in found])[row, column]),
        _floats(np.column_stack([one.score for one in found])[row, column]),
        _dictionary(states[row, column].astype(np.int64), STATES),
        decimals(cents[row, column]),
    ]
    return pa.Table.from_arrays(columns, schema=CONTRIBUTION_SCHEMA)
