"""The catalogues of complaints: detection, rewards, files of other offices; read once and validated as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookout.kernel.errors import CatalogueError, Problem
from lookout.web.complaints.words import ComplaintKind

CATALOGUE = Path(__file__).parent / "catalogue"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Burst(_Entry):
    """How many in a stretch are too many: more than `at_least` and more than `times` the usual."""

    at_least: int = Field(ge=1)
    times: float = Field(ge=1)


class DetectionRules(_Entry):
    """When reports look organised; see catalogue/detection.yaml."""

    look_back_days: int = Field(ge=1)
    shortest_text: int = Field(ge=1)
    grams: int = Field(ge=1, le=5)
    same_person: float = Field(gt=0, le=1)
    copied: float = Field(gt=0, le=1)
    copies: int = Field(ge=2)
    sender_per_day: int = Field(ge=2)
    same_minute: int = Field(ge=2)
    hour: Burst
    day: Burst


class RewardRange(_Entry):
    """Reward in yuan for cases of `from`..`below` yuan; `below` None has no end."""

    start: int = Field(alias="from", ge=0)
    below: int | None = None
    least: int = Field(ge=0)
    most: int = Field(ge=0)


class RewardLevel(_Entry):
    """One level of a report's worth."""

    title: str
    meaning: str
    ranges: tuple[RewardRange, ...] = Field(min_length=1)

    def range_of(self, amount: Decimal) -> RewardRange:
        """Return the range a case's amount lies in; the ranges cover everything from zero."""
        return next(one for one in self.ranges if one.below is None or amount < one.below)


class RewardRules(_Entry):
    """The rule table of rewards."""

    basis: str
    levels: Mapping[str, RewardLevel]


class ImportForm(_Entry):
    """Names of the columns of one office's file, by our field."""

    title: str
    columns: Mapping[str, tuple[str, ...]]


class ImportRules(_Entry):
    """Files of other offices."""

    forms: Mapping[str, ImportForm]
    required: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]


def _read(name: str) -> Any:
    return yaml.safe_load((CATALOGUE / name).read_text("utf-8"))


def _validated(name: str, model: type[_Entry], content: Any) -> Any:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [Problem(f"{name}.{'.'.join(map(str, one['loc']))}", one["msg"]) for one in error.errors()]
        raise CatalogueError(name, problems) from None


def read_rewards(content: Any) -> RewardRules:
    """Read the reward table. Raises CatalogueError with all its problems: gaps, overlaps, least above most."""
    rules: RewardRules = _validated("rewards.yaml", RewardRules, content)
    problems = []
    for code, level in rules.levels.items():
        expected: int | None = 0
        for number, one in enumerate(level.ranges, 1):
            where = f"rewards.yaml {code} 第 {number} 段"
            if one.start != expected:
                problems.append(Problem(where, "金额段不相接：from 应等于上一段的 below，第一段从 0 起", "0"))
            if one.least > one.most:
                problems.append(Problem(where, "least 大于 most"))
            expected = one.below
        if expected is not None:
            problems.append(Problem(f"rewards.yaml {code}", "最后一段不应有 below：再大的金额也要有标准"))
    if problems:
        raise CatalogueError("rewards.yaml", problems)
    return rules


def read_imports(content: Any) -> ImportRules:
    """Read the import catalogue. Raises CatalogueError with all its problems."""
    rules: ImportRules = _validated("imports.yaml", ImportRules, content)
    problems = [
        Problem(f"imports.yaml {form}", f"没有写必填项 {field} 的列名")
        for form, entry in rules.forms.items()
        for field in rules.required
        if field not in entry.columns
    ]
    problems += [
        Problem(f"imports.yaml kinds.{kind}", "没有这个类别", ComplaintKind.FUND_RAISING.value)
        for kind in rules.kinds
        if kind not in ComplaintKind.values
    ]
    if problems:
        raise CatalogueError("imports.yaml", problems)
    return rules


@cache
def detection_rules() -> DetectionRules:
    """Return when reports look organised."""
    rules: DetectionRules = _validated("detection.yaml", DetectionRules, _read("detection.yaml"))
    return rules


@cache
def reward_rules() -> RewardRules:
    """Return the table of rewards."""
    return read_rewards(_read("rewards.yaml"))


@cache
def import_rules() -> ImportRules:
    """Return how files of other offices are read."""
    return read_imports(_read("imports.yaml"))
