"""Immutable snapshots of finished runs, the pointer to the current one, and the ledger of all runs."""

from lookout.hub.snapshots.ledger import (
    RunRecord,
    current_run_id,
    discard_working,
    find_run,
    list_runs,
    previous_run,
    publish,
    snapshot_folder,
    working_folder,
)

__all__ = [
    "RunRecord",
    "current_run_id",
    "discard_working",
    "find_run",
    "list_runs",
    "previous_run",
    "publish",
    "snapshot_folder",
    "working_folder",
]
