"""How a notice of change is signed, so that its receiver knows who sent it and when (HMAC-SHA256)."""

from __future__ import annotations

import hashlib
import hmac

VERSION = "v1"
# A receiver refuses what is older: who has listened in cannot send it again later.
TOLERANCE_SECONDS = 300


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a body sent at an instant (seconds since 1970)."""
    made = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"{VERSION}={made.hexdigest()}"


def verify(secret: str, timestamp: int, body: bytes, signature: str, now: int) -> bool:
    """Tell whether a notice is genuine and fresh; what a receiver does."""
    is_fresh = abs(now - timestamp) <= TOLERANCE_SECONDS
    return hmac.compare_digest(sign(secret, timestamp, body), signature) and is_fresh
