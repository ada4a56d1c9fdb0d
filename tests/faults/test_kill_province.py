"""The same on a synthetic province of three hundred companies: a hundred kills, from the first file to the pointer."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from lookout.demo import load_scenario, simulate
from tests.faults.conftest import Trial, lives, trial_of
from tests.faults.test_kill import survives

COMPANIES = 300
CUT = "2026-10-01"  # what is delivered from here on comes second
SEED = 300


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    """Landing a month of a province, and rating it; a run of the month before is published."""
    root = tmp_path_factory.mktemp("province")
    simulate(
        root / "raw",
        companies=COMPANIES,
        seed=1,
        scenario=load_scenario(None),
        progress=lambda done, total: None,
    )
    earlier, later = _halves(root / "raw")
    home = root / "home"
    lives(home, "ingest", str(earlier))
    lives(home, "run", "--as-of", "2026-09-30")
    landed = Path(shutil.copytree(home, root / "landed"))
    lives(landed, "ingest", str(later))
    return {
        "landing": trial_of(home, "landing", "ingest", str(later)),
        "running": trial_of(landed, "running", "run", "--as-of", "2026-10-31"),
    }


def _halves(raw: Path) -> tuple[Path, Path]:
    """Split a delivery in two by the time of arrival; the files stay where they are."""
    declared = yaml.safe_load((raw / "delivery.yaml").read_text("utf-8"))
    folders = []
    for name in ("earlier", "later"):
        folder = Path(shutil.copytree(raw, raw.parent / name))
        kept = [
            one for one in declared["deliveries"] if (str(one["delivered_at"]) >= CUT) == (name == "later")
        ]
        text = yaml.safe_dump({**declared, "deliveries": kept}, allow_unicode=True)
        (folder / "delivery.yaml").write_text(text, "utf-8")
        folders.append(folder)
    return folders[0], folders[1]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(100))
def test_a_province_survives_a_kill_at_a_random_point(
    number: int, trials: dict[str, Trial], copy_of: Callable[[Path], Path]
) -> None:
    chance = random.Random(SEED + number)
    trial = trials[chance.choice(["landing", "running"])]
    deadly = chance.randint(1, trial.steps) if chance.random() < 0.7 else 0
    seconds = None if deadly else chance.uniform(0.05, 6.0)

    survives(trial, copy_of(trial.before), deadly=deadly, seconds=seconds)
