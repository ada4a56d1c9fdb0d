"""Columns of cells by the million: text, dates and amounts built by NumPy and Arrow, never row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Column: TypeAlias = pa.Array | npt.NDArray[Any]

EPOCH = date(1970, 1, 1)
NEVER = 10**6  # a day far after every `as_of`: the event does not happen


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return (day - EPOCH).days


def generator(seed: int, *where: str | int) -> np.random.Generator:
    """Return the random generator of one place, independent of every other place."""
    return np.random.default_rng([seed, *(crc32(str(part).encode()) for part in where)])


def text(values: Sequence[str]) -> pa.Array:
    """Return a list of words as a text column."""
    return pa.array(values, pa.string())


def fixed(characters: npt.NDArray[np.uint8]) -> pa.Array:
    """Return a matrix of ASCII codes, one row a value, as a text column."""
    count, width = characters.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    data = pa.py_buffer(np.ascontiguousarray(characters))
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), data)


def digits(numbers: Ints, width: int) -> npt.NDArray[np.uint8]:
    """Return the decimal digits of numbers, zero-padded, as a matrix of values 0..9."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return ((numbers[:, None] // powers) % 10).astype(np.uint8)


def numbered(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Return codes such as `TS0000001234`."""
    head = np.tile(np.frombuffer(prefix.encode(), np.uint8), (len(numbers), 1))
    return fixed(np.hstack([head, digits(numbers, width) + ord("0")]))


def join(*parts: pa.Array | str) -> pa.Array:
    """Concatenate text columns and constants row by row; a missing part counts as empty."""
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def choose(rng: np.random.Generator, words: pa.Array, count: int) -> pa.Array:
    """Draw words with equal chances."""
    return words.take(pa.array(rng.integers(0, len(words), count)))


def weighted(rng: np.random.Generator, weights: Sequence[float], count: int) -> Ints:
    """Draw indices in proportion to weights."""
    shares = np.asarray(weights, float)
    edges = np.cumsum(shares / shares.sum())
    return np.minimum(np.searchsorted(edges, rng.random(count), "right"), len(shares) - 1)


def codes(rng: np.random.Generator, chances: Mapping[str, float], count: int) -> pa.Array:
    """Draw code cells in proportion to their weights."""
    return text(list(chances)).take(pa.array(weighted(rng, list(chances.values()), count)))


def dates(days: Ints) -> pa.Array:
    """Return days since 1970 as a date column; `NEVER` and later is empty."""
    return pa.array(days.astype(np.int32), pa.int32(), mask=days >= NEVER).cast(pa.date32())


def month_text(days: Ints) -> pa.Array:
    """Return the month of days as `2026-10`."""
    return pc.utf8_slice_codeunits(dates(days).cast(pa.string()), 0, 7)


def years(days: Ints) -> Ints:
    """Return the calendar year of days."""
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def when(mask: Mask, values: Column) -> pa.Array:
    """Keep values where the mask holds; elsewhere the cell is empty."""
    return pc.if_else(pa.array(mask), pa.array(values) if isinstance(values, np.ndarray) else values, None)


def either(mask: Mask, yes: pa.Array | str, no: pa.Array | str) -> pa.Array:
    """Choose between two text columns row by row."""
    return pc.if_else(pa.array(mask), yes, no)


def yuan(amounts: npt.NDArray[np.floating]) -> Floats:
    """Round amounts to fen."""
    return np.round(amounts.astype(float), 2)


def thousands(amounts: npt.NDArray[np.floating]) -> Floats:
    """Round amounts to whole thousands, at least one, as people lend them."""
    return np.maximum(1000.0, np.round(amounts / 1000.0) * 1000.0)


def between(rng: np.random.Generator, low: float, high: float, count: int) -> Floats:
    """Draw amounts spread evenly on a log scale."""
    return np.exp(rng.uniform(np.log(max(low, 1e-9)), np.log(max(high, 1e-9)), count))


def hashed(*keys: Ints) -> Ints:
    """Mix integers into one pseudo-random non-negative integer below 2^53, the same for the same keys."""
    mixed = np.full(keys[0].shape, 0x9E3779B97F4A7C15, np.uint64)
    for key in keys:
        mixed = (mixed ^ key.astype(np.uint64)) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(32)
    return (mixed >> np.uint64(11)).astype(np.int64)
