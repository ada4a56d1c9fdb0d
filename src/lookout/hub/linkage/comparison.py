"""Pairs of names compared in columns: one outcome a part, points by the catalogue, their sum the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, Prefix
from rapidfuzz.process import cpdist

from lookout.hub.linkage.lexicon import NAME_PARTS, OUTCOMES, PARTS, Lexicon

Ints = npt.NDArray[np.int64]
Outcomes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
# Personal values and addresses are compared when both sides bring them.
EXTRA_PARTS = tuple(part for part in PARTS if part not in NAME_PARTS)
_LONGEST_ALIKE = 2  # characters by which a 字号 may differ and still be near
_SHORTEST_TYPO = 3  # of two characters one is half: 安邦 and 安达 are strangers


@dataclass(frozen=True)
class Compared:
    """Pairs with the outcome of each part (a place in `OUTCOMES[part]`) and the score."""

    outcomes: Mapping[str, Outcomes]
    score: npt.NDArray[np.int16]

    def words(self, part: str) -> pa.Array:
        """Return a part's outcomes as words."""
        return pa.array(OUTCOMES[part], pa.string()).take(pa.array(self.outcomes[part]))


def _place(part: str, outcome: str) -> int:
    return OUTCOMES[part].index(outcome)


def _flags(values: pa.Array | pa.ChunkedArray) -> Mask:
    flags: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False).astype(bool)
    return flags


def _same(left: pa.Table, right: pa.Table, column: str) -> Mask:
    return _flags(pc.equal(left[column], right[column]))


def _empty(side: pa.Table, column: str) -> Mask:
    return _flags(pc.equal(side[column], ""))


def _chosen(part: str, cases: Sequence[tuple[str, Mask]], default: str) -> Outcomes:
    """Return the outcome of the first case that holds."""
    found = np.select(
        [mask for _, mask in cases], [_place(part, name) for name, _ in cases], _place(part, default)
    )
    return np.asarray(found, np.int8)


def _texts(side: pa.Table, column: str, rows: Ints) -> list[str]:
    texts: list[str] = side[column].take(pa.array(rows)).to_pylist()
    return texts


def _holds(left: pa.Table, right: pa.Table, column: str, open_rows: Mask) -> Mask:
    """Tell where one side's text is a part of the other's, among the open rows."""
    found = np.zeros(left.num_rows, bool)
    rows = np.flatnonzero(open_rows)
    pairs = zip(_texts(left, column, rows), _texts(right, column, rows), strict=True)
    found[rows] = [a in b or b in a for a, b in pairs]
    return found


def _brand(left: pa.Table, right: pa.Table) -> Outcomes:
    equal = _same(left, right, "brand")
    shortest = np.minimum(pc.utf8_length(left["brand"]).to_numpy(), pc.utf8_length(right["brand"]).to_numpy())
    alike = np.full(left.num_rows, 99)
    rows = np.flatnonzero(~equal & (shortest >= _SHORTEST_TYPO))
    alike[rows] = cpdist(
        _texts(left, "brand", rows), _texts(right, "brand", rows), scorer=OSA.distance, workers=-1
    )
    one_short = shortest < 2
    return _chosen(
        "brand",
        [
            ("equal_short", equal & one_short),
            ("equal", equal),
            ("sound", _same(left, right, "sound") & ~one_short),
            ("typo", alike == 1),
            ("near", (alike <= _LONGEST_ALIKE) & (shortest > _SHORTEST_TYPO)),
        ],
        "other",
    )


def _region(left: pa.Table, right: pa.Table) -> Outcomes:
    no_left, no_right = _empty(left, "region"), _empty(right, "region")
    equal = _same(left, right, "region")
    open_rows = ~equal & ~no_left & ~no_right
    rows = np.flatnonzero(open_rows)
    inside = np.zeros(left.num_rows, bool)
    codes = zip(_texts(left, "region", rows), _texts(right, "region", rows), strict=True)
    inside[rows] = [a.startswith(b) or b.startswith(a) for a, b in codes]
    return _chosen(
        "region",
        [
            ("neither", no_left & no_right),
            ("silent", no_left | no_right),
            ("equal", equal),
            ("inside", inside),
        ],
        "other",
    )


