"""Files that must be whole or not there: written atomically, secrets for the owner only, one writer at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookout.kernel.durable import sync

_SECRET, _OPEN = 0o600, 0o644


def write_atomically(file: Path, content: bytes, *, secret: bool = False) -> None:
    """Put content under a name only when all of it is on the disk; a secret is its owner's alone from the start."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET if secret else _OPEN)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync(file.parent)


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold a lock between processes and threads, waiting for it; it vanishes with its holder, however that dies."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, _SECRET)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
