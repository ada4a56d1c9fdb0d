"""What goes wrong between a department's system and ours: wrong codes, impossible dates, odd names, doubles."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import ColumnType, Table
from lookout.demo.cells import Ints, Mask, either, join, when
from lookout.demo.population import Population
from lookout.demo.scenario import Dirt
from lookout.demo.words import words
from lookout.kernel.identifiers import USCC_ALPHABET

# Sources that know a company by what people call it.
NAMED = {"complaint_ticket", "opinion_post", "advertisement", "justice_notice"}
_NEXT_CHARACTER = {
    character: USCC_ALPHABET[(place + 1) % len(USCC_ALPHABET)]
    for place, character in enumerate(USCC_ALPHABET)
}


def called(
    rng: np.random.Generator, dirt: Dirt, population: Population, who: Ints, codes: pa.Array, names: pa.Array
) -> tuple[pa.Array, pa.Array]:
    """Replace code and name by what a complainant, a monitor or a court clerk writes."""
    count = len(who)
    without = rng.random(count) < dirt.without_code
    kind = rng.random(count)
    edges = np.cumsum([dirt.short_name, dirt.former_name, dirt.odd_name])
    rows = pa.array(who)
    names = either(without & (kind < edges[0]), population.names["short"].take(rows), names)
    names = either(
        without & (kind >= edges[0]) & (kind < edges[1]), population.names["former"].take(rows), names
    )
    odd = without & (kind >= edges[1]) & (kind < edges[2])
    return when(~without, codes), _oddly_written(rng, names, odd)


def _oddly_written(rng: np.random.Generator, names: pa.Array, odd: Mask) -> pa.Array:
    places = np.flatnonzero(odd)
    chosen = names.take(pa.array(places))
    manner = rng.integers(0, 4, len(places))
    traditional = chosen
    for simple, old in words().traditional.items():
        traditional = pc.replace_substring(traditional, simple, old)
    spaced = pc.replace_substring(chosen, "有限", "　有限")
    bracketed = pc.replace_substring(pc.replace_substring(chosen, "（", "("), "）", ")")
    formal = pc.replace_substring_regex(bracketed, "([^份])有限公司$", "\\1有限责任公司")
    quoted = join("“", chosen, "”")
    changed = either(
        manner == 0, traditional, either(manner == 1, spaced, either(manner == 2, formal, quoted))
    )
    return pc.replace_with_mask(names, pa.array(odd), changed)


def soil(
    rng: np.random.Generator, dirt: Dirt, table: Table, rows: pa.Table, tally: Counter[str], *, typed: bool
) -> pa.Table:
    """Double some rows and spoil some cells; a typed form (Parquet) cannot hold an impossible date."""
    count = rows.num_rows
    again = np.flatnonzero(rng.random(count) < dirt.doubled)
    tally["doubled"] += len(again)
    uscc = table.subject.uscc
    if uscc is not None and uscc in rows.column_names:
        mask = rng.random(count) < dirt.wrong_check_digit
        mask &= pc.is_valid(rows[uscc]).to_numpy()
        tally["wrong_check_digit"] += int(mask.sum())
        rows = _set(rows, uscc, mask, _wrong_digit(rows[uscc].filter(pa.array(mask))))
    if not typed and table.columns[table.occurred_on].type is ColumnType.DATE:
        mask = rng.random(count) < dirt.impossible_date
        tally["impossible_date"] += int(mask.sum())
        plain = rows[table.occurred_on].combine_chunks().cast(pa.string())
        year = pc.utf8_slice_codeunits(plain.filter(pa.array(mask)), 0, 4)
        rows = _replace(rows, table.occurred_on, plain)
        rows = _set(rows, table.occurred_on, mask, join(year, "-02-30"))
    counted = _counted(table, rows)
    if counted is not None:
        mask = rng.random(count) < dirt.negative_count
        mask &= pc.greater(pc.fill_null(rows[counted], 0), 0).to_numpy()
        tally["negative_count"] += int(mask.sum())
        rows = _set(rows, counted, mask, pc.negate(rows[counted].filter(pa.array(mask)).combine_chunks()))
    order = rng.permutation(count + len(again))
    return rows.take(pa.array(np.concatenate([np.arange(count), again])[order]))


def _counted(table: Table, rows: pa.Table) -> str | None:
    for name, column in table.columns.items():
        if column.type is ColumnType.INTEGER and column.minimum == 0 and name in rows.column_names:
            return name
    return None


def _wrong_digit(codes: pa.ChunkedArray) -> pa.Array:
    return pa.array([code[:17] + _NEXT_CHARACTER[code[17]] for code in codes.to_pylist()], pa.string())


def _replace(rows: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, column)


def _set(rows: pa.Table, name: str, mask: Mask, values: pa.Array) -> pa.Table:
    if not mask.any():
        return rows
    column = rows[name].combine_chunks()
    return _replace(rows, name, pc.replace_with_mask(column, pa.array(mask), values.cast(column.type)))
