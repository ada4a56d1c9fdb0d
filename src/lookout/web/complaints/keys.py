"""Digests, seals and receipt codes: what keeps a reporter unknown even to somebody who holds the database."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag

from lookout.kernel.errors import DataError
from lookout.web import sealing

# No letter or digit that is taken for another when read aloud or copied by hand.
ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
CODE_LENGTH = 12


def _ours(purpose: str) -> str:
    return f"complaints {purpose}"


def digest(purpose: str, *parts: str) -> str:
    """Return a keyed digest in hex: equal for equal parts, and not to be guessed without the key."""
    return hmac.digest(sealing.key_of(_ours(purpose)), "\x1f".join(parts).encode(), "sha256").hex()


def seal(purpose: str, values: Mapping[str, Any], bound_to: str = "") -> str:
    """Return values as ciphertext (AES-256-GCM); `bound_to` is what it belongs to and cannot be moved from."""
    plain = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(sealing.seal(_ours(purpose), plain, bound_to)).decode()


def unseal(purpose: str, sealed: str, bound_to: str = "") -> dict[str, Any]:
    """Return what was sealed. Raises DataError when it was changed, moved, or sealed by another key."""
    try:
        plain = sealing.unseal(_ours(purpose), base64.urlsafe_b64decode(sealed.encode()), bound_to)
    except (ValueError, InvalidTag):
        raise DataError("密封的内容打不开：已被改动，或不是本系统密封的") from None
    values: dict[str, Any] = json.loads(plain)
    return values


def new_code() -> str:
    """Return a fresh receipt code."""
    return "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))


def clean_code(text: str) -> str:
    """Return a typed receipt code without blanks and dashes, in capitals."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def shown_code(code: str) -> str:
    """Return a receipt code in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def code_digest(code: str) -> str:
    """Return the digest a receipt code is found by."""
    return digest("receipt codes", clean_code(code))


def new_number(day: str) -> str:
    """Return a fresh complaint number of a day (YYYYMMDD); it does not tell how many came."""
    return f"TS{day}{secrets.randbelow(10**8):08d}"
