"""Proof that something has not changed: digests, the log of what was sealed, signatures, the offline verifier."""

from lookout.proof.chain import GENESIS, Break, Link, chain_digest, find_break
from lookout.proof.digests import canonical, sha256_hex, sm3_hex
from lookout.proof.entry import Entry
from lookout.proof.heads import Head, Heads, SignedHead, check_heads, open_heads, open_log, publish_head
from lookout.proof.log import Consistency, Finding, Inclusion, Log

__all__ = [
    "GENESIS",
    "Break",
    "Consistency",
    "Entry",
    "Finding",
    "Head",
    "Heads",
    "Inclusion",
    "Link",
    "Log",
    "SignedHead",
    "canonical",
    "chain_digest",
    "check_heads",
    "find_break",
    "open_heads",
    "open_log",
    "publish_head",
    "sha256_hex",
    "sm3_hex",
]
