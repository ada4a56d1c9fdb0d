"""The evidence package: items, what proves them, and the verifier, in one file whose bytes are determined."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.proof.bundle import verifier
from lookout.proof.digests import canonical, sha256_hex
from lookout.proof.heads import HeadSigner, SignedHead
from lookout.proof.log import Log
from lookout.proof.offline.container import MOST_BYTES, MOST_MEMBERS, Member, local_header, tail_of
from lookout.proof.readme import README_TEXT

WHAT = "lookout evidence package"
FORM = 1
BLOCK = 16_384  # bytes of a content that have a digest of their own, so that a change is found to the place
FILE_LIST = "manifest.json"  # an item of this name, when sealed, seals the items it lists
HEAD, HEAD_SIGNATURE = "head.json", "head.sig"
HEAD_SIGNER, PACKAGE_SIGNER = "certificates/head-signer.pem", "certificates/package-signer.pem"
HEAD_TOKEN = "tokens/head.tsr"  # noqa: S105  a file name, not a secret


@dataclass(frozen=True)
class Item:
    """One file to hand over. `name` is its path below items/, in ASCII or not, without `..`."""

    name: str
    content: Path | bytes
    media_type: str
    sha256: str
    sm3: str
    note: str = ""


@dataclass(frozen=True)
class Token:
    """An RFC 3161 token over an item's SHA-256."""

    item: str
    token: bytes


@dataclass(frozen=True)
class Written:
    """A package that was written, with the digests of the whole file."""

    path: Path
    bytes: int
    sha256: str
    sm3: str


@dataclass
class _File:
    name: str
    content: Path | bytes
    media_type: str
    note: str = ""
    size: int = 0
    crc: int = 0
    sha256: str = ""
    sm3: str = ""
    blocks: list[str] = field(default_factory=list)

    def read(self) -> Iterator[bytes]:
        """Yield the content in blocks."""
        if isinstance(self.content, bytes):
            yield from (self.content[at : at + BLOCK] for at in range(0, len(self.content), BLOCK))
            return
        with self.content.open("rb") as handle:
            while block := handle.read(BLOCK):
                yield block

    def measure(self) -> None:
        """Fill size, digests and blocks from the content."""
        sha256, sm3 = hashlib.sha256(), hashlib.new("sm3")
        for block in self.read():
            self.size += len(block)
            self.crc = zlib.crc32(block, self.crc)
            sha256.update(block)
            sm3.update(block)
            self.blocks.append(f"{sha256_hex(block)}:{zlib.crc32(block):08x}")
        self.sha256, self.sm3 = sha256.hexdigest(), sm3.hexdigest()

    def as_record(self) -> dict[str, Any]:
        """Return the file's line of the manifest."""
        return {
            "blocks": self.blocks,
            "media_type": self.media_type,
            "name": self.name,
            "note": self.note,
            "sha256": self.sha256,
            "size": self.size,
            "sm3": self.sm3,
        }


def write_package(
    target: Path,
    items: Sequence[Item],
    *,
    log: Log,
    indices: Sequence[int],
    head: SignedHead,
    signer: HeadSigner,
    at: datetime,
    tokens: Sequence[Token] = (),
    certificates: Mapping[str, str | bytes] | None = None,
    about: Mapping[str, Any] | None = None,
    earlier: Sequence[SignedHead] = (),
    papers: Mapping[str, bytes] | None = None,
) -> Written:
    """Write a package of items whose entries in the log are those of `indices`, under a head that has them.

    Every item must be sealed: an entry has its SHA-256, or a sealed item named `manifest.json` lists it
    (`{"files": [{"name", "sha256", …}]}`, names beside that item). `certificates` are PEM files by name,
    among them the roots; `earlier` heads get a proof that they are the beginning of this one; `about` is
    told to the reader; `papers` are pages for reading by name, under papers/, listed but not sealed. The
    same arguments give the same bytes, but for signatures that are random by kind.
    The file appears whole or not at all. Raises DataError naming all that does not fit.
    """
    own = [_File(f"items/{item.name}", item.content, item.media_type, item.note) for item in items]
    for file in own:
        file.measure()
    _refuse(_problems(items, own, log, indices, head))
    rest = [
        _File(HEAD, head.head.as_bytes(), "application/json"),
        _File(HEAD_SIGNATURE, head.signature, "application/octet-stream"),
        _File(HEAD_SIGNER, head.certificate_pem.encode(), "application/x-pem-file"),
        _File(PACKAGE_SIGNER, _bytes(signer.certificate_pem), "application/x-pem-file"),
        _File("README.txt", README_TEXT.encode(), "text/plain"),
        _File("verify.py", verifier().encode(), "text/x-python"),
    ]
    stamps = [{"file": HEAD_TOKEN, "of": HEAD}] if head.token else []
    if head.token:
        rest.append(_File(HEAD_TOKEN, head.token, "application/timestamp-reply"))
    for number, token in enumerate(tokens, 1):
        name = f"tokens/{number:04d}.tsr"
        rest.append(_File(name, token.token, "application/timestamp-reply"))
        stamps.append({"file": name, "of": f"items/{token.item}"})
    for name, pem in (certificates or {}).items():
        rest.append(_File(f"certificates/{name}", _bytes(pem), "application/x-pem-file"))
    for name, page in (papers or {}).items():
        rest.append(
            _File(f"papers/{name}", page, mimetypes.guess_type(name)[0] or "application/octet-stream")
        )
    rest.append(_File("proof.json", _proof(log, indices, head, stamps, earlier), "application/json"))
    for file in rest:
        file.measure()
    files = sorted((*own, *rest), key=lambda file: file.name)
    _refuse(_faults_of_names([file.name for file in files]))
    manifest = canonical(
        {
            "about": dict(about or {}),
            "files": [file.as_record() for file in files],
            "block": BLOCK,
            "form": FORM,
            "made_at": at.astimezone(SHANGHAI).isoformat(timespec="microseconds"),
            "signed": {"algorithm": signer.algorithm, "certificate": PACKAGE_SIGNER},
            "what": WHAT,
        }
    )
    front = [
        _File("manifest.json", manifest, "application/json"),
        _File("manifest.sig", signer.sign(manifest), "application/octet-stream"),
    ]
    for file in front:
        file.measure()
    return _write(target, [*front, *files])


