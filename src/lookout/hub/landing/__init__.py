"""Landing: files become immutable batches of facts, rejects and a vault."""

from lookout.hub.landing.batches import Batch, batch_folder, list_batches, read_batch
from lookout.hub.landing.facts import fact_schema
from lookout.hub.landing.land import BatchReceipt, LandingReport, land, land_all
from lookout.hub.landing.rejects import write_rejects_workbook
from lookout.hub.landing.vault import Tokens, reveal

__all__ = [
    "Batch",
    "BatchReceipt",
    "LandingReport",
    "Tokens",
    "batch_folder",
    "fact_schema",
    "land",
    "land_all",
    "list_batches",
    "read_batch",
    "reveal",
    "write_rejects_workbook",
]
