"""Killed at any point, the last good run stands, and the next command heals: no row lost, none doubled."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import SETTINGS, Trial, command, lives
from tests.faults.strike import end, start
from tests.faults.twins import answer, differences

KILLED = -9
SEED = 20261122
TRIALS = ("landing", "running", "running", "pruning", "rerunning")
Copy = Callable[[Path], Path]


def survives(trial: Trial, home: Path, *, deadly: int = 0, seconds: float | None = None) -> bool:
    """Kill once, read, go on, and compare with the twin. Returns whether the command was really killed."""
    before, after = answer(trial.before), trial.twin
    code = end(start(command(home, *trial.arguments), deadly=deadly, **SETTINGS), seconds)
    assert code == KILLED or (code == 0 and not deadly)

    # At once, before anybody mends anything: a whole run, the one before or the new one.
    run_id, companies = answer(home)
    if run_id == before[0]:
        assert companies == before[1]
    else:
        assert f"snapshots/{run_id}/run.json" in after

    lives(home, *trial.arguments)
    assert differences(home, after) == []
    return code == KILLED


@pytest.mark.parametrize(
    ("name", "part"),
    [("landing", 0.2), ("landing", 0.7), pytest.param("running", 0.9, marks=pytest.mark.slow)],
)
def test_a_command_killed_at_a_durable_step_is_healed_by_the_next(
    name: str, part: float, request: pytest.FixtureRequest, copy_of: Copy
) -> None:
    trial: Trial = request.getfixturevalue(name)

    assert survives(trial, copy_of(trial.before), deadly=max(1, int(trial.steps * part)))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(100))
def test_killed_at_a_hundred_random_points_nothing_is_lost_or_doubled(
    number: int, request: pytest.FixtureRequest, copy_of: Copy
) -> None:
    chance = random.Random(SEED + number)
    trial: Trial = request.getfixturevalue(chance.choice(TRIALS))

    assert survives(trial, copy_of(trial.before), deadly=chance.randint(1, trial.steps))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_killed_at_any_moment_nothing_is_lost_or_doubled(
    number: int, request: pytest.FixtureRequest, copy_of: Copy
) -> None:
    chance = random.Random(SEED - number)
    trial: Trial = request.getfixturevalue(chance.choice(TRIALS))

    survives(trial, copy_of(trial.before), seconds=chance.uniform(0.02, 5.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pruning", "rerunning"])
@pytest.mark.parametrize("left", range(20))
def test_every_last_step_of_publishing_may_be_the_last(
    name: str, left: int, request: pytest.FixtureRequest, copy_of: Copy
) -> None:
    trial: Trial = request.getfixturevalue(name)

    assert survives(trial, copy_of(trial.before), deadly=trial.steps - left)
