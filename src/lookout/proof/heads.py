"""Signed heads of the log: what its root was, when, and who says so. Kept for ever, one file each."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.proof.digests import canonical
from lookout.proof.log import Finding, Log
from lookout.proof.offline.certificates import algorithm_of, is_signed, read_pem
from lookout.proof.offline.words import UnreadableError
from lookout.proof.places import heads_folder, log_folder

WHAT = "lookout log head"  # a signature over a head can never be one over something else
# A job that took its time at its start, or two machines, may be this far behind what others sealed meanwhile.
CLOCKS_DIFFER = timedelta(minutes=5)
_NUMBERED = "[0-9]" * 8 + ".json"


class HeadSigner(Protocol):
    """Who signs heads and packages."""

    @property
    def algorithm(self) -> str:
        """The name of the signature's algorithm."""

    @property
    def certificate_pem(self) -> str | bytes:
        """The signer's certificate, alone or followed by those above it."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature over the data."""


class HeadStamper(Protocol):
    """Who stamps with the time."""

    def stamp(self, sha256: bytes) -> bytes:
        """Return an RFC 3161 token over a digest."""


@dataclass(frozen=True)
class Head:
    """The state of a log: its name, how many entries, their root, at which instant."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def as_bytes(self) -> bytes:
        """Return the bytes that are signed and stamped."""
        return canonical(
            {
                "at": self.at.astimezone(SHANGHAI).isoformat(timespec="microseconds"),
                "origin": self.origin,
                "root": self.root.hex(),
                "size": self.size,
                "what": WHAT,
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Head:
        """Read the signed bytes. Raises DataError when they are not those of a head."""
        try:
            raw = json.loads(content)
            if raw["what"] != WHAT:
                raise ValueError("what")
            at = datetime.fromisoformat(raw["at"])
            return cls(raw["origin"], int(raw["size"]), bytes.fromhex(raw["root"]), at)
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"这不是存证日志的签名头（{type(error).__name__}）") from error


@dataclass(frozen=True)
class SignedHead:
    """A head with its signature and the time-stamp token over its bytes' SHA-256 (b"": none).

    `certificate_pem` is the signer's certificate, alone or with those above it.
    """

    head: Head
    signature: bytes
    algorithm: str
    certificate_pem: str
    token: bytes
    number: int = 0  # in the folder of heads, from 1

    def as_json(self) -> str:
        """Return the text of a head's file; the verifier reads it, too (`--head`)."""
        return json.dumps(
            {
                "head": self.head.as_bytes().decode(),
                "signature": base64.b64encode(self.signature).decode(),
                "algorithm": self.algorithm,
                "certificate": self.certificate_pem,
                "token": base64.b64encode(self.token).decode(),
            },
            ensure_ascii=False,
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str, number: int = 0) -> SignedHead:
        """Read a head's file. Raises DataError when it is damaged."""
        try:
            raw = json.loads(text)
            return cls(
                Head.from_bytes(raw["head"].encode()),
                base64.b64decode(raw["signature"]),
                raw["algorithm"],
                raw["certificate"],
                base64.b64decode(raw["token"]),
                number,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"签名头的文件损坏（{type(error).__name__}）") from error


class Heads:
    """The folder of heads. A file is written once and never again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def numbers(self) -> list[int]:
        """Return the numbers of the heads, oldest first."""
        return sorted(int(file.stem) for file in self.folder.glob(_NUMBERED))

    def read(self, number: int) -> SignedHead:
        """Return one head. Raises DataError when it is missing or damaged."""
        file = self.folder / f"{number:08d}.json"
        try:
            return SignedHead.from_json(file.read_text("utf-8"), number)
        except (OSError, UnicodeDecodeError, DataError) as error:
            raise DataError(f"{file} 缺失或损坏（{error}）；请从备份恢复这个文件") from error

    def all(self) -> Iterator[SignedHead]:
        """Yield all heads, oldest first."""
        return (self.read(number) for number in self.numbers())

    def newest(self) -> SignedHead | None:
        """Return the newest head; None before the first."""
        numbers = self.numbers()
        return self.read(numbers[-1]) if numbers else None

    def covering(self, index: int) -> SignedHead | None:
        """Return the oldest head whose tree has the entry of an index; None when none has it yet."""
        numbers = self.numbers()
        low, high = 0, len(numbers)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.read(numbers[middle]).head.size > index else (middle + 1, high)
        return self.read(numbers[low]) if low < len(numbers) else None

    def add(self, signed: SignedHead) -> SignedHead:
        """Keep a head under the next number, durably."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = (self.numbers() or [0])[-1] + 1
        fresh = self.folder / f".{number:08d}.{os.getpid()}.tmp"
        with fresh.open("w", encoding="utf-8") as handle:
            handle.write(signed.as_json())
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(fresh, self.folder / f"{number:08d}.json")
        except FileExistsError:
            raise TransientError(f"另一个进程刚刚签署了第 {number} 个签名头；请再试一次") from None
        finally:
            fresh.unlink()
        return self.read(number)


