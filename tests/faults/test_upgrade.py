"""Homes of an older layout are brought up to date, again if need be; new ones are of today's."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from lookout.config import LAYOUT, read_layout
from lookout.hub.snapshots import snapshot_folder
from lookout.kernel.clock import SHANGHAI
from lookout.pipeline import diagnose
from lookout.pipeline.upgrade import upgrade
from tests.faults.twins import answer, content

NOW = datetime(2026, 11, 1, 8, tzinfo=SHANGHAI)

Copy = Callable[[Path], Path]


@pytest.fixture
def older(published: Path, copy_of: Copy) -> Path:
    """A home as the first layout left it: without layout file, and runs without digests."""
    home = copy_of(published)
    (home / "layout.json").unlink()
    for file in home.glob("snapshots/*/digests.json"):
        file.unlink()
    return home


def test_a_home_made_by_this_version_is_of_todays_layout(published: Path) -> None:
    assert read_layout(published) == LAYOUT


def test_an_older_home_is_read_as_it_is_and_the_doctor_asks_for_the_upgrade(
    older: Path, published: Path
) -> None:
    assert read_layout(older) == 1
    assert answer(older) == answer(published)
    assert any("lookout upgrade" in finding.text for finding in diagnose(older, now=NOW) if finding.is_fault)


def test_an_upgraded_home_is_as_if_this_version_had_made_it(older: Path, published: Path) -> None:
    done = upgrade(older)

    assert len(done) == 1
    assert read_layout(older) == LAYOUT
    assert content(older) == content(published)
    assert not [finding for finding in diagnose(older, now=NOW, deep=True) if finding.is_fault]


def test_an_upgrade_broken_off_goes_on_where_it_was(older: Path, published: Path) -> None:
    run_id = answer(older)[0]
    (snapshot_folder(older, run_id) / "digests.json").write_text('{"res')

    upgrade(older)

    assert content(older) == content(published)


def test_an_upgrade_of_a_home_of_today_does_nothing(published: Path, copy_of: Copy) -> None:
    home = copy_of(published)

    assert upgrade(home) == []
    assert json.loads((home / "layout.json").read_text("utf-8")) == {"layout": LAYOUT}
    assert content(home) == content(published)
