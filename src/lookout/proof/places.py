"""Where in an installation's data folder the proof is kept."""

from __future__ import annotations

from pathlib import Path


def log_folder(home: Path) -> Path:
    """Return the folder of the log."""
    return home / "proof" / "log"


def heads_folder(home: Path) -> Path:
    """Return the folder of the signed heads."""
    return home / "proof" / "heads"


def keys_folder(home: Path) -> Path:
    """Return the folder of keys brought in from outside: secret."""
    return home / "proof" / "keys"


def authority_folder(home: Path) -> Path:
    """Return the folder of the built-in test authority and its keys: secret."""
    return home / "proof" / "authority"