def open_log(home: Path) -> Log:
    """Return the log of an installation."""
    return Log(log_folder(home))


def open_heads(home: Path) -> Heads:
    """Return the heads of an installation."""
    return Heads(heads_folder(home))


def publish_head(
    log: Log, signer: HeadSigner, authority: HeadStamper | None, at: datetime, heads: Heads | None = None
) -> SignedHead:
    """Sign and stamp the log's present root and keep it; without an authority it has no stamp.

    The heads lie beside the log unless told. Raises DataError when the log is no longer what the newest
    head says it was (cut off, changed), ConfigError when the clock stands before what was sealed already.
    """
    heads = heads or Heads(log.folder.parent / "heads")
    with log.locked():
        size, root = log.size, log.root()
        newest = heads.newest()
        if newest is not None:
            _refuse_a_log_that_is_not_the_same(log, newest.head)
        at = _not_before_what_was_sealed(log, newest.head if newest else None, at)
        head = Head(log.origin, size, root, at)
        said = head.as_bytes()
        certificate = signer.certificate_pem
        signed = SignedHead(
            head,
            signer.sign(said),
            signer.algorithm,
            certificate if isinstance(certificate, str) else certificate.decode("ascii"),
            authority.stamp(hashlib.sha256(said).digest()) if authority else b"",
        )
        return heads.add(signed)


def check_heads(log: Log, heads: Heads) -> list[Finding]:
    """Compare every head with the log and its own signature; a log cut off or changed no longer has their roots."""
    found: list[Finding] = []
    before: Head | None = None
    for place, number in enumerate(heads.numbers(), 1):
        where = f"签名头 {number}"
        if place != number:
            found.append(Finding(f"签名头 {place}", "缺失"))
            return found
        try:
            signed = heads.read(number)
        except DataError as error:
            found.append(Finding(where, str(error)))
            continue
        head = signed.head
        if not _is_signed(signed):
            found.append(Finding(where, "签名不成立：签名头被改动，或不是由所附证书的密钥签署"))
        if head.origin != log.origin:
            found.append(Finding(where, f"属于另一本日志 {head.origin}，这一本是 {log.origin or '空的'}"))
        elif head.size > log.size:
            found.append(
                Finding(where, f"签署时有 {head.size:,} 条，现在只有 {log.size:,} 条：日志末尾被截去")
            )
        elif log.root(head.size) != head.root:
            found.append(Finding(where, f"签署时前 {head.size:,} 条的根值与现在不同：其中的记录被改动过"))
        if before is not None and head.at < before.at:
            found.append(Finding(where, f"时间 {head.at:%Y-%m-%d %H:%M:%S} 早于前一个签名头"))
        before = head
    return found


def _is_signed(signed: SignedHead) -> bool:
    try:
        signer = read_pem(signed.certificate_pem.encode())[0]
        return is_signed(signer.key, algorithm_of(signed.algorithm), signed.head.as_bytes(), signed.signature)
    except UnreadableError:
        return False


def _refuse_a_log_that_is_not_the_same(log: Log, newest: Head) -> None:
    if newest.origin != log.origin:
        raise DataError(
            f"签名头属于另一本日志 {newest.origin}，这一本是 {log.origin or '空的'}；请核对数据目录"
        )
    if newest.size > log.size:
        raise DataError(
            f"存证日志被截短：{newest.at:%Y-%m-%d %H:%M} 签署时有 {newest.size:,} 条，现在只有 {log.size:,} 条；"
            "请保留现场，从备份恢复存证日志"
        )
    if log.root(newest.size) != newest.root:
        raise DataError(
            f"存证日志被改动：前 {newest.size:,} 条的根值与 {newest.at:%Y-%m-%d %H:%M} 签署的不同；"
            "请运行 lookout proof check，并从备份恢复存证日志"
        )


def _not_before_what_was_sealed(log: Log, newest: Head | None, at: datetime) -> datetime:
    """Return the instant for a head: never before the newest head or an entry. Raises ConfigError."""
    latest = max(
        (entry.at for entry in log.entries(newest.size if newest else 0)), default=newest.at if newest else at
    )
    latest = max(latest, newest.at) if newest else latest
    if at < latest - CLOCKS_DIFFER:
        raise ConfigError(
            f"现在的时刻 {at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} 早于日志里已有的 "
            f"{latest.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}：时钟被拨回；请校准时钟后再试"
        )
    return max(at, latest)
