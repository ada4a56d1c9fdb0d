"""The files of the log: entries, tree hashes and offsets grow at their end; a commit says what of them counts.

    entries     one entry a line
    nodes       32 bytes a hash: each leaf's, followed by those of the subtrees it completes
    offsets     8 bytes an entry: where its line ends
    committed   two slots written in turn: leaves, bytes of entries, root, digest of these

What lies behind the commit was never acknowledged and is cut off by the next append (a torn tail).
What lies before it and is missing was lost or taken, and nothing is appended until it is back.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lookout.kernel.durable import sync
from lookout.kernel.errors import DataError, TransientError
from lookout.proof.merkle import EMPTY_ROOT, Subtree, grow, leaf_hash, root_of_peaks

ENTRIES, NODES, OFFSETS, COMMITTED = "entries", "nodes", "offsets", "committed"
HASH, OFFSET = 32, 8
_SLOT = struct.Struct(">QQ32s")
_SLOT_BYTES = _SLOT.size + HASH
_SLOT_ROOM = 4096  # a torn write of one slot leaves the other whole


@dataclass(frozen=True)
class Commit:
    """What counts: the number of leaves, the bytes of their lines, and the root over them."""

    size: int
    length: int
    root: bytes

    def packed(self) -> bytes:
        """Return the bytes of a slot."""
        said = _SLOT.pack(self.size, self.length, self.root)
        return said + hashlib.sha256(said).digest()


NOTHING = Commit(0, 0, EMPTY_ROOT)


def position(level: int, number: int) -> int:
    """Return where in `nodes` the hash of the number-th complete subtree of 2**level leaves lies."""
    last = ((number + 1) << level) - 1  # the leaf that completes it
    return node_count(last) + level


def node_count(size: int) -> int:
    """Return how many hashes `nodes` holds for `size` leaves."""
    return 2 * size - size.bit_count()


class LogFiles:
    """Reading and appending. A reader needs no lock: what is committed never changes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def commit(self) -> Commit:
        """Return what counts now. Raises DataError when both slots are damaged."""
        try:
            content = (self.folder / COMMITTED).read_bytes()
        except FileNotFoundError:
            if self._length(ENTRIES) or self._length(NODES):
                raise self._damaged(f"{COMMITTED} 缺失") from None
            return NOTHING
        found = [
            commit
            for start in (0, _SLOT_ROOM)
            if (commit := _read_slot(content[start : start + _SLOT_BYTES])) is not None
        ]
        if not found:
            if not self._length(ENTRIES) and not self._length(NODES):  # died while it was made
                return NOTHING
            raise self._damaged(f"{COMMITTED} 损坏")
        return max(found, key=lambda commit: commit.size)

    @contextmanager
    def subtrees(self) -> Iterator[Subtree]:
        """Give the hashes of complete subtrees from the one open file."""
        with self._reading(NODES) as handle:

            def subtree(level: int, number: int) -> bytes:
                found = os.pread(handle, HASH, position(level, number) * HASH)
                if len(found) != HASH:
                    raise self._damaged(f"{NODES} 短了")
                return found

            yield subtree

    def line(self, index: int) -> bytes:
        """Return the bytes of an entry, without the end of its line."""
        with self._reading(OFFSETS) as handle:
            start = self._offset(handle, index - 1) if index else 0
            end = self._offset(handle, index)
        with self._reading(ENTRIES) as handle:
            found = os.pread(handle, end - start, start)
        if len(found) != end - start or not found.endswith(b"\n"):
            raise self._damaged(f"{ENTRIES} 第 {index} 条短了或被改动")
        return found[:-1]

    def lines(self, start: int, commit: Commit) -> Iterator[bytes]:
        """Yield the bytes of the entries from `start` on."""
        if start >= commit.size:
            return
        with self._reading(OFFSETS) as handle:
            first = self._offset(handle, start - 1) if start else 0
        with (self.folder / ENTRIES).open("rb") as entries:
            entries.seek(first)
            for index in range(start, commit.size):
                found = entries.readline()
                if not found.endswith(b"\n"):
                    raise self._damaged(f"{ENTRIES} 第 {index} 条短了")
                yield found[:-1]

    def text(self, start: int, commit: Commit) -> bytes:
        """Return the lines of the entries from `start` on."""
        if start >= commit.size:
            return b""
        with self._reading(OFFSETS) as handle:
            first = self._offset(handle, start - 1) if start else 0
        with self._reading(ENTRIES) as handle:
            return os.pread(handle, commit.length - first, first)

    def append(self, commit: Commit, contents: Sequence[bytes]) -> Commit:
        """Add entries behind a commit, durably, as a whole or not at all. Call it with the lock held."""
        self._cut(commit)
        peaks, nodes, ends, end = self.peaks(commit), [], [], commit.length
        for number, content in enumerate(contents):
            nodes += grow(peaks, commit.size + number, leaf_hash(content))
            end += len(content) + 1
            ends.append(end)
        fresh = Commit(commit.size + len(contents), end, root_of_peaks(peaks))
        try:
            if not commit.size:  # first of all files, so that without it nothing was ever begun
                self._write_slot(commit, NOTHING)
            self._add(
                (NODES, b"".join(nodes)),
                (OFFSETS, struct.pack(f">{len(ends)}Q", *ends)),
                (ENTRIES, b"".join(content + b"\n" for content in contents)),
            )
            self._write_slot(commit, fresh)
        except OSError as error:
            raise TransientError(
                f"存证日志没有写入（{error.strerror or error}）：{self.folder}；"
                "已有的记录不受影响，请检查磁盘空间与权限后再试"
            ) from error
        return fresh

    def peaks(self, commit: Commit) -> list[bytes]:
        """Return the hashes of the complete subtrees, largest first. Raises DataError when they are not the root's."""
        if not commit.size:
            return []
        if short := list(self.lengths(commit)):
            raise self._damaged("；".join(short))
        found, before = [], 0
        with self.subtrees() as subtree:
            for level in range(commit.size.bit_length() - 1, -1, -1):
                if commit.size >> level & 1:
                    found.append(subtree(level, before >> level))
                    before += 1 << level
        if root_of_peaks(found) != commit.root:
            raise self._damaged(f"{NODES} 与根值不符")
        return found

    @contextmanager
    def _reading(self, name: str) -> Iterator[int]:
        try:
            handle = os.open(self.folder / name, os.O_RDONLY)
        except FileNotFoundError:
            raise self._damaged(f"{name} 缺失") from None
        try:
            yield handle
        finally:
            os.close(handle)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Wait for the turn to write. The lock is the operating system's: it vanishes with its process."""
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync(self.folder.parent)
        handle = os.open(self.folder / "append.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def lengths(self, commit: Commit) -> Iterator[str]:
        """Yield which files are shorter than the commit promises."""
        for name, least in _promised(commit):
            if self._length(name) < least:
                yield f"{name} 只有 {self._length(name):,} 字节，应不少于 {least:,} 字节"

    def _cut(self, commit: Commit) -> None:
        """Remove a torn tail. Raises DataError when something committed is missing."""
        if short := list(self.lengths(commit)):
            raise self._damaged("；".join(short))
        for name, length in _promised(commit):
            if self._length(name) > length:
                os.truncate(self.folder / name, length)

    def _add(self, *contents: tuple[str, bytes]) -> None:
        """Append to files, then wait for the disk: one journal of the system takes them together."""
        with ExitStack() as opened:
            handles = []
            for name, content in contents:
                handle = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                opened.callback(os.close, handle)
                _write_all(handle, content)
                handles.append(handle)
            for handle in handles:
                os.fdatasync(handle)

    def _write_slot(self, old: Commit, fresh: Commit) -> None:
        path = self.folder / COMMITTED
        is_new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            first = _read_slot(os.pread(handle, _SLOT_BYTES, 0))
            place = _SLOT_ROOM if first == old else 0
            os.pwrite(handle, fresh.packed(), place)
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            sync(self.folder)

    def _offset(self, handle: int, index: int) -> int:
        found = os.pread(handle, OFFSET, index * OFFSET)
        if len(found) != OFFSET:
            raise self._damaged(f"{OFFSETS} 短了")
        return int.from_bytes(found, "big")

    def _length(self, name: str) -> int:
        try:
            return (self.folder / name).stat().st_size
        except FileNotFoundError:
            return 0

    def _damaged(self, what: str) -> DataError:
        return DataError(
            f"存证日志 {self.folder} 损坏或被截短：{what}；不再写入，请保留现场，从备份恢复这个文件夹后运行 "
            "lookout proof check"
        )


def _promised(commit: Commit) -> tuple[tuple[str, int], ...]:
    return (
        (NODES, node_count(commit.size) * HASH),
        (OFFSETS, commit.size * OFFSET),
        (ENTRIES, commit.length),
    )


def _read_slot(content: bytes) -> Commit | None:
    if len(content) != _SLOT_BYTES:
        return None
    commit = Commit(*_SLOT.unpack_from(content))
    return commit if commit.packed() == content else None


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
