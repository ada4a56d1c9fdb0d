"""A chain of digests: each entry's digest covers the entry before, so none can be changed, left out or moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lookout.proof.digests import sha256_hex

GENESIS = "0" * 64  # what stands before the first entry


def chain_digest(previous: str, content: bytes) -> str:
    """Return the digest of an entry: SHA-256 over the previous digest's 32 bytes and the content."""
    return sha256_hex(bytes.fromhex(previous) + content)


@dataclass(frozen=True)
class Link:
    """One kept entry: its number (from 1, without gaps), its content and the digest kept with it."""

    number: int
    content: bytes
    digest: str


@dataclass(frozen=True)
class Break:
    """Where a chain does not hold. `kind`: gap (entries are missing before it) or changed."""

    number: int
    kind: str


def find_break(links: Iterable[Link], *, number: int = 0, previous: str = GENESIS) -> Break | None:
    """Return the first entry, in order of number, that does not follow from the one before; None when all do.

    `number` and `previous` are the entry to start behind; the defaults start at the beginning. An end
    that was cut off cannot be seen here: compare the last number with one kept elsewhere.
    """
    for link in links:
        if link.number != number + 1:
            return Break(number + 1, "gap")
        if link.digest != chain_digest(previous, link.content):
            return Break(link.number, "changed")
        number, previous = link.number, link.digest
    return None
