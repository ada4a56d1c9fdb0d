"""Where the bytes lie: by digest, and sealed when they hold what nobody may see without a reason."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from lookout.kernel.errors import DataError

NONCE = 12


def folder() -> Path:
    """Return the folder of all attachments."""
    return Path(settings.LOOKOUT_HOME) / "attachments"


def put(content: bytes, digest: str) -> str:
    """Keep bytes under their digest and return the path; what is there already stays."""
    return _write(content, f"{digest[:2]}/{digest}")


def put_sealed(content: bytes, digest: str) -> str:
    """Keep bytes encrypted (AES-256-GCM, the digest bound in) and return the path."""
    nonce = secrets.token_bytes(NONCE)
    sealed = nonce + AESGCM(_key()).encrypt(nonce, content, digest.encode())
    return _write(sealed, f"{digest[:2]}/{digest}.sealed")


def get(path: str) -> bytes:
    """Return the bytes. Raises DataError when the file is gone."""
    try:
        return (folder() / path).read_bytes()
    except FileNotFoundError:
        raise DataError("附件文件不见了；请从备份恢复附件目录") from None


def get_sealed(path: str, digest: str) -> bytes:
    """Return the bytes that were sealed. Raises InvalidTag when they were tampered with."""
    sealed = get(path)
    return AESGCM(_key()).decrypt(sealed[:NONCE], sealed[NONCE:], digest.encode())


def _key() -> bytes:
    secret: bytes = settings.LOOKOUT.personal_key
    return HKDF(SHA256(), 32, salt=None, info=b"lookout attachments").derive(secret)


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
