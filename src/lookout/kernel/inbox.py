"""The inbox of pushed files: each lies whole with a side file, or not at all; what became of it is beside it.

`HOME/inbox/<connection>/<receipt>.data` and `.json` wait; `receipts/<receipt>.json` tells the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lookout.kernel.durable import sync
from lookout.kernel.errors import DataError

INBOX, RECEIPTS, FAILED = "inbox", "receipts", "failed"
CONNECTION_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_INCOMING = ".incoming-"
_RECEIPT = re.compile(r"[0-9a-f]{32}")


class TooLargeError(Exception):
    """A body had more bytes than the inbox takes."""


@dataclass(frozen=True)
class Received:
    """Bytes that came in and lie in the inbox under a passing name."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Pushed:
    """One pushed file. `delivered_at` is what the sender stated, '' for nothing; times are ISO texts."""

    receipt: str
    connection: str
    file: str
    sha256: str
    bytes: int
    received_at: str
    delivered_at: str = ""


def receipt_of(connection: str, sha256: str) -> str:
    """Return the receipt of a file: the same bytes for the same connection always have the same one."""
    return hashlib.sha256(f"{connection}\n{sha256}".encode()).hexdigest()[:32]


def write_whole(file: Path, content: Mapping[str, Any]) -> None:
    """Write JSON under its name only when all of it is on the disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with fresh.open("w", encoding="utf-8") as handle:
        json.dump(content, handle, ensure_ascii=False, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)
    sync(file.parent)


class Inbox:
    """The pushed files of one connection."""

    def __init__(self, home: Path, connection: str) -> None:
        if not CONNECTION_NAME.fullmatch(connection):
            raise ValueError(f"not a connection's name: {connection!r}")
        self.folder = home / INBOX / connection

    def receive(self, chunks: Iterable[bytes], most: int) -> Received:
        """Write a body to the disk. Raises TooLargeError beyond `most` bytes; then nothing is kept."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        path = self.folder / f"{_INCOMING}{secrets.token_hex(8)}"
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("wb") as handle:
                for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        raise TooLargeError
                    digest.update(chunk)
                    handle.write(chunk)
                handle.flush()
                os.fsync(handle.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Received(path, digest.hexdigest(), size)

    def put(self, received: Received, pushed: Pushed) -> None:
        """Let a received file wait to be landed; the side file comes last, since it alone is looked for."""
        received.path.replace(self.data(pushed.receipt))
        write_whole(self._side(pushed.receipt), asdict(pushed))
        (self.folder / RECEIPTS / f"{pushed.receipt}.json").unlink(missing_ok=True)

    def data(self, receipt: str) -> Path:
        """Return where the bytes of a waiting file lie."""
        return self.folder / f"{receipt}.data"

    def waiting(self) -> list[Pushed]:
        """Return the files that wait, in the order in which they came. Raises DataError for a damaged side file."""
        found = []
        for side in sorted(self.folder.glob("*.json")):
            try:
                pushed = Pushed(**json.loads(side.read_text("utf-8")))
            except (ValueError, TypeError) as error:
                raise DataError(
                    f"推送的附带文件 {side} 损坏；请删去它和同名的 .data，让报送方重新推送"
                ) from error
            if self.data(pushed.receipt).exists():
                found.append(pushed)
            else:  # settled, and stopped before the side file was gone
                side.unlink(missing_ok=True)
        return sorted(found, key=lambda one: (one.received_at, one.receipt))

    def settle(self, pushed: Pushed, outcome: Mapping[str, Any]) -> None:
        """Write what became of a file."""
        write_whole(self.folder / RECEIPTS / f"{pushed.receipt}.json", {**asdict(pushed), **outcome})

    def clear(self, receipt: str, *, keep: bool) -> None:
        """Take a settled file out of the inbox; `keep` puts its bytes into `failed` for people to look at."""
        data = self.data(receipt)
        if keep and data.exists():
            (self.folder / FAILED).mkdir(exist_ok=True)
            data.replace(self.folder / FAILED / data.name)
        data.unlink(missing_ok=True)
        self._side(receipt).unlink(missing_ok=True)

    def state(self, receipt: str) -> dict[str, Any] | None:
        """Return what is known of a receipt, with its `state`: received, landed or refused; None for nothing."""
        if not _RECEIPT.fullmatch(receipt):
            return None
        for file in (self._side(receipt), self.folder / RECEIPTS / f"{receipt}.json"):
            try:
                content: dict[str, Any] = json.loads(file.read_text("utf-8"))
            except FileNotFoundError:
                continue
            return {"state": "received", **content}
        return None

    def clear_broken_off(self, before: datetime) -> None:
        """Remove what uploads that broke off before an instant (with offset) left behind."""
        for stale in self.folder.glob(f"{_INCOMING}*"):
            if stale.stat().st_mtime < before.timestamp():
                stale.unlink(missing_ok=True)

    def _side(self, receipt: str) -> Path:
        return self.folder / f"{receipt}.json"
