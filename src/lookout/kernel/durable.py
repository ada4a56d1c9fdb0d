"""Bringing what was written onto the disk: the power may fail, too."""

from __future__ import annotations

import os
from pathlib import Path


def sync(place: Path) -> None:
    """Bring a file onto the disk, or the names in a folder: a new name is kept there, not in the file."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
