"""Digests of bytes, and the one way in which a record becomes bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lookout.kernel.errors import ConfigError


def sha256_hex(content: bytes) -> str:
    """Return the SHA-256 digest as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def sm3_hex(content: bytes) -> str:
    """Return the SM3 digest (GB/T 32905) as 64 hexadecimal digits.

    Raises ConfigError where the OpenSSL of this Python was built without SM3.
    """
    try:
        return hashlib.new("sm3", content).hexdigest()
    except ValueError:
        raise ConfigError(
            "这台机器的 OpenSSL 不支持 SM3；请换用带国密算法的 OpenSSL 1.1.1 或更新版本"
        ) from None


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return a record as bytes that do not depend on the order of its keys.

    UTF-8 JSON, keys sorted, no spaces. Values must be JSON's own (instants and amounts as text), so
    that the same record read back from any database gives the same bytes.
    """
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()
