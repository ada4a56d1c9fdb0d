"""Proof that something has not changed: digests and the chain they form. Standard library only."""

from lookout.proof.chain import GENESIS, Break, Link, chain_digest, find_break
from lookout.proof.digests import canonical, sha256_hex, sm3_hex

__all__ = ["GENESIS", "Break", "Link", "canonical", "chain_digest", "find_break", "sha256_hex", "sm3_hex"]
