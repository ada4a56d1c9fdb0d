"""What benchmarks share: a throw-away home, progress on stderr, and the listing of a published run."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.hub.snapshots import snapshot_folder
from lookout.kernel.clock import SHANGHAI
from lookout.pipeline import ingest_folder, run

# Benchmarks see no personal data; a fixed key keeps their tokens the same from run to run.
PERSONAL_KEY = b"benchmarks see no personal data."


def wall_clock() -> datetime:
    """Return the present instant, for the ledger only: no figure depends on it."""
    return datetime.now(SHANGHAI)


class Teller:
    """Tells on stderr which stage begins, with the seconds since the benchmark began."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._stage = ""

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return round(time.perf_counter() - self._begun, 1)

    def __call__(self, stage: str, step: str = "", done: int = 0, total: int = 0) -> None:
        """Tell of a stage once, however many steps it has."""
        if stage != self._stage:
            self._stage = stage
            print(f"{self.seconds:7.1f} s  {stage}", file=sys.stderr, flush=True)


@contextmanager
def home_folder(chosen: Path | None) -> Iterator[Path]:
    """Give a home: the chosen folder, which stays, or a temporary one."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen
        return
    with TemporaryDirectory(prefix="lookout-benchmark-") as name:
        yield Path(name)


def ingest(home: Path, folder: Path, tell: Teller) -> None:
    """Land a delivery folder and tell what was refused."""
    report = ingest_folder(
        home,
        folder,
        personal_key=PERSONAL_KEY,
        ingested_at=wall_clock(),
        progress=lambda *_: tell("ingest"),
    )
    for problem in report.problems:
        print(problem, file=sys.stderr)
    for receipt in report.receipts:
        if receipt.batch.rejected:
            print(f"           {receipt.sentence}", file=sys.stderr)


def rate(home: Path, as_of: datetime, tell: Teller) -> tuple[Path, pa.Table]:
    """Run the pipeline as of an instant; return the snapshot's folder and its listing."""
    info = run(home, as_of, clock=wall_clock, keep=1000, progress=tell)
    folder = snapshot_folder(home, info.run_id)
    return folder, pq.read_table(folder / "listing.parquet")
