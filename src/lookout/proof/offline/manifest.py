"""Finding the manifest of a package and deciding whether to trust it, whatever else is damaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, BinaryIO, Dict, NamedTuple

from lookout.proof.offline.certificates import algorithm_of, is_signed, read_pem
from lookout.proof.offline.container import Member, bytes_at, in_place, length_of, misfits, readings
from lookout.proof.offline.repair import one_byte_changes, put_back
from lookout.proof.offline.words import WRONG, Finding, UnreadableError

PACKAGE = "lookout evidence package"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
MOST_MANIFEST = 1 << 28
Record = Dict[str, Any]


class Front(NamedTuple):
    """The manifest, where the files lie, what was found wrong with it, and its two files as they were."""

    manifest: dict[str, Any]
    members: list[Member]
    findings: list[Finding]
    right: dict[str, bytes]


class Reading(NamedTuple):
    """One way to read the container: all files, and the two at the front."""

    members: list[Member]
    manifest: Member
    signature: Member


class Opened(NamedTuple):
    """A package open for reading."""

    handle: BinaryIO
    length: int


def content_at(package: Opened, member: Member) -> bytes:
    """Return a file's bytes as they are."""
    return bytes_at(package.handle, member.start, member.size)


def mended(content: bytes, record: Record, block_size: int) -> bytes:
    """Return a content with single changed bytes of its blocks put back; as it is where that cannot be."""
    if hashlib.sha256(content).hexdigest() == record["sha256"] or len(content) != record["size"]:
        return content
    parts = []
    for number, said in enumerate(record["blocks"]):
        block = content[number * block_size : (number + 1) * block_size]
        change = find_change(block, said)
        parts.append(block if change is None else put_back(block, change))
    return b"".join(parts)


@lru_cache(maxsize=16)
def find_change(block: bytes, said: str) -> Any:
    """Return the one change that turns a block back into what its line says; None when there is no such."""
    digest, _, crc = said.partition(":")
    if hashlib.sha256(block).hexdigest() == digest:
        return None
    for change in one_byte_changes(block, int(crc, 16)):
        if hashlib.sha256(put_back(block, change)).hexdigest() == digest:
            return change
    return None


def read_canonical(content: bytes) -> dict[str, Any]:
    """Read JSON of the one form that a record has. Raises UnreadableError."""
    try:
        record = json.loads(content.decode("utf-8"))
        again = canonical_bytes(record)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("json", why=type(error).__name__) from None
    if not isinstance(record, dict) or again != content:
        raise UnreadableError("json", why="form")
    return record


def open_front(package: Opened) -> Front:
    """Find the manifest and check its signature. Raises UnreadableError when there is none to be found."""
    found = [one for one in map(_reading, readings(package.handle, package.length)) if one is not None]
    if not found:
        raise UnreadableError("not_a_package", why=MANIFEST)
    for attempt in (_as_it_is, _with_a_byte_put_back):
        for reading in found:
            for front in attempt(package, reading):
                return front._replace(members=_members(package, front, found))
    return _not_signed(package, found)


def _reading(members: list[Member]) -> Reading | None:
    named = {member.name: member for member in members[:2]}
    if MANIFEST not in named or SIGNATURE not in named or named[MANIFEST].size > MOST_MANIFEST:
        return None
    return Reading(members, named[MANIFEST], named[SIGNATURE])


def _contents(package: Opened, reading: Reading) -> tuple[bytes, bytes]:
    return content_at(package, reading.manifest), content_at(package, reading.signature)


def _as_it_is(package: Opened, reading: Reading) -> Iterator[Front]:
    manifest, signature = _contents(package, reading)
    parsed = _verified(package, reading, manifest, signature)
    if parsed is not None:
        yield Front(parsed, reading.members, [], {MANIFEST: manifest, SIGNATURE: signature})


def _with_a_byte_put_back(package: Opened, reading: Reading) -> Iterator[Front]:
    for place, member in enumerate((reading.manifest, reading.signature)):
        contents = list(_contents(package, reading))
        content = contents[place]
        for change in one_byte_changes(content, member.crc):
            contents[place] = put_back(content, change)
            parsed = _verified(package, reading, contents[0], contents[1])
            if parsed is not None:
                span = (member.start + change.place, member.start + change.place + 1)
                fields = {"place": change.place, "old": change.old, "new": content[change.place]}
                finding = Finding(WRONG, "signature_byte", member.name, span, fields)
                right = {MANIFEST: contents[0], SIGNATURE: contents[1]}
                yield Front(parsed, reading.members, [finding], right)


def _verified(package: Opened, reading: Reading, manifest: bytes, signature: bytes) -> dict[str, Any] | None:
    """Return the manifest when its signature holds; None else."""
    try:
        parsed = read_canonical(manifest)
        if parsed["what"] != PACKAGE:
            return None
        name = parsed["signed"]["certificate"]
        records = {record["name"]: record for record in parsed["files"]}
        key = None
        for members in (_by_manifest(parsed, len(signature)), reading.members):
            place = {member.name: member for member in members}.get(name)
            if place is None:
                continue
            pem = mended(content_at(package, place), records[name], parsed["block"])
            if hashlib.sha256(pem).hexdigest() == records[name]["sha256"]:
                key = read_pem(pem)[0].key
                break
        algorithm = algorithm_of(parsed["signed"]["algorithm"])
        return parsed if key and is_signed(key, algorithm, manifest, signature) else None
    except (UnreadableError, KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None


def _by_manifest(manifest: dict[str, Any], signature_size: int) -> list[Member]:
    size = len(canonical_bytes(manifest))
    files = [(record["name"], record["size"]) for record in manifest["files"]]
    sizes = [(MANIFEST, size), (SIGNATURE, signature_size), *files]
    return in_place([Member(name, length, 0, 0) for name, length in sizes])


def canonical_bytes(record: dict[str, Any]) -> bytes:
    """Return the one form of a record."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _members(package: Opened, front: Front, found: list[Reading]) -> list[Member]:
    """Return where the files lie: as a container in perfect form says, else as the manifest says.

    Where both fail, the package was put together anew by a program of another kind.
    """
    for reading in found:
        if not misfits(package.handle, package.length, reading.members):
            return in_place(reading.members)
    expected = _by_manifest(front.manifest, len(front.right[SIGNATURE]))
    told = [[(member.name, member.size) for member in reading.members] for reading in found]
    if length_of(expected) == package.length or [(one.name, one.size) for one in expected] in told:
        return expected
    return found[0].members


def _not_signed(package: Opened, found: list[Reading]) -> Front:
    """Go on with a manifest whose signature does not hold. Raises UnreadableError when it cannot be read."""
    trouble: UnreadableError | None = None
    for reading in found:
        manifest, signature = _contents(package, reading)
        span = (reading.manifest.start, reading.manifest.start + reading.manifest.size)
        try:
            parsed = read_canonical(manifest)
            algorithm = str(parsed["signed"]["algorithm"])
            fields = {"algorithm": algorithm, "what": MANIFEST}
            front = Front(
                parsed,
                reading.members,
                [Finding(WRONG, "signature", MANIFEST, span, fields)],
                {MANIFEST: manifest, SIGNATURE: signature},
            )
            return front._replace(members=_members(package, front, found))
        except UnreadableError as error:
            trouble = error
        except (KeyError, TypeError, AttributeError):
            trouble = UnreadableError("json", why="form")
    raise trouble or UnreadableError("not_a_package", why=MANIFEST)
