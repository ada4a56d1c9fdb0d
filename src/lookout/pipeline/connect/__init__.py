"""Connections: try a file, keep the list of sources, and take in what is due."""

from lookout.pipeline.connect.book import (
    State,
    add_connection,
    is_due,
    mapping_file,
    names,
    read_connection,
    read_state,
    remove_connection,
    silent_days,
)
from lookout.pipeline.connect.rounds import Round, failed, run_due
from lookout.pipeline.connect.trial import Reason, Trial, try_file

__all__ = [
    "Reason",
    "Round",
    "State",
    "Trial",
    "add_connection",
    "failed",
    "is_due",
    "mapping_file",
    "names",
    "read_connection",
    "read_state",
    "remove_connection",
    "run_due",
    "silent_days",
    "try_file",
]
