"""The container of a package: a zip of which every byte is determined by names and contents.

Nothing is compressed, times are fixed, nothing is optional. So the reader knows what each byte of the
structure must be, and a changed one is found even where it changes no content.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

LOCAL = struct.Struct("<4sHHHHHIIIHH")
CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
END = struct.Struct("<4sHHHHIIH")
LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
MADE_BY, NEEDED, UTF8, STORED = 0x0314, 20, 0x0800, 0  # Unix, zip 2.0, names in UTF-8, not compressed
NO_TIME, NO_DATE = 0, 0x21  # 1980-01-01 00:00, the first a zip can say
PLAIN_FILE = 0o100644 << 16
MOST_BYTES, MOST_MEMBERS = 0xFFFFFFFE, 0xFFFE  # beyond them a zip has another form


class Member(NamedTuple):
    """One file in the container: its content lies at [start, start + size)."""

    name: str
    size: int
    crc: int
    start: int


class Misfit(NamedTuple):
    """Bytes of the structure that are not what they must be: [start, end) of the package."""

    start: int
    end: int
    part: str


def local_header(name: bytes, size: int, crc: int) -> bytes:
    """Return what stands before a file's content."""
    fields = (NEEDED, UTF8, STORED, NO_TIME, NO_DATE, crc, size, size, len(name), 0)
    return LOCAL.pack(LOCAL_MARK, *fields) + name


def central_header(name: bytes, size: int, crc: int, offset: int) -> bytes:
    """Return a file's line in the directory at the end."""
    times = (MADE_BY, NEEDED, UTF8, STORED, NO_TIME, NO_DATE)
    fields = (*times, crc, size, size, len(name), 0, 0, 0, 0, PLAIN_FILE, offset)
    return CENTRAL.pack(CENTRAL_MARK, *fields) + name


def end_record(count: int, size: int, offset: int) -> bytes:
    """Return what ends the container."""
    return END.pack(END_MARK, 0, 0, count, count, size, offset, 0)


def tail_of(members: list[Member]) -> bytes:
    """Return the directory and the end record over all files, in order."""
    lines = []
    for member in members:
        name = member.name.encode("utf-8")
        lines.append(central_header(name, member.size, member.crc, member.start - LOCAL.size - len(name)))
    directory = b"".join(lines)
    offset = members[-1].start + members[-1].size if members else 0
    return directory + end_record(len(members), len(directory), offset)


def readings(handle: BinaryIO, length: int) -> list[list[Member]]:
    """Return the files as the directory tells them and as the headers do; with one damaged the other remains."""
    return [found for found in (_from_back(handle, length), _from_front(handle, length)) if found]


def bytes_at(handle: BinaryIO, place: int, size: int) -> bytes:
    handle.seek(place)
    return handle.read(size)


def _from_front(handle: BinaryIO, length: int) -> list[Member]:
    members: list[Member] = []
    place = 0
    while place + LOCAL.size <= length:
        fields = LOCAL.unpack(bytes_at(handle, place, LOCAL.size))
        if fields[0] == CENTRAL_MARK:
            break
        crc, size, name_length = fields[6], fields[8], fields[9]
        start = place + LOCAL.size + name_length
        if start + size > length or len(members) > MOST_MEMBERS:
            break
        members.append(Member(_name(bytes_at(handle, place + LOCAL.size, name_length)), size, crc, start))
        place = start + size
    return members


def _from_back(handle: BinaryIO, length: int) -> list[Member]:
    if length < END.size:
        return []
    count, size, offset = END.unpack(bytes_at(handle, length - END.size, END.size))[4:7]
    for start in (offset, length - END.size - size):
        directory = bytes_at(handle, start, min(size, length)) if 0 <= start <= length else b""
        members = _directory(directory, count)
        if members and members[-1].start + members[-1].size <= length:
            return members
    return []


def _directory(directory: bytes, count: int) -> list[Member]:
    members: list[Member] = []
    place = 0
    while place + CENTRAL.size <= len(directory):
        fields = CENTRAL.unpack_from(directory, place)
        crc, size, name_length, offset = fields[7], fields[9], fields[10], fields[16]
        name = directory[place + CENTRAL.size : place + CENTRAL.size + name_length]
        members.append(Member(_name(name), size, crc, offset + LOCAL.size + name_length))
        place += CENTRAL.size + name_length
    return members


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def misfits(handle: BinaryIO, length: int, members: list[Member]) -> list[Misfit]:
    """Compare every byte that is not content with what it must be for files of these names, sizes and checksums.

    Where they lie follows from that: what a damaged directory says of it does not count.
    """
    members = in_place(members)
    found: list[Misfit] = []
    place = 0
    for member in members:
        header = local_header(member.name.encode("utf-8"), member.size, member.crc)
        found += _differences(handle, place, header, "header of " + member.name)
        place += len(header) + member.size
    tail = tail_of(members)
    found += _differences(handle, place, tail, "directory")
    if place + len(tail) < length:
        found.append(Misfit(place + len(tail), length, "end"))
    return found


def in_place(members: Sequence[Member]) -> list[Member]:
    """Return the files where they must lie: one behind the other from the beginning."""
    placed: list[Member] = []
    place = 0
    for member in members:
        start = place + LOCAL.size + len(member.name.encode("utf-8"))
        placed.append(member._replace(start=start))
        place = start + member.size
    return placed


def length_of(members: list[Member]) -> int:
    """Return how long a container of these files is."""
    return (members[-1].start + members[-1].size if members else 0) + len(tail_of(members))


def _differences(handle: BinaryIO, place: int, expected: bytes, part: str) -> list[Misfit]:
    actual = bytes_at(handle, place, len(expected))
    if actual == expected:
        return []
    found: list[Misfit] = []
    for step, byte in enumerate(expected):
        if step < len(actual) and actual[step] == byte:
            continue
        if found and found[-1].end == place + step:
            found[-1] = found[-1]._replace(end=place + step + 1)
        else:
            found.append(Misfit(place + step, place + step + 1, part))
    return found


def doubled_names(members: list[Member]) -> list[str]:
    """Return the names that occur more than once."""
    seen: dict[str, int] = {}
    for member in members:
        seen[member.name] = seen.get(member.name, 0) + 1
    return [name for name, count in seen.items() if count > 1]
