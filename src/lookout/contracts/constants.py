"""Legal and statistical constants that change with the day, each with its source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from lookout.contracts.catalogue import problems_of, read_yaml
from lookout.contracts.schema import Form
from lookout.kernel.errors import CatalogueError, Problem

ConstantValue = Decimal | tuple[str, ...]


class Step(Form):
    """One value of a series and the first day on which it holds."""

    start: date = Field(alias="from")
    value: Decimal


class Series(Form):
    """A number that changes on given days; before the first of them it has no value."""

    kind: Literal["series"]
    zh: str
    source: str
    values: tuple[Step, ...] = Field(min_length=1)
    continues_as: str | None = None

    def at(self, day: date) -> Decimal | None:
        """Return the value on a day, None before the first step."""
        held = [step.value for step in self.values if step.start <= day]
        return held[-1] if held else None


class Terms(Form):
    """A list of words; `from` is the first day on which the list is law, None means always."""

    kind: Literal["terms"]
    zh: str
    source: str
    start: date | None = Field(default=None, alias="from")
    terms: tuple[str, ...] = Field(min_length=1)

    def at(self, day: date) -> tuple[str, ...] | None:
        """Return the words on a day, None before the list came into force."""
        return None if self.start is not None and day < self.start else self.terms


Constant = Annotated[Series | Terms, Field(discriminator="kind")]
_CONSTANT: TypeAdapter[Series | Terms] = TypeAdapter(Constant)


@dataclass(frozen=True)
class Constants:
    """All constants by name, and the digest of their text."""

    entries: Mapping[str, Series | Terms]
    digest: str

    def kinds(self) -> dict[str, str]:
        """Return name → 'series' or 'terms', whatever the day: what an expression may name."""
        return {name: entry.kind for name, entry in self.entries.items()}

    def at(self, day: date) -> dict[str, ConstantValue]:
        """Return the values on a day; a constant without a value that day is absent."""
        found = {name: self._value(entry, day) for name, entry in self.entries.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, entry: Series | Terms, day: date) -> ConstantValue | None:
        if isinstance(entry, Series) and entry.continues_as is not None:
            later = self.entries[entry.continues_as].at(day)
            return later if later is not None else entry.at(day)
        return entry.at(day)


def _problems(entries: Mapping[str, Series | Terms], file: str) -> list[Problem]:
    problems = []
    for name, entry in entries.items():
        if name != name.upper() or not name.isidentifier():
            problems.append(Problem(f"{file}:{name}", "常量名须为大写字母、数字和下划线", "LPR1Y"))
        if not isinstance(entry, Series):
            continue
        days = [step.start for step in entry.values]
        if days != sorted(set(days)):
            problems.append(Problem(f"{file}:{name}.values", "各期须按 from 由早到晚且不重复"))
        successor = entries.get(entry.continues_as) if entry.continues_as else None
        if entry.continues_as and (not isinstance(successor, Series) or successor.continues_as):
            problems.append(
                Problem(
                    f"{file}:{name}.continues_as",
                    f"没有可接续的序列“{entry.continues_as}”",
                )
            )
    return problems


def load_constants(file: Traversable) -> Constants:
    """Load a constants file. Raises CatalogueError with every problem in it."""
    problems: list[Problem] = []
    content = read_yaml(file, problems) or {}
    entries: dict[str, Series | Terms] = {}
    for name, raw in (content.get("constants") or {}).items():
        try:
            entries[name] = _CONSTANT.validate_python(raw)
        except ValidationError as error:
            problems += problems_of(error, f"{file.name}:{name}")
    problems += _problems(entries, file.name)
    if problems:
        raise CatalogueError("constants", problems)
    return Constants(entries, hashlib.sha256(file.read_bytes()).hexdigest())


@cache
def constants() -> Constants:
    """Return the constants that ship with Lookout."""
    return load_constants(resources.files("lookout.contracts").joinpath("constants.yaml"))


def constants_at(day: date) -> Mapping[str, ConstantValue]:
    """Return the shipped constants as they stand on a day: numbers as Decimal, term lists as tuples."""
    return constants().at(day)
