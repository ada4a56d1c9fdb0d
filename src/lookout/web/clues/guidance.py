"""The catalogues of clues: which reason speaks to which element, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lookout.kernel.errors import DataError
from lookout.web.clues.words import ActivityClass, Element

CATALOGUE = Path(__file__).parent / "catalogue"
LEVELS = ("red", "orange", "yellow")


def _read(name: str) -> Any:
    return yaml.safe_load((CATALOGUE / name).read_text("utf-8"))


@cache
def _elements() -> Mapping[str, str]:
    """Return indicator code or label family → element."""
    found: dict[str, str] = {}
    problems = []
    for element, entry in _read("elements.yaml").items():
        if element not in Element.values:
            problems.append(f"没有要素“{element}”")
        for code in [*entry["indicators"], *entry["labels"]]:
            if code in found:
                problems.append(f"{code} 同时列在 {found[code]} 和 {element}")
            found[code] = element
    if problems:
        raise DataError("要素目录有问题：" + "；".join(problems))
    return found


def element_of(code: str) -> str:
    """Return the element an indicator or label speaks to, '' for none."""
    return _elements().get(code) or _elements().get(code.rstrip("0123456789"), "")


@cache
def _playbook() -> Mapping[str, Mapping[str, list[str]]]:
    content: Mapping[str, Mapping[str, list[str]]] = _read("playbook.yaml")
    wrong = [f"没有等级“{name}”" for name in content["levels"] if name not in LEVELS]
    wrong += [f"没有活动类别“{name}”" for name in content["classes"] if name not in ActivityClass.values]
    wrong += [f"等级“{name}”没有步骤" for name in LEVELS if not content["levels"].get(name)]
    if wrong:
        raise DataError("处置指引有问题：" + "；".join(wrong))
    return content


def steps(band: str) -> list[str]:
    """Return what to do at a level."""
    return list(_playbook()["levels"].get(band, ()))


def points_to_check(activity_class: str) -> list[str]:
    """Return what to look at for a class of activity."""
    return list(_playbook()["classes"].get(activity_class, ()))
