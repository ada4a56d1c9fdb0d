"""The catalogues of cases and of the assessment; read once and validated as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lookout.kernel.errors import DataError
from lookout.web.cases.words import ReportKind
from lookout.web.dispatch.rules import calendar
from lookout.web.dispatch.working_days import UNITS, Unit

CATALOGUE = Path(__file__).parent / "catalogue"
WHOLE = 100


class Part(StrEnum):
    """The seven parts of the assessment."""

    CLOSED = "closed"
    VERIFIED = "verified"
    HANDLED = "handled"
    EFFECTIVE = "effective"
    OLD_CASES = "old_cases"
    DATA = "data"
    OUTREACH = "outreach"


@dataclass(frozen=True)
class CaseRules:
    """When a case is a major one (money in yuan), what may be fined, and when reports are due."""

    absorbed_over: Decimal
    participants_over: Decimal
    cross_province: bool
    least_share: Decimal
    most_share: Decimal
    person_least: Decimal
    person_most: Decimal
    basis: str
    decide_within_days: int
    due: Mapping[ReportKind, tuple[int, Unit]]

    def is_major(self, absorbed: Decimal | None, participants: Decimal | None, *, crosses: bool) -> bool:
        """Tell whether a case is a major one; a figure that is not known does not make it one."""
        return (
            (self.cross_province and crosses)
            or (absorbed is not None and absorbed > self.absorbed_over)
            or (participants is not None and participants > self.participants_over)
        )

    def fine_range(self, absorbed: Decimal | None) -> tuple[Decimal, Decimal] | None:
        """Return the least and most fine for what was raised, None while that is not known."""
        if not absorbed:
            return None
        cent = Decimal("0.01")
        return (absorbed * self.least_share).quantize(cent), (absorbed * self.most_share).quantize(cent)

    def due_at(self, kind: ReportKind, after: datetime) -> datetime:
        """Return until when a report must be in."""
        count, unit = self.due[kind]
        return calendar().end(after, count, unit)


@dataclass(frozen=True)
class AssessmentRules:
    """What each part weighs (points), its thresholds, and what a major case costs that others found."""

    weights: Mapping[Part, Decimal]
    least_effect: Decimal
    old_after_days: int
    outreach_per_quarter: int
    major_case_deduction: Decimal


@cache
def case_rules() -> CaseRules:
    """Return the rules of cases."""
    return read_case_rules(_read("cases.yaml"))


@cache
def assessment_rules() -> AssessmentRules:
    """Return the rules of the assessment."""
    return read_assessment_rules(_read("assessment.yaml"))


def _read(name: str) -> Any:
    return yaml.safe_load((CATALOGUE / name).read_text("utf-8"))


class _Reader:
    """Takes values out of a catalogue and collects what is wrong."""

    def __init__(self, content: Any, name: str) -> None:
        self.content, self.name, self.problems = content, name, list[str]()

    def number(self, *path: str, least: Decimal = Decimal(0)) -> Decimal:
        """Return a number at or above `least`; 0 when it is wrong, which is then among the problems."""
        found = self.content
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        try:
            value = Decimal(str(found))
        except InvalidOperation:
            value = Decimal("NaN")
        if isinstance(found, bool) or not value.is_finite() or value < least:
            self.problems.append(f"{'.'.join(path)} 应为不小于 {least} 的数，现在是“{found}”")
            return Decimal(0)
        return value

    def whole(self, *path: str) -> int:
        """Return a whole number of at least one."""
        value = self.number(*path, least=Decimal(1))
        if value != int(value):
            self.problems.append(f"{'.'.join(path)} 应为整数，现在是“{value}”")
        return int(value)

    def finish(self) -> None:
        """Raise DataError with everything that is wrong."""
        if self.problems:
            raise DataError(f"{self.name}有问题：" + "；".join(self.problems))


def read_case_rules(content: Any) -> CaseRules:
    """Read the catalogue of cases. Raises DataError with all its problems."""
    reader = _Reader(content, "案件规则")
    least, most = reader.number("fine", "least_share"), reader.number("fine", "most_share")
    person = reader.number("fine", "person_least"), reader.number("fine", "person_most")
    if least > most or person[0] > person[1]:
        reader.problems.append("fine 的下限高于上限")
    due: dict[ReportKind, tuple[int, Unit]] = {}
    reports = content.get("reports", {})
    for kind in ReportKind:
        match reports.get(kind.value):
            case [int(count), str(unit)] if count > 0 and unit in UNITS:
                due[kind] = (count, unit)
            case found:
                reader.problems.append(f"reports.{kind.value} 应为 [数, {'|'.join(UNITS)}]，现在是“{found}”")
    rules = CaseRules(
        absorbed_over=reader.number("major", "absorbed_over"),
        participants_over=reader.number("major", "participants_over"),
        cross_province=content.get("major", {}).get("cross_province") is True,
        least_share=least,
        most_share=most,
        person_least=person[0],
        person_most=person[1],
        basis=str(content.get("fine", {}).get("basis", "")),
        decide_within_days=reader.whole("decide_within_days"),
        due=due,
    )
    reader.finish()
    return rules


def read_assessment_rules(content: Any) -> AssessmentRules:
    """Read the catalogue of the assessment: seven known parts that sum to 100. Raises DataError with all its problems."""
    reader = _Reader(content, "考核规则")
    given = content.get("weights", {})
    unknown = sorted(set(given) - {part.value for part in Part})
    reader.problems += [f"weights 没有“{name}”这一项" for name in unknown]
    weights = {part: reader.number("weights", part.value) for part in Part}
    if sum(weights.values()) != WHOLE:
        reader.problems.append(f"weights 合计应为 {WHOLE}，现在是 {sum(weights.values())}")
    effect = reader.number("least_effect")
    if effect > 1:
        reader.problems.append("least_effect 应在 0 到 1 之间")
    rules = AssessmentRules(
        weights=weights,
        least_effect=effect,
        old_after_days=reader.whole("old_after_days"),
        outreach_per_quarter=reader.whole("outreach_per_quarter"),
        major_case_deduction=reader.number("major_case_deduction"),
    )
    reader.finish()
    return rules
