"""The only room that speaks to an analytical engine."""

from lookout.hub.store.duckdb_store import DuckDBStore
from lookout.hub.store.protocol import Store

__all__ = ["DuckDBStore", "Store"]
