"""The only room that speaks to an analytical engine."""

from lookout.hub.store.duckdb_store import DuckDBStore
from lookout.hub.store.engines import EMBEDDED, open_store
from lookout.hub.store.protocol import Store
from lookout.hub.store.side_by_side import make_tables
from lookout.hub.store.spill import clear_spill

__all__ = ["EMBEDDED", "DuckDBStore", "Store", "clear_spill", "make_tables", "open_store"]
