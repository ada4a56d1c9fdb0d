"""SM3 (GB/T 32905) where the platform's library has none; everything else comes from hashlib."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

MASK = 0xFFFFFFFF
SM3_START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


def has_sm3() -> bool:
    """Tell whether hashlib has SM3."""
    try:
        hashlib.new("sm3")
    except ValueError:
        return False
    return True


def sm3_hasher() -> Any:
    """Return an object with update() and hexdigest()."""
    return hashlib.new("sm3") if has_sm3() else PlainSm3()


def sm3_of(content: bytes) -> bytes:
    """Return the SM3 digest of bytes."""
    hasher = sm3_hasher()
    hasher.update(content)
    return bytes.fromhex(hasher.hexdigest())


class PlainSm3:
    """SM3 in Python alone: about 100 KB a second."""

    def __init__(self) -> None:
        self._state = SM3_START
        self._rest = b""
        self._length = 0

    def update(self, content: bytes) -> None:
        """Take more bytes in."""
        self._length += len(content)
        content = self._rest + content
        whole = len(content) // 64 * 64
        for start in range(0, whole, 64):
            self._state = _compress(self._state, content[start : start + 64])
        self._rest = content[whole:]

    def hexdigest(self) -> str:
        """Return the digest of what was taken in."""
        padding = b"\x80" + b"\0" * ((55 - self._length) % 64) + struct.pack(">Q", self._length * 8)
        state, content = self._state, self._rest + padding
        for start in range(0, len(content), 64):
            state = _compress(state, content[start : start + 64])
        return "".join(format(word, "08x") for word in state)


def _turn(word: int, by: int) -> int:
    by %= 32
    return ((word << by) | (word >> (32 - by))) & MASK if by else word


def _spread(word: int) -> int:
    return word ^ _turn(word, 15) ^ _turn(word, 23)


def _compress(state: Any, block: bytes) -> Any:
    words: list[int] = list(struct.unpack(">16I", block))
    for step in range(16, 68):
        mixed = words[step - 16] ^ words[step - 9] ^ _turn(words[step - 3], 15)
        words.append(_spread(mixed) ^ _turn(words[step - 13], 7) ^ words[step - 6])
    a, b, c, d, e, f, g, h = state
    for step in range(64):
        constant = 0x79CC4519 if step < 16 else 0x7A879D8A
        first = _turn((_turn(a, 12) + e + _turn(constant, step)) & MASK, 7)
        second = first ^ _turn(a, 12)
        if step < 16:
            left, right = a ^ b ^ c, e ^ f ^ g
        else:
            left, right = (a & b) | (a & c) | (b & c), (e & f) | (~e & MASK & g)
        left = (left + d + second + (words[step] ^ words[step + 4])) & MASK
        right = (right + h + first + words[step]) & MASK
        d, c, b, a = c, _turn(b, 9), a, left
        h, g, f, e = g, _turn(f, 19), e, right ^ _turn(right, 9) ^ _turn(right, 17)
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h)))
