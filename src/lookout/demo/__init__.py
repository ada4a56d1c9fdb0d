"""The synthetic province: raw source files of an invented Guangdong with planted, separately kept truth."""

from lookout.demo.scenario import Scenario, load_scenario
from lookout.demo.simulate import SimulationReport, simulate

__all__ = ["Scenario", "SimulationReport", "load_scenario", "simulate"]
