"""A home with published runs, copied for each trial, and what undisturbed twins of it become.

Fixture strategy: `published` is made once by the real commands; every trial works on a copy.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.provinces import FIRST, SECOND, THIRD, early, late
from tests.faults.strike import Command, end, start, steps_of
from tests.faults.twins import content

SETTINGS = {"LOOKOUT_KEEP_RUNS": "2"}


@dataclass(frozen=True)
class Trial:
    """One command over a home, with what its undisturbed twin became and in how many durable steps."""

    before: Path
    arguments: tuple[str, ...]
    twin: dict[str, Any]
    steps: int


def command(home: Path, *arguments: str) -> Command:
    """Return a command over a home whose output lies beside it."""
    return Command(arguments, home, home.parent / f"{home.name}-said")


def lives(home: Path, *arguments: str) -> Command:
    """Run a command that must succeed."""
    called = command(home, *arguments)
    code = end(start(called, **SETTINGS))
    assert code == 0, called.output.read_text("utf-8")
    return called


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one published run; beside it lies a delivery that has not come yet."""
    root = tmp_path_factory.mktemp("published")
    home = root / "home"
    lives(home, "ingest", str(early(root / "early")))
    lives(home, "run", "--as-of", FIRST)
    late(root / "late")
    return home


@pytest.fixture(scope="session")
def landing(published: Path) -> Trial:
    """Landing the second delivery."""
    return trial_of(published, "landing", "ingest", str(published.parent / "late"))


@pytest.fixture(scope="session")
def landed(published: Path) -> Path:
    """A home with a published run and batches not yet folded."""
    home = Path(shutil.copytree(published, published.parent / "landed"))
    lives(home, "ingest", str(published.parent / "late"))
    return home


@pytest.fixture(scope="session")
def running(landed: Path) -> Trial:
    """Folding, rating and publishing."""
    return trial_of(landed, "running", "run", "--as-of", SECOND)


@pytest.fixture(scope="session")
def run_twice(landed: Path) -> Path:
    """A home with two published runs: all that is kept."""
    home = Path(shutil.copytree(landed, landed.parent / "run-twice"))
    lives(home, "run", "--as-of", SECOND)
    return home


@pytest.fixture(scope="session")
def pruning(run_twice: Path) -> Trial:
    """Rating, publishing and dropping the oldest run with the facts only it read."""
    return trial_of(run_twice, "pruning", "run", "--as-of", THIRD)


@pytest.fixture(scope="session")
def rerunning(run_twice: Path) -> Trial:
    """Making the current run again: its folder is replaced by one of the same name."""
    return trial_of(run_twice, "rerunning", "run", "--as-of", SECOND)


def trial_of(before: Path, name: str, *arguments: str) -> Trial:
    """Let an undisturbed twin do it, and keep what it became."""
    home = Path(shutil.copytree(before, before.parent / f"twin-{name}"))
    steps = steps_of(lives(home, *arguments))
    return Trial(before, arguments, content(home), steps)


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Return a function that copies a home for one trial."""
    return lambda home: Path(shutil.copytree(home, tmp_path / "home"))
