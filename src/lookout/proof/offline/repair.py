"""Finds the one byte that was changed, from a checksum taken before: what was there, and where."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

POLYNOMIAL = 0xEDB88320  # of CRC-32 as in zip


class Change(NamedTuple):
    """A byte that may have been changed: its place, and what it was."""

    place: int
    old: int


def _table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


TABLE = _table()
BY_TOP = [number for _, number in sorted((entry >> 24, number) for number, entry in enumerate(TABLE))]
BY_ENTRY: dict[int, int] = {entry: number for number, entry in enumerate(TABLE)}


def one_byte_changes(content: bytes, crc: int) -> Iterator[Change]:
    """Yield each single byte that, put back, gives the content the checksum it had.

    A checksum is linear: the difference a byte makes runs through the table once for each byte behind
    it. Running backwards from the end, a difference that is an entry of the table is that of one byte.
    """
    difference = zlib.crc32(content) ^ crc
    if not difference:
        return
    table, by_top, by_entry = TABLE, BY_TOP, BY_ENTRY  # names of the function are the faster ones
    for place in range(len(content) - 1, -1, -1):
        if difference in by_entry:
            yield Change(place, content[place] ^ by_entry[difference])
        number = by_top[difference >> 24]
        difference = (difference ^ table[number]) << 8 & 0xFFFFFFFF | number


def put_back(content: bytes, change: Change) -> bytes:
    """Return the content with the byte as it was."""
    return content[: change.place] + bytes([change.old]) + content[change.place + 1 :]
