"""Provinces for the tests: a clean one full of schemes, and one with the dirt of its scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.demo import Scenario, SimulationReport, load_scenario, simulate

COMPANIES = 500
SEED = 7


def with_many_schemes(scenario: Scenario) -> Scenario:
    """Return the scenario with many times the schemes, so that a small province has all kinds."""
    schemes = {
        name: kind.model_copy(update={"share": min(kind.share * 20, 0.025)})
        for name, kind in scenario.schemes.items()
    }
    return scenario.model_copy(update={"schemes": schemes})


def without_dirt(scenario: Scenario) -> Scenario:
    """Return the scenario with departments that make no mistakes and leave no gaps."""
    clean = scenario.dirt.model_copy(update=dict.fromkeys(type(scenario.dirt).model_fields, 0.0))
    return scenario.model_copy(update={"dirt": clean, "gaps": (), "silences": ()})


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A province without dirt and with many schemes."""
    out = tmp_path_factory.mktemp("clean")
    simulate(out, companies=COMPANIES, seed=SEED, scenario=with_many_schemes(without_dirt(load_scenario())))
    return out


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    """A province with the dirt of the shipped scenario."""
    out = tmp_path_factory.mktemp("dirty")
    return simulate(out, companies=COMPANIES, seed=SEED, scenario=load_scenario())
