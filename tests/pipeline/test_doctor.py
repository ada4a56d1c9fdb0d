"""The doctor tells what an operator has to mend, the connections to sources among it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from lookout.pipeline import diagnose
from tests.pipeline.connect.places import NOW, connect, csv, go


def test_a_connection_that_fails_refuses_or_is_silent_is_a_fault(tmp_path: Path):
    home, place = tmp_path / "home", tmp_path / "in"
    place.mkdir()
    connect(home, "folder", {"path": str(place)}, expect_every_days=3, added_at=NOW.isoformat()[:19])

    def faults(days: int) -> list[str]:
        found = diagnose(home, now=NOW + timedelta(days=days))
        return [one.text for one in found if one.is_fault and "folder" in one.text]

    (place / "a.csv").write_bytes(csv(range(2)))
    (place / "a.csv.done").touch()
    go(home)
    assert faults(0) == []
    assert "已 5 天没有新数据" in faults(5)[0]

    (place / "b.csv").write_bytes(b"")
    (place / "b.csv.done").touch()
    go(home)
    assert "“b.csv”被退回" in faults(0)[0]

    place.rename(tmp_path / "away")
    go(home)
    assert "打不开" in faults(0)[0]
