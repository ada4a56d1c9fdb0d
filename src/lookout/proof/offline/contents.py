"""Every byte of a package against its manifest: contents block by block, and the container around them."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any, NamedTuple

from lookout.proof.offline.container import LOCAL, Member, bytes_at, doubled_names, misfits
from lookout.proof.offline.manifest import (
    MANIFEST,
    SIGNATURE,
    Front,
    Opened,
    Record,
    content_at,
    find_change,
    mended,
)
from lookout.proof.offline.numbers import has_sm3, sm3_hasher
from lookout.proof.offline.words import LIMIT, WRONG, Finding, UnreadableError

LEAST_BLOCK, MOST_BLOCK = 1 << 10, 1 << 26
PLAIN_SM3_MOST = 4 << 20  # bytes that SM3 in plain Python is worth waiting for
CRC_IN_HEADER = 14


class Contents(NamedTuple):
    """What is wrong with the files, and how to get at them."""

    findings: list[Finding]
    package: Opened
    manifest: dict[str, Any]
    places: dict[str, Member]

    def records(self) -> dict[str, Record]:
        """Return the manifest's lines by name."""
        return {record["name"]: record for record in self.manifest["files"]}

    def get(self, name: str) -> bytes | None:
        """Return a file's content, a single changed byte put back (it was reported); None when it is absent."""
        record = self.records().get(name)
        if record is None or name not in self.places:
            return None
        return mended(content_at(self.package, self.places[name]), record, self.manifest["block"])


def check_contents(package: Opened, front: Front) -> Contents:
    """Compare all files with the manifest and the container with what it must be."""
    block_size = front.manifest["block"]
    if not isinstance(block_size, int) or not LEAST_BLOCK <= block_size <= MOST_BLOCK:
        raise UnreadableError("field", field="block", why=str(block_size))
    findings = list(front.findings)
    records = {record["name"]: record for record in front.manifest["files"]}
    places = {member.name: member for member in front.members}
    own = {MANIFEST, SIGNATURE}
    findings += [Finding(WRONG, "doubled", name, None, {}) for name in doubled_names(front.members)]
    findings += [Finding(WRONG, "missing", name, None, {}) for name in records if name not in places]
    findings += [
        Finding(WRONG, "unlisted", name, _span(places[name]), {})
        for name in places
        if name not in records and name not in own
    ]
    placed = []
    for told in front.members:
        # A directory that names more bytes than there are must not make the reader look for them.
        member = told._replace(size=min(told.size, max(0, package.length - told.start)))
        crc = zlib.crc32(front.right[member.name]) if member.name in own else None
        if member.name in records:
            found, crc = _check_file(package, member, records[member.name], block_size)
            findings += found
        placed.append(member._replace(crc=_said_crc(package, member) if crc is None else crc))
    expected = [MANIFEST, SIGNATURE, *records]
    if [member.name for member in front.members if member.name in expected] != [
        name for name in expected if name in places
    ]:
        findings.append(Finding(WRONG, "order", MANIFEST, None, {}))
    findings += [
        Finding(WRONG, "structure", "zip", (misfit.start, misfit.end), {"part": misfit.part})
        for misfit in misfits(package.handle, package.length, placed)
    ]
    return Contents(findings, package, front.manifest, places)


def _span(member: Member) -> tuple[int, int]:
    return member.start, member.start + member.size


def _said_crc(package: Opened, member: Member) -> int:
    header = member.start - LOCAL.size - len(member.name.encode("utf-8"))
    return int.from_bytes(bytes_at(package.handle, header + CRC_IN_HEADER, 4), "little")


def _check_file(
    package: Opened, member: Member, record: Record, block_size: int
) -> tuple[list[Finding], int | None]:
    """Return what is wrong with one file, and its checksum when it is known what the content was."""
    findings: list[Finding] = []
    sha256, crc = hashlib.sha256(), 0
    sm3 = sm3_hasher() if has_sm3() or member.size <= PLAIN_SM3_MOST else None
    changed: list[list[int]] = []
    one_byte_only = True
    for number, said in enumerate(_lines(record, member.size, block_size)):
        place = number * block_size
        block = bytes_at(package.handle, member.start + place, min(block_size, member.size - place))
        sha256.update(block)
        if sm3 is not None:
            sm3.update(block)
        right = block
        if hashlib.sha256(block).hexdigest() != said.partition(":")[0]:
            change = find_change(block, said) if said else None
            if change is None:
                one_byte_only = False
                if changed and changed[-1][1] == place:
                    changed[-1][1] = place + len(block)
                else:
                    changed.append([place, place + len(block)])
            else:
                spot = place + change.place
                fields = {"place": spot, "old": change.old, "new": block[change.place]}
                span = (member.start + spot, member.start + spot + 1)
                findings.append(Finding(WRONG, "byte", member.name, span, fields))
                right = block[: change.place] + bytes([change.old]) + block[change.place + 1 :]
        crc = zlib.crc32(right, crc)
    if member.size != record["size"]:
        fields = {"said": record["size"], "found": member.size}
        findings.append(Finding(WRONG, "size", member.name, _span(member), fields))
        one_byte_only = False
    findings += [
        Finding(
            WRONG,
            "block",
            member.name,
            (member.start + start, member.start + end),
            {"start": start, "end": end},
        )
        for start, end in changed
    ]
    if not findings:
        findings += _digest_findings(member, record, sha256.hexdigest(), sm3.hexdigest() if sm3 else "")
    return findings, crc if one_byte_only else None


def _lines(record: Record, size: int, block_size: int) -> list[str]:
    """Return a line for each block there is; empty where the manifest has none."""
    count = (size + block_size - 1) // block_size
    lines = [str(line) for line in record["blocks"][:count]]
    return lines + [""] * (count - len(lines))


def _digest_findings(member: Member, record: Record, sha256: str, sm3: str) -> list[Finding]:
    found = []
    for name, said, own in (("SHA-256", record["sha256"], sha256), ("SM3", record["sm3"], sm3)):
        if own and said != own:
            fields = {"name": name, "said": said, "found": own}
            found.append(Finding(WRONG, "digest", member.name, _span(member), fields))
    if not sm3:
        found.append(Finding(LIMIT, "sm3_skipped", member.name, None, {}))
    return found
