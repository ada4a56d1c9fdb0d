"""The desk's one hold on published runs; tests put their own reader here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from lookout.hub.reading import Reader


@cache
def _open(home: Path) -> Reader:
    options = settings.LOOKOUT
    return Reader(
        home,
        memory_limit=options.memory_limit,
        spill=options.spill_folder,
        warm=True,
        live=options.live_database,
    )


def reader() -> Reader:
    """Return the reader of this installation; it follows the pointer to the newest run by itself."""
    return _open(settings.LOOKOUT_HOME)


def reader_of(run_id: str) -> Reader:
    """Return a reader of one kept run; the common one when that is the newest, or when '' asks for the newest."""
    newest = reader()
    current = newest.current()
    if not run_id or (current is not None and current.run_id == run_id):
        return newest
    options = settings.LOOKOUT
    return Reader(
        settings.LOOKOUT_HOME,
        memory_limit=options.memory_limit,
        spill=options.spill_folder,
        run_id=run_id,
    )
