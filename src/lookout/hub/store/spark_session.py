"""The one Spark session of a process: local within a memory limit, or the cluster that a master names."""

from __future__ import annotations

import logging
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from lookout.kernel.errors import ConfigError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

LOCAL = "local"
SHUFFLE_PARTITIONS = 4

# What makes Spark read and compute as DuckDB does; it holds on every cluster.
MEANING = {
    "spark.sql.session.timeZone": "Asia/Shanghai",
    "spark.sql.ansi.enabled": "true",  # overflow and bad casts are errors, as in DuckDB
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # wall time, as in the Parquet files
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.parquet.mergeSchema": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}

# A run is a thousand statements, many of them hundreds of columns wide and each used once. On one machine
# planning and compiling them costs more than their rows do: expressions are interpreted, Java's quick
# compiler is enough, plans are neither inferred upon nor kept for a page that nobody opens, and what is
# small becomes one partition, so one file that the next statement opens. No row changes by it. A cluster
# has the rows to earn all that back; there Spark's own defaults stand.
MANY_SMALL_STATEMENTS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.debug.maxToStringFields": "1",
    "spark.sql.maxPlanStringLength": "2000",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.ui.retainedJobs": "1",
    "spark.ui.retainedStages": "1",
    "spark.ui.retainedTasks": "1",
}
JAVA_OPTIONS = (
    "-Duser.timezone=Asia/Shanghai -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseParallelGC"
)


def spark_session(master: str, spill: Path, memory_limit: str) -> SparkSession:
    """Return a session of its own over the process's one Spark application, starting it when needed.

    `memory_limit` caps a local application; a cluster's memory is the business of its own
    spark-defaults.conf.
    """
    # Spark is an extra: whoever stays embedded never installs it.
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigError(
            f"没有安装 Spark（{error.name}）；请安装可选依赖：pip install 'lookout[spark]'"
        ) from error
    if shutil.which("java") is None:
        raise ConfigError("没有找到 Java；Spark 需要 Java 17：apt-get install openjdk-17-jre-headless")
    builder = SparkSession.builder.appName("lookout").master(master)
    for name, value in MEANING.items():
        builder = builder.config(name, value)
    builder = builder.config("spark.sql.warehouse.dir", str(spill / "warehouse"))
    builder = builder.config("spark.sql.catalogImplementation", "in-memory")
    if master.startswith(LOCAL):
        for name, value in _local(spill, memory_limit).items():
            builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except PySparkException as error:
        raise ConfigError(f"Spark 未能启动（{master}）：{str(error)[:400]}") from error
    if master.startswith(LOCAL):
        # The workers of a local application are this very Python.
        session.sparkContext.pythonExec = sys.executable
    session.sparkContext.setLogLevel("ERROR")
    logging.getLogger("py4j").setLevel(logging.WARNING)  # it tells of every connection it closes
    return session.newSession()


def _local(spill: Path, memory_limit: str) -> dict[str, str]:
    return {
        **MANY_SMALL_STATEMENTS,
        "spark.driver.memory": java_memory(memory_limit),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(spill),
        "spark.sql.shuffle.partitions": str(SHUFFLE_PARTITIONS),
        "spark.default.parallelism": str(SHUFFLE_PARTITIONS),
        "spark.sql.files.maxPartitionBytes": "32m",
        "spark.driver.extraJavaOptions": JAVA_OPTIONS,
    }


def spark_schema(schema: pa.Schema) -> StructType:
    """Return Spark's form of a plain Arrow schema; a timestamp without a zone is wall time."""
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema, prefer_timestamp_ntz=True)


def java_memory(memory_limit: str) -> str:
    """Return a limit such as `8GiB` in Java's notation; an eighth stays for Python's workers."""
    if not memory_limit:
        return "3g"
    units = {"MiB": 2**20, "GiB": 2**30, "MB": 10**6, "GB": 10**9}
    unit = next(name for name in units if memory_limit.endswith(name))
    mebibytes = float(memory_limit.removesuffix(unit)) * units[unit] / 2**20
    return f"{max(1024, int(mebibytes * 7 / 8))}m"
