"""Load the label catalogue as a whole; every problem of every family is reported together."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import ValidationError

from lookout.contracts.catalogue import problems_of, read_yaml
from lookout.engine.labels.form import Dimension, Family, Label, Room
from lookout.engine.measures import Measure, TableInfo, check, check_hit, shipped_schema
from lookout.kernel.errors import CatalogueError, Problem

PLACEHOLDERS = {"value", "percent", "wan"}


class Labels(Mapping[str, Label]):
    """All labels by code, and the digest of their text."""

    def __init__(self, entries: Mapping[str, Label], digest: str) -> None:
        self._entries = dict(sorted(entries.items()))
        self.digest = digest

    def __getitem__(self, code: str) -> Label:
        return self._entries[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def measures(self) -> dict[str, Measure]:
        """Return the measures of the active labels by code, to be compiled into passes."""
        return {code: label.measure for code, label in self._entries.items() if label.measure is not None}

    def waiting(self) -> dict[Room, tuple[Label, ...]]:
        """Return the labels that have no data yet, by the room they wait for."""
        return {
            room: tuple(label for label in self._entries.values() if label.waits_for is room)
            for room in Room
            if any(label.waits_for is room for label in self._entries.values())
        }


def _reason_problems(reason: str, where: str) -> list[Problem]:
    example = "近一年经营范围变更{value}次"
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(reason) if name is not None}
    except ValueError:
        return [Problem(f"{where}.reason", "花括号不成对", example)]
    return [
        Problem(f"{where}.reason", f"不认识的占位“{{{name}}}”，可用 value、percent、wan", example)
        for name in sorted(names - PLACEHOLDERS)
    ]


def _problems(label: Label, where: str, schema: Mapping[str, TableInfo]) -> list[Problem]:
    problems = []
    positive = label.family.polarity == "positive"
    if not label.code.startswith(label.family.code):
        problems.append(Problem(where, f"代码须以族代码 {label.family.code} 开头", f"{label.family.code}001"))
    if positive != (label.severity == 0) or positive != (label.dimension is Dimension.NONE):
        problems.append(
            Problem(f"{where}.severity", "风险标签 1–5 并有维度；正向标签为 0、none", "severity: 2")
        )
    if label.measure is None:
        if label.waits_for is None:
            problems.append(Problem(where, "既无 measure，也未写明等待哪个模块", "waits_for: text"))
        return problems
    if label.waits_for is not None:
        problems.append(Problem(f"{where}.waits_for", "有 measure 的标签不得再写 waits_for"))
    if not label.hit or not label.reason:
        problems.append(Problem(where, "有 measure 的标签须写 hit 和 reason", "hit: value >= 2"))
    problems += check(label.measure, f"{where}.measure", schema)
    problems += check_hit(label.hit, f"{where}.hit") if label.hit else []
    return problems + _reason_problems(label.reason, where)


def _family_file(
    file: Traversable, schema: Mapping[str, TableInfo], entries: dict[str, Label], problems: list[Problem]
) -> None:
    content: dict[str, Any] = read_yaml(file, problems) or {}
    try:
        family = Family.model_validate(content.get("family"))
    except ValidationError as error:
        problems += problems_of(error, f"{file.name}:family")
        return
    for code, raw in (content.get("labels") or {}).items():
        where = f"{file.name}:{code}"
        if code in entries:
            problems.append(Problem(where, "标签代码重复"))
        try:
            label = Label.model_validate({**(raw or {}), "code": code, "family": family})
        except ValidationError as error:
            problems += problems_of(error, where)
            continue
        entries[code] = label
        problems += _problems(label, where, schema)


def load(folder: Traversable, schema: Mapping[str, TableInfo]) -> Labels:
    """Load every `*.yaml` of a folder. Raises CatalogueError with all problems of all files."""
    problems: list[Problem] = []
    entries: dict[str, Label] = {}
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            digest.update(file.read_bytes())
            _family_file(file, schema, entries, problems)
    if problems:
        raise CatalogueError("labels", problems)
    return Labels(entries, digest.hexdigest())


@cache
def catalogue() -> Labels:
    """Return the labels that ship with Lookout."""
    return load(resources.files("lookout.engine.labels").joinpath("catalogue"), shipped_schema())
