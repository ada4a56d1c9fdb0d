"""Objects of a store: when they are known since."""

from __future__ import annotations

import os
from pathlib import Path

from lookout.hub.landing import list_batches
from lookout.kernel.clock import naive_local
from tests.pipeline.connect.places import NOW, connect, csv, expected, go, landed


def test_an_object_without_a_time_is_known_since_it_was_seen(tmp_path: Path) -> None:
    bucket, home = tmp_path / "bucket", tmp_path / "home"
    bucket.mkdir()
    (bucket / "a.csv").write_bytes(csv(range(2)))
    os.utime(bucket / "a.csv", (0, 0))  # what some stores tell of an object they are still writing down
    connect(home, "object", {"uri": f"file://{bucket}", "pattern": "*.csv"})

    go(home)

    assert landed(home) == expected(2)
    assert [batch.delivered_at for batch in list_batches(home)] == [naive_local(NOW)]
