"""What sessions that died left in the spill folder: a large run may leave tens of gigabytes."""

from __future__ import annotations

import re
from pathlib import Path

# The embedded engine names each file by the process it belongs to, and leaves those of the dead.
_PROCESSES = Path("/proc")
_OWNED = re.compile(r"duckdb_temp_(\d+)_.*")


def clear_spill(folder: Path) -> int:
    """Remove the files of dead processes; return how many bytes that gave back."""
    if not (_PROCESSES / "self").exists():  # a system that does not tell who lives
        return 0
    freed = 0
    for file in folder.glob("duckdb_temp_*"):
        owner = _OWNED.fullmatch(file.name)
        if owner and not (_PROCESSES / owner[1]).exists():
            freed += file.stat().st_size
            file.unlink(missing_ok=True)
    return freed
