"""Keys of one purpose each, and values sealed with them (AES-256-GCM): the database alone opens nothing."""

from __future__ import annotations

import secrets
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12


@cache
def key_of(purpose: str) -> bytes:
    """Return the key of one purpose; the keys of two purposes tell nothing about each other."""
    secret: bytes = settings.LOOKOUT.personal_key
    return HKDF(SHA256(), 32, salt=None, info=f"lookout {purpose}".encode()).derive(secret)


def seal(purpose: str, content: bytes, bound_to: str = "") -> bytes:
    """Return content as ciphertext; `bound_to` is what it belongs to and cannot be moved from."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key_of(purpose)).encrypt(nonce, content, bound_to.encode())


def unseal(purpose: str, sealed: bytes, bound_to: str = "") -> bytes:
    """Return what was sealed. Raises InvalidTag when it was changed, moved, or sealed by another key."""
    return AESGCM(key_of(purpose)).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode())
