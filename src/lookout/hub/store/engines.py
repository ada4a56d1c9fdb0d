"""The choice of an engine by name: embedded, or Spark on this machine or on a cluster."""

from __future__ import annotations

from pathlib import Path

from lookout.hub.store.duckdb_store import DuckDBStore
from lookout.hub.store.protocol import Store
from lookout.kernel.errors import ConfigError

EMBEDDED = "duckdb"
_SPARK = "spark"


def open_store(engine: str, *, spill: Path | None = None, memory_limit: str = "") -> Store:
    """Open a store of an engine: `duckdb`, `spark` (this machine), or `spark:MASTER` such as `spark:yarn`.

    Raises ConfigError when there is no such engine, or Spark or Java is not installed.
    """
    name, _, master = engine.partition(":")
    if engine == EMBEDDED:
        return DuckDBStore(spill=spill, memory_limit=memory_limit)
    if name != _SPARK:
        raise ConfigError(f"没有名为“{engine}”的计算引擎；可用 duckdb、spark 或 spark:yarn 这样的集群地址")
    # Spark is an extra: without it the embedded engine must still start.
    from lookout.hub.store.spark_store import LOCAL_MASTER, SparkStore

    return SparkStore(spill=spill, memory_limit=memory_limit, master=master or LOCAL_MASTER)
