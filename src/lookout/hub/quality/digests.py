"""Digests of rows, made column by column: to find doubled rows and files of the same content.

128 bits a row, the same on every machine. They tell rows apart that differ by accident; they are no
proof against somebody who wants two rows to look alike.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Words = npt.NDArray[np.uint64]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_PLACE = np.uint64(0xD1B54A32D192ED03)
_LENGTH = np.uint64(0x8CB92BA72F3D8DD7)
_OTHER = np.uint64(0x2545F4914F6CDD1D)
_NOTHING = np.uint64(0x5851F42D4C957F2D)
_ALL = (1 << 64) - 1
_MOST_RUNS = 6


def _mix(words: Words) -> Words:
    """Scatter the bits of every word, one to one (the finaliser of SplitMix64); changes its input."""
    words ^= words >> np.uint64(30)
    words *= np.uint64(0xBF58476D1CE4E5B9)
    words ^= words >> np.uint64(27)
    words *= np.uint64(0x94D049BB133111EB)
    words ^= words >> np.uint64(31)
    return words


def _sums(parts: Words, bounds: npt.NDArray[np.int64]) -> Words:
    running = np.zeros(parts.size + 1, np.uint64)
    np.cumsum(parts, out=running[1:])
    found: Words = running[bounds[1:]] - running[bounds[:-1]]
    return found


def _of_texts(array: pa.Array) -> tuple[Words, Words]:
    """Read every text eight bytes at a time."""
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1].astype(np.int64)
    octets = np.zeros((int(ends[-1]) if data is not None else 0) + 8, np.uint8)
    if data is not None:
        octets[:-8] = np.frombuffer(data, np.uint8)[: ends[-1]]
    lengths = np.diff(ends)
    counts = (lengths + 7) >> 3
    bounds = np.concatenate(([0], np.cumsum(counts)))
    nth = np.arange(bounds[-1]) - np.repeat(bounds[:-1], counts)
    at = np.repeat(ends[:-1], counts) + 8 * nth
    # A view that starts a word at every byte.
    sliding: Words = np.ndarray((octets.size - 7,), "<u8", octets, strides=(1,))
    words = sliding[at]
    left = np.minimum(np.repeat(lengths, counts) - 8 * nth, 8).astype(np.uint64)
    words &= np.uint64(_ALL) >> (np.uint64(64) - np.uint64(8) * left)
    first = _mix(words + nth.astype(np.uint64) * _PLACE)
    second = _mix(first ^ _OTHER)
    size = lengths.astype(np.uint64) * _LENGTH
    return _sums(first, bounds) + size, _sums(second, bounds) + size


def _of_numbers(array: pa.Array) -> tuple[Words, Words]:
    words: Words
    width = array.type.bit_width // 8
    octets = np.frombuffer(array.buffers()[1], np.uint8)
    octets = octets[array.offset * width : (array.offset + len(array)) * width]
    if width == 16:
        pairs = octets.view("<u8").reshape(-1, 2)
        words = _mix(np.array(pairs[:, 0], np.uint64)) + np.asarray(pairs[:, 1], np.uint64) * _PLACE
    else:
        words = np.asarray(octets.view(f"<u{width}"), np.uint64)
    first: Words = _mix(words + _LENGTH)
    return first, _mix(first ^ _OTHER)


def _of_column(array: pa.Array) -> tuple[Words, Words]:
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    if not len(array) or array.null_count == len(array):
        return np.full(len(array), _NOTHING), np.full(len(array), _NOTHING)
    first, second = _of_texts(array) if pa.types.is_string(array.type) else _of_numbers(array)
    if array.null_count:
        missing = array.is_null().to_numpy(zero_copy_only=False)
        first[missing] = second[missing] = _NOTHING
    return first, second


def row_digests(columns: Sequence[pa.Array]) -> Words:
    """Return two words a row; rows with equal values in every column have equal digests."""
    rows = len(columns[0])
    found = np.zeros((rows, 2), np.uint64)
    for place, column in enumerate(columns, 1):
        for lane, words in enumerate(_of_column(column)):
            found[:, lane] += _mix(words + np.uint64(place * int(_ODD) & _ALL))
    return found


class RowSet:
    """The rows seen so far, 16 bytes each: sorted runs, merged when they become many."""

    def __init__(self) -> None:
        self._runs: list[Words] = []

    def add(self, digests: Words) -> npt.NDArray[np.bool_]:
        """Add rows; return for each whether it is the first of its kind."""
        order = np.lexsort((digests[:, 1], digests[:, 0]))
        ordered = digests[order]
        fresh = np.ones(len(ordered), bool)
        fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run[:, 0], ordered[:, 0]), len(run) - 1)
            fresh &= (run[at] != ordered).any(axis=1)
        if fresh.any():
            self._runs.append(ordered[fresh])
            self._merge()
        first = np.empty(len(ordered), bool)
        first[order] = fresh
        return first

    def _merge(self) -> None:
        """Keep runs few: the small ones at the end become one, the large ones are left alone."""
        while len(self._runs) > 1 and (
            len(self._runs) > _MOST_RUNS or len(self._runs[-1]) * 2 > len(self._runs[-2])
        ):
            joined = np.concatenate([self._runs.pop(), self._runs.pop()])
            # A stable sort of two sorted runs is a merge; one lane settles the order.
            self._runs.append(joined[np.argsort(joined[:, 0], kind="stable")])


class Content:
    """The digest of all rows of a file, whatever their order."""

    def __init__(self) -> None:
        self._rows = 0
        self._sums = [0, 0]

    def add(self, digests: Words) -> None:
        """Add rows."""
        self._rows += len(digests)
        for lane in (0, 1):
            total = int(digests[:, lane].sum(dtype=np.uint64))
            self._sums[lane] = (self._sums[lane] + total) & _ALL

    @property
    def text(self) -> str:
        """The digest as text."""
        return f"{self._rows}:{self._sums[0]:016x}{self._sums[1]:016x}"