def _trade(left: pa.Table, right: pa.Table) -> Outcomes:
    no_left, no_right = _empty(left, "trade"), _empty(right, "trade")
    both_formal = ~_empty(left, "form") & ~_empty(right, "form")
    equal = _same(left, right, "trade")
    part = _holds(left, right, "trade", ~equal & ~no_left & ~no_right)
    return _chosen(
        "trade",
        [
            ("neither", no_left & no_right),
            ("silent_formal", (no_left | no_right) & both_formal),
            ("silent", no_left | no_right),
            ("equal", equal),
            ("part_formal", part & both_formal),
            ("part", part),
        ],
        "other",
    )


def _form(left: pa.Table, right: pa.Table) -> Outcomes:
    no_left, no_right = _empty(left, "form"), _empty(right, "form")
    groups = [_flags(pc.match_substring(side["form"], "集团")) for side in (left, right)]
    same_kind = _same(left, right, "kind")
    return _chosen(
        "form",
        [
            ("equal", _same(left, right, "form") & ~no_left),
            ("silent", no_left | no_right),
            ("group", same_kind & (groups[0] != groups[1])),
            ("same_kind", same_kind),
        ],
        "other",
    )


def _branch(left: pa.Table, right: pa.Table) -> Outcomes:
    neither = _empty(left, "branch") & _empty(right, "branch")
    return _chosen("branch", [("neither", neither), ("equal", _same(left, right, "branch"))], "other")


def _extra(part: str, left: pa.Table, right: pa.Table) -> Outcomes:
    if part not in left.column_names or part not in right.column_names:
        return np.full(left.num_rows, _place(part, "silent"), np.int8)
    silent = _flags(pc.or_(_unsaid(left[part]), _unsaid(right[part])))
    return _chosen(part, [("silent", silent), ("equal", _same(left, right, part))], "other")


