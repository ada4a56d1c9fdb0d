"""Immutable snapshots of finished runs, the pointer to the current one, and the ledger of all runs."""

from lookout.hub.snapshots.digests import (
    Damage,
    damaged_facts,
    damaged_results,
    digest_of,
    renew_digests,
    write_digests,
)
from lookout.hub.snapshots.hindsight import HINDSIGHTS, hindsight_folder, put_aside
from lookout.hub.snapshots.ledger import (
    DAMAGED,
    RunRecord,
    current_run_id,
    find_run,
    list_runs,
    pointed_run_id,
    previous_run,
    run_folders,
    run_of,
    snapshot_folder,
)
from lookout.hub.snapshots.publish import discard_working, publish, working_folder

__all__ = [
    "DAMAGED",
    "HINDSIGHTS",
    "Damage",
    "RunRecord",
    "current_run_id",
    "damaged_facts",
    "damaged_results",
    "digest_of",
    "discard_working",
    "find_run",
    "hindsight_folder",
    "list_runs",
    "pointed_run_id",
    "previous_run",
    "publish",
    "put_aside",
    "renew_digests",
    "run_folders",
    "run_of",
    "snapshot_folder",
    "working_folder",
    "write_digests",
]