def _proof(
    log: Log,
    indices: Sequence[int],
    head: SignedHead,
    stamps: Sequence[Mapping[str, str]],
    earlier: Sequence[SignedHead],
) -> bytes:
    size = head.head.size
    return canonical(
        {
            "earlier": [
                {
                    "at": old.head.at.astimezone(SHANGHAI).isoformat(timespec="microseconds"),
                    "path": _hex(log.consistency(old.head.size, size).path),
                    "root": old.head.root.hex(),
                    "size": old.head.size,
                }
                for old in earlier
            ],
            "head": {"algorithm": head.algorithm, "certificate": HEAD_SIGNER},
            "seals": [
                {
                    "index": index,
                    "leaf": log.leaf(index).decode(),
                    "path": _hex(log.inclusion(index, size).path),
                }
                for index in indices
            ],
            "tokens": list(stamps),
        }
    )


def _problems(
    items: Sequence[Item], files: Sequence[_File], log: Log, indices: Sequence[int], head: SignedHead
) -> Iterator[str]:
    for item, file in zip(items, files, strict=True):
        for kind, said, found in (("SHA-256", item.sha256, file.sha256), ("SM3", item.sm3, file.sm3)):
            if said != found:
                yield f"“{item.name}”的 {kind} 应为 {said}，内容却是 {found}"
    late = [index for index in indices if index >= head.head.size]
    if late:
        yield f"第 {late[0]} 条记录在签名头（共 {head.head.size:,} 条）之后；请先发布新的签名头"
        return
    if log.origin != head.head.origin or log.root(head.head.size) != head.head.root:
        yield f"签名头 {head.head.size:,} 不是这本日志的；请运行 lookout proof check"
        return
    sealed = {log.entry(index).sha256 for index in indices}
    listed = {
        name
        for item, file in zip(items, files, strict=True)
        if file.sha256 in sealed
        for name in _listed(item, file)
    }
    for item, file in zip(items, files, strict=True):
        if file.sha256 not in sealed and (item.name, file.sha256) not in listed:
            yield f"“{item.name}”没有存证：日志的记录和已存证的 {FILE_LIST} 里都没有它的摘要"


def _listed(item: Item, file: _File) -> Iterator[tuple[str, str]]:
    """Yield name and SHA-256 of the items that a list of files names; nothing for any other item."""
    path = PurePosixPath(item.name)
    if path.name != FILE_LIST:
        return
    try:
        for line in json.loads(b"".join(file.read()))["files"]:
            yield (
                str(path.with_name(line["name"]) if "/" not in line["name"] else path.parent / line["name"]),
                line["sha256"],
            )
    except (ValueError, KeyError, TypeError):
        return


def _faults_of_names(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        path = PurePosixPath(name)
        if (
            str(path) != name
            or path.is_absolute()
            or ".." in path.parts
            or "\\" in name
            or not name.isprintable()
        ):
            yield f"“{name}”不能作为取证包内的文件名"
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        yield f"文件名重复：{'、'.join(doubled)}"
    if len(names) > MOST_MEMBERS:
        yield f"文件太多：{len(names):,} 个，最多 {MOST_MEMBERS:,} 个"


def _refuse(problems: Iterator[str]) -> None:
    if found := list(problems):
        raise DataError(
            "不能写出取证包：\n" + "\n".join(f"  {number}. {what}" for number, what in enumerate(found, 1))
        )


def _write(target: Path, files: Sequence[_File]) -> Written:
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with fresh.open("xb") as handle:
            sink = _Sink(handle)
            members = []
            for file in files:
                name = file.name.encode()
                sink.write(local_header(name, file.size, file.crc))
                members.append(Member(file.name, file.size, file.crc, sink.size))
                for block in file.read():
                    sink.write(block)
                if sink.size > MOST_BYTES:
                    raise DataError(f"取证包超过 {MOST_BYTES / 2**30:.0f} GiB；请分成几个包")
            sink.write(tail_of(members))
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return Written(target, sink.size, sink.sha256.hexdigest(), sink.sm3.hexdigest())


class _Sink:
    """Writes and digests."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.size = 0
        self.sha256, self.sm3 = hashlib.sha256(), hashlib.new("sm3")

    def write(self, content: bytes) -> None:
        """Write and take into the digests."""
        self._handle.write(content)
        self.size += len(content)
        self.sha256.update(content)
        self.sm3.update(content)


def _hex(path: Sequence[bytes]) -> list[str]:
    return [step.hex() for step in path]


def _bytes(pem: str | bytes) -> bytes:
    return pem.encode() if isinstance(pem, str) else pem
