"""The log of everything sealed: append-only, durable, provable; processes may share it."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lookout.kernel.errors import DataError
from lookout.proof.entry import Entry
from lookout.proof.keeping import write_atomically
from lookout.proof.logfiles import HASH, NODES, OFFSET, OFFSETS, Commit, LogFiles
from lookout.proof.lookup import Lookup, key_in, key_of
from lookout.proof.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    grow,
    inclusion_proof,
    leaf_hash,
    range_hash,
    root_of_peaks,
)

ORIGIN = "origin"
MOST_FINDINGS = 20  # a log that is wrong everywhere is told by its first places
BEHIND = 2048  # the index may be this many entries behind: they are looked through, which takes a millisecond
FEW = 16
_AT_ONCE = 65_536  # entries indexed in one transaction


@dataclass(frozen=True)
class Finding:
    """Something wrong with the log: where, and what, in Chinese."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}：{self.what}"


@dataclass(frozen=True)
class Inclusion:
    """That a leaf is in the tree of the first `size` leaves: the path from it to the root."""

    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True)
class Consistency:
    """That the first `old` leaves are the beginning of the first `new` ones."""

    old: int
    new: int
    path: tuple[bytes, ...]


class Log:
    """The log in a folder. Methods raise DataError when what was committed is damaged or missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = LogFiles(folder)
        self._lookup = Lookup(folder)

    @property
    def origin(self) -> str:
        """The name of this log, drawn when it was begun; '' before."""
        file = self.folder / ORIGIN
        return file.read_text("ascii").strip() if file.exists() else ""

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self._files.commit().size

    def append(self, entries: Iterable[Entry]) -> list[int]:
        """Add entries, all or none, and return their indices once they are durable."""
        with self._files.lock():
            return self._append(self._files.commit(), list(entries))

    def append_once(self, entries: Iterable[Entry]) -> list[int]:
        """Add those that are not there yet, by kind, number and SHA-256; return the indices of all."""
        wanted = list(entries)
        with self._files.lock():
            commit = self._files.commit()
            if not self._is_covered(commit):
                self._catch_up(commit)
            held = self._held(commit, [(entry.kind, entry.number) for entry in wanted])
            places = {entry.identity: index for found in held for index, entry in found}
            fresh = {entry.identity: entry for entry in wanted if entry.identity not in places}
            indices = self._append(commit, list(fresh.values()))
            places |= dict(zip(fresh, indices, strict=True))
        return [places[entry.identity] for entry in wanted]

    def find_all(self, records: Iterable[tuple[str, str]]) -> list[list[int]]:
        """Return, for each kind and number, the indices of its entries, oldest first."""
        commit = self._files.commit()
        if not self._is_covered(commit):
            with self._files.lock():
                commit = self._files.commit()
                self._catch_up(commit)
        return [[index for index, _ in found] for found in self._held(commit, list(records))]

    def find(self, kind: str, number: str) -> list[int]:
        """Return the indices of a record's entries, oldest first; a changed record has several."""
        return self.find_all([(kind, number)])[0]

    def locked(self) -> AbstractContextManager[None]:
        """Hold the log as it is: while this lasts, nobody appends."""
        return self._files.lock()

    def entry(self, index: int) -> Entry:
        """Return an entry. Raises IndexError when there is none of that index."""
        return Entry.from_bytes(self.leaf(index))

    def leaf(self, index: int) -> bytes:
        """Return the bytes of an entry. Raises IndexError when there is none of that index."""
        if not 0 <= index < self.size:
            raise IndexError(f"no entry {index} in a log of {self.size}")
        return self._files.line(index)

    def entries(self, start: int = 0) -> Iterable[Entry]:
        """Yield the entries from an index on."""
        return (Entry.from_bytes(line) for line in self._files.lines(start, self._files.commit()))

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` entries, all by default."""
        commit = self._files.commit()
        size = self._within(size, commit)
        if size == commit.size:
            return commit.root
        if not size:
            return EMPTY_ROOT
        with self._files.subtrees() as subtree:
            return range_hash(0, size, subtree)

    def inclusion(self, index: int, size: int | None = None) -> Inclusion:
        """Return the proof that an entry is among the first `size`, all by default."""
        size = self._within(size, self._files.commit())
        if not 0 <= index < size:
            raise IndexError(f"no entry {index} in a log of {size}")
        with self._files.subtrees() as subtree:
            return Inclusion(index, size, tuple(inclusion_proof(index, size, subtree)))

    def consistency(self, old: int, new: int | None = None) -> Consistency:
        """Return the proof that the first `old` entries are the beginning of the first `new`, all by default."""
        new = self._within(new, self._files.commit())
        if not 0 <= old <= new:
            raise DataError(f"较早的记录数 {old:,} 应不大于较晚的 {new:,}")
        if old in (0, new):
            return Consistency(old, new, ())
        with self._files.subtrees() as subtree:
            return Consistency(old, new, tuple(consistency_proof(old, new, subtree)))

    def peaks(self) -> list[bytes]:
        """Return the hashes of the complete subtrees. Raises DataError when they do not make up the root."""
        return self._files.peaks(self._files.commit())

    def check(self) -> list[Finding]:
        """Compute the whole tree again from the entries and compare all that is kept; [] when all holds.

        A log cut off together with its commit is whole in itself: only heads know it was longer
        (`heads.check_heads`).
        """
        try:
            return self._check(self._files.commit())
        except DataError as error:
            return [Finding(str(self.folder), str(error))]

    def _append(self, commit: Commit, entries: Sequence[Entry]) -> list[int]:
        if not entries:
            return []
        if not self.origin:
            if commit.size:
                raise DataError(f"{self.folder / ORIGIN} 缺失：不知道这是哪一本存证日志；请从备份恢复它")
            write_atomically(self.folder / ORIGIN, f"lookout-{secrets.token_hex(8)}\n".encode())
        fresh = self._files.append(commit, [entry.as_bytes() for entry in entries])
        try:
            if not self._is_covered(fresh):
                self._catch_up(fresh)
        except sqlite3.Error:  # the entries are in; who looks for one makes the index again
            self._lookup.remove()
        return list(range(commit.size, fresh.size))

    def _held(self, commit: Commit, records: Sequence[tuple[str, str]]) -> Iterator[list[tuple[int, Entry]]]:
        """Yield, for each kind and number, its entries with their indices: from the index, and behind it."""
        if not commit.size:
            yield from ([] for _ in records)
            return
        covered, _ = self._lookup.covered()
        indexed = self._lookup.candidates(records) if covered else [[] for _ in records]
        behind = _behind(self._files.text(covered, commit), [key_of(record) for record in records])
        for record, candidates, more in zip(records, indexed, behind, strict=True):
            places = [*candidates, *(covered + step for step in more)]
            entries = [(index, Entry.from_bytes(self._files.line(index))) for index in places]
            yield [(index, entry) for index, entry in entries if (entry.kind, entry.number) == record]

    def _is_covered(self, commit: Commit) -> bool:
        """Tell whether the index is of this log and near enough to its end."""
        covered, root = self._lookup.covered()
        if not covered:
            return commit.size < BEHIND
        return 0 <= commit.size - covered < BEHIND and root == self.root(covered)

    def _catch_up(self, commit: Commit) -> None:
        """Bring the index to the log's size, or make it again when it is not this log's. The lock must be held."""
        covered, root = self._lookup.covered()
        if not covered or covered > commit.size or root != self.root(covered):
            self._lookup.remove()
            covered = 0
        lines = self._files.lines(covered, commit)
        while covered < commit.size:
            keys = [key_in(line) for line in islice(lines, _AT_ONCE)]
            self._lookup.add(covered, keys, self.root(covered + len(keys)))
            covered += len(keys)

    def _within(self, size: int | None, commit: Commit) -> int:
        if size is None:
            return commit.size
        if not 0 <= size <= commit.size:
            raise DataError(
                f"存证日志现有 {commit.size:,} 条记录，没有 {size:,} 条；若曾经有过，说明日志被截短"
            )
        return size

    def _check(self, commit: Commit) -> list[Finding]:
        if short := list(self._files.lengths(commit)):
            return [Finding(str(self.folder), f"日志被截短：{what}") for what in short]
        found: list[Finding] = []
        if not commit.size:
            return found
        peaks: list[bytes] = []
        end = 0
        with (self.folder / NODES).open("rb") as nodes, (self.folder / OFFSETS).open("rb") as offsets:
            for index, line in enumerate(self._files.lines(0, commit)):
                kept = nodes.read(HASH)
                if leaf_hash(line) != kept:
                    found.append(Finding(f"第 {index} 条", "内容与写入时的散列不同，已被改动"))
                # The tree goes on with the hash that was kept, so that one changed entry is one finding.
                above = b"".join(grow(peaks, index, kept)[1:])
                if above and nodes.read(len(above)) != above:
                    found.append(Finding(f"第 {index} 条之上", "树的内部散列与其下的散列不符"))
                end += len(line) + 1
                if int.from_bytes(offsets.read(OFFSET), "big") != end:
                    found.append(Finding(f"第 {index} 条", "位置表与记录不符"))
                if len(found) >= MOST_FINDINGS:
                    return found
        if (root_of_peaks(peaks), end) != (commit.root, commit.length):
            found.append(Finding(str(self.folder), "重新计算的根值与提交时不同"))
        return found


def _behind(text: bytes, keys: Sequence[bytes]) -> Iterator[list[int]]:
    """Yield, for each key, which of the entries of a text have it."""
    if len(keys) <= FEW:  # to look for a few is faster than to take all apart
        for key in keys:
            found, place = [], text.find(key)
            while place >= 0:
                found.append(text.count(b"\n", 0, place))
                place = text.find(key, place + 1)
            yield found
        return
    places: dict[bytes, list[int]] = {}
    for step, line in enumerate(text.split(b"\n")[:-1]):
        places.setdefault(key_in(line), []).append(step)
    yield from (places.get(key, []) for key in keys)
