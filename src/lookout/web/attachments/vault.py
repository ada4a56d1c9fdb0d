"""Where the bytes lie: by digest, and sealed when they hold what nobody may see without a reason."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

from lookout.kernel.errors import DataError
from lookout.web.sealing import seal, unseal

PURPOSE = "attachments"


def folder() -> Path:
    """Return the folder of all attachments."""
    return Path(settings.LOOKOUT_HOME) / "attachments"


def put(content: bytes, digest: str) -> str:
    """Keep bytes under their digest and return the path; what is there already stays."""
    return _write(content, f"{digest[:2]}/{digest}")


def put_sealed(content: bytes, digest: str) -> str:
    """Keep bytes encrypted (AES-256-GCM, the digest bound in) and return the path."""
    return _write(seal(PURPOSE, content, digest), f"{digest[:2]}/{digest}.sealed")


def get(path: str) -> bytes:
    """Return the bytes. Raises DataError when the file is gone."""
    try:
        return (folder() / path).read_bytes()
    except FileNotFoundError:
        raise DataError("附件文件不见了；请从备份恢复附件目录") from None


def get_sealed(path: str, digest: str) -> bytes:
    """Return the bytes that were sealed. Raises InvalidTag when they were tampered with."""
    return unseal(PURPOSE, get(path), digest)


def _write(content: bytes, path: str) -> str:
    target = folder() / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{target.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    return path
