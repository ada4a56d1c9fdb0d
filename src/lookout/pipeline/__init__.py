"""The order of a run, its ledger, ingestion, re-scoring of a few, and the doctor."""

from lookout.pipeline.doctor import diagnose
from lookout.pipeline.ingest import ingest, ingest_folder, one_file, write_rejects_workbook
from lookout.pipeline.refold import refold
from lookout.pipeline.rescore import rescore
from lookout.pipeline.run import run

__all__ = [
    "diagnose",
    "ingest",
    "ingest_folder",
    "one_file",
    "refold",
    "rescore",
    "run",
    "write_rejects_workbook",
]
