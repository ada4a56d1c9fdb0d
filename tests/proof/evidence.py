"""What the tests of log and packages share: entries, one test authority, and a small package."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from lookout.kernel.clock import SHANGHAI
from lookout.proof import (
    Entry,
    Log,
    SignedHead,
    canonical,
    open_heads,
    open_log,
    publish_head,
    sha256_hex,
    sm3_hex,
)
from lookout.proof.authority import Authority, open_authority
from lookout.proof.certificates import certificate_pem
from lookout.proof.offline.container import Member, local_header, tail_of
from lookout.proof.offline.main import read_outside
from lookout.proof.offline.report import as_record, verify
from lookout.proof.package import BLOCK, Item, Token, write_package
from lookout.proof.signing import Signer
from lookout.proof.stamps import BuiltInAuthority
from tests.proof.papers import Clock

NOON = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
SECOND = timedelta(seconds=1)
PHOTO = b"\xff\xd8 a photo \x00" * 3000  # more than two blocks


def entry(number: int | str, content: bytes | None = None, at: datetime = NOON) -> Entry:
    """Return an entry over a content, by default one of its own."""
    content = f"content of {number}".encode() if content is None else content
    return Entry("deposit", f"D{number}", sha256_hex(content), sm3_hex(content), at, "chen")


def item(name: str, content: bytes, **more: Any) -> Item:
    """Return an item with its digests."""
    return Item(name, content, "image/jpeg", sha256_hex(content), sm3_hex(content), **more)


@dataclass(frozen=True)
class House:
    """An installation's log with those who sign and stamp; `clock` is set by the test."""

    home: Path
    clock: Clock
    authority: Authority
    signer: Signer
    stamper: BuiltInAuthority

    @property
    def log(self) -> Log:
        """The log."""
        return open_log(self.home)

    def publish(self) -> SignedHead:
        """Publish a head, a second later."""
        self.clock.now += SECOND
        return publish_head(self.log, self.signer, self.stamper, self.clock.now, open_heads(self.home))

    @property
    def root(self) -> bytes:
        """The root certificate, PEM."""
        return certificate_pem(self.authority.root)


@cache
def _authority() -> Path:
    folder = Path(mkdtemp(prefix="lookout-authority-")) / "authority"
    open_authority(folder, now=NOON)
    return folder


def house(home: Path) -> House:
    """Return an empty installation; all share one authority, whose keys are slow to make."""
    clock = Clock(NOON)
    authority = open_authority(_authority(), now=NOON)
    stamper = BuiltInAuthority(_authority(), clock, authority=authority)
    return House(home, clock, authority, Signer.of_authority(authority), stamper)


def token(of: House, digest: bytes) -> bytes:
    """Return a token over a digest."""
    return of.stamper.stamp(digest)


def packed(of: House, target: Path, **more: Any) -> Path:
    """Write a package of one photo, sealed as the sixth of twelve entries; `more` goes to `write_package`."""
    log = of.log
    log.append(entry(number) for number in range(5))
    first = of.publish()
    [index] = log.append([entry("photo", PHOTO, of.clock.now)])
    log.append(entry(number) for number in range(6, 12))
    head = of.publish()
    options: dict[str, Any] = {
        "log": log,
        "indices": [index],
        "head": head,
        "signer": of.signer,
        "at": of.clock.now,
        "tokens": [Token("photo.jpg", token(of, hashlib.sha256(PHOTO).digest()))],
        "certificates": {"root.pem": of.root},
        "about": {"title": "现场照片"},
        "earlier": [first],
    }
    write_package(target, [item("photo.jpg", PHOTO)], **{**options, **more})
    return target


def opened(package: Path) -> dict[str, bytes]:
    """Return the files of a package by name, in their order."""
    with zipfile.ZipFile(package) as container:
        return {name: container.read(name) for name in container.namelist()}


def closed(target: Path, files: Mapping[str, bytes]) -> Path:
    """Write files as a container of the right form."""
    content, members = b"", []
    for name, held in files.items():
        crc = zlib.crc32(held)
        content += local_header(name.encode(), len(held), crc)
        members.append(Member(name, len(held), crc, len(content)))
        content += held
    target.write_bytes(content + tail_of(members))
    return target


def forged(
    target: Path, package: Path, change: Mapping[str, bytes | None], signer: Signer | None = None
) -> Path:
    """Make a package anew with other contents (None: left out) and a manifest that fits.

    With a signer it is one who holds the key; without, the old signature is left.
    """
    files = {name: content for name, content in (opened(package) | change).items() if content is not None}
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = [
        _line(record, files[record["name"]]) for record in manifest["files"] if record["name"] in files
    ]
    files["manifest.json"] = canonical(manifest)
    if signer is not None:
        files["manifest.sig"] = signer.sign(files["manifest.json"])
    return closed(target, files)


def _line(record: dict[str, Any], content: bytes) -> dict[str, Any]:
    blocks = [content[start : start + BLOCK] for start in range(0, len(content), BLOCK)]
    return record | {
        "blocks": [f"{sha256_hex(block)}:{zlib.crc32(block):08x}" for block in blocks],
        "sha256": sha256_hex(content),
        "size": len(content),
        "sm3": sm3_hex(content),
    }


def verdict(package: Path | bytes, *arguments: str) -> dict[str, Any]:
    """Return what the verifier says as JSON."""
    content = package if isinstance(package, bytes) else package.read_bytes()
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    named = {name.strip("-"): [value] for name, value in options.items()}
    outside = read_outside(
        named.get("root", []),
        named.get("published", []),
        named.get("head", []),
        options.get("--consistency"),
        named.get("file", []),
    )
    return as_record(verify(io.BytesIO(content), len(content), outside))


def wrong(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return where and what is wrong."""
    return [(one["where"], one["code"]) for one in found["findings"] if one["level"] == "wrong"]


def unchecked(found: Mapping[str, Any]) -> list[str]:
    """Return what could not be checked for want of something to check against."""
    return [one["code"] for one in found["findings"] if one["level"] == "unchecked"]
