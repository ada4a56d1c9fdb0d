"""Landing: files become immutable batches of facts, rejects and a vault."""

from lookout.hub.landing.batches import Batch, batch_folder, list_batches, read_batch, unfinished
from lookout.hub.landing.events import EVENTS, EventRows, event_salt, event_salt_file, land_events
from lookout.hub.landing.facts import VAULT_SCHEMA, fact_schema, store_facts
from lookout.hub.landing.land import BatchReceipt, LandingReport, land, land_all
from lookout.hub.landing.rejects import write_rejects_workbook
from lookout.hub.landing.vault import BatchVault, Tokens, reveal
from lookout.hub.landing.withdrawals import Withdrawal, read_withdrawal, withdraw

__all__ = [
    "EVENTS",
    "VAULT_SCHEMA",
    "Batch",
    "BatchReceipt",
    "BatchVault",
    "EventRows",
    "LandingReport",
    "Tokens",
    "Withdrawal",
    "batch_folder",
    "event_salt",
    "event_salt_file",
    "fact_schema",
    "land",
    "land_all",
    "land_events",
    "list_batches",
    "read_batch",
    "read_withdrawal",
    "reveal",
    "store_facts",
    "unfinished",
    "withdraw",
    "write_rejects_workbook",
]