def _unsaid(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.equal(pc.fill_null(column, ""), "")


def _cut_elsewhere(left: pa.Table, right: pa.Table, outcomes: dict[str, Outcomes]) -> None:
    """Take 字号 and trade as equal where they only fall apart in another place: 速通|物流投资, 速通物流|投资."""
    cores = [pc.binary_join_element_wise(side["brand"], side["trade"], "") for side in (left, right)]
    rows = (
        _flags(pc.equal(*cores)) & (outcomes["brand"] != _place("brand", "equal")) & ~_empty(right, "brand")
    )
    outcomes["brand"][rows] = _place("brand", "equal")
    bare = rows & _empty(left, "trade") & _empty(right, "trade")
    outcomes["trade"][rows] = _place("trade", "equal")
    outcomes["trade"][bare] = _place("trade", "neither")


def _misspelt(left: pa.Table, right: pa.Table, outcomes: dict[str, Outcomes]) -> None:
    """Find the one wrong character that made a name fall apart in the wrong places.

    安邦贸移有限公司 has no trade we know and so seems to have another 字号. Where the spelling differs
    from the registered one in a single place, that place says which part is misspelt.
    """
    rows = np.flatnonzero(outcomes["brand"] >= _place("brand", "typo"))
    if not len(rows):
        return
    begin, brand_end, trade_end = (
        right[column].take(pa.array(rows)).to_numpy() for column in ("brand_start", "brand_end", "trade_end")
    )
    own_begin = left["brand_start"].take(pa.array(rows)).to_numpy()
    names, others = _texts(left, "name", rows), _texts(right, "name", rows)
    settled = np.zeros(len(rows), bool)
    for cut_region, cut_form in ((False, False), (True, False), (False, True), (True, True)):
        mine = [name[at:] for name, at in zip(names, own_begin, strict=True)] if cut_region else names
        theirs = [
            name[at if cut_region else 0 : stop if cut_form else None]
            for name, at, stop in zip(others, begin, trade_end, strict=True)
        ]
        apart = cpdist(mine, theirs, scorer=OSA.distance, score_cutoff=1, workers=-1)
        hit = np.flatnonzero((apart == 1) & ~settled)
        if not len(hit):
            continue
        settled[hit] = True
        where = cpdist([mine[i] for i in hit], [theirs[i] for i in hit], scorer=Prefix.similarity)
        where = where + np.where(cut_region, begin[hit], 0)
        lengths = np.array([len(theirs[i]) for i in hit]) + np.where(cut_region, begin[hit], 0)
        longer = np.array([len(mine[i]) - len(theirs[i]) for i in hit])
        ends = (begin[hit], brand_end[hit], trade_end[hit], lengths, longer)
        _settle(rows[hit], where, ends, outcomes, cut_region, cut_form)


def _settle(
    rows: Ints, where: Ints, ends: tuple[Ints, Ints, Ints, Ints, Ints], outcomes: dict[str, Outcomes],
    region_apart: bool, no_form: bool,
) -> None:  # fmt: skip
    """Put right what the parts of pairs are that differ in one place, `where` in the registered name."""
    begin, brand_end, trade_end, length, longer = ends
    # A character put in at the very end of the 字号 makes another 字号.
    in_brand = (where >= begin) & ((where < brand_end) | ((where == brand_end) & (longer > 0)))
    in_region = where < begin
    in_trade = ~in_brand & ~in_region & ((where < trade_end) | ((where >= length) & no_form))
    long_enough = brand_end - begin + np.minimum(longer, 0) >= _SHORTEST_TYPO
    kept = ["sound", "typo"]
    as_found = outcomes["brand"][rows]
    brand = np.where(
        in_brand, np.where(long_enough, _place("brand", "typo"), as_found), _place("brand", "equal")
    )
    outcomes["brand"][rows] = brand
    sure = ~in_brand | long_enough | np.isin(as_found, [_place("brand", name) for name in kept])
    rows, in_region, in_trade = rows[sure], in_region[sure], in_trade[sure]
    in_form = ~in_region & ~in_trade & ~in_brand[sure]
    trade_there = (trade_end > brand_end)[sure]
    trade = np.where(in_trade, _place("trade", "typo"), _place("trade", "equal"))
    outcomes["trade"][rows] = np.where(trade_there, trade, _place("trade", "neither"))
    form = np.where(in_form, _place("form", "typo"), _place("form", "equal"))
    outcomes["form"][rows] = _place("form", "silent") if no_form else form
    outcomes["branch"][rows] = _place("branch", "neither")
    if not region_apart:
        region_there = (begin > 0)[sure]
        region = np.where(in_region, _place("region", "typo"), _place("region", "equal"))
        outcomes["region"][rows] = np.where(region_there, region, _place("region", "neither"))


def compare(left: pa.Table, right: pa.Table, lexicon: Lexicon) -> Compared:
    """Compare row by row two tables of anatomies (with `address`, `phone`, `representative` when known).

    The right side is the registered one: its spelling is taken as right.
    """
    outcomes = {
        "brand": _brand(left, right),
        "region": _region(left, right),
        "trade": _trade(left, right),
        "form": _form(left, right),
        "branch": _branch(left, right),
        **{part: _extra(part, left, right) for part in EXTRA_PARTS},
    }
    _cut_elsewhere(left, right, outcomes)
    _misspelt(left, right, outcomes)
    score = np.zeros(left.num_rows, np.int16)
    for part, found in outcomes.items():
        worth = [lexicon.weights.parts[part][outcome].points for outcome in OUTCOMES[part]]
        score += np.array(worth, np.int16)[found]
    return Compared(outcomes, score)
