"""One tree of errors. A message says what failed, with which value, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class LookoutError(Exception):
    """Anything Lookout raises on purpose; the text is fit to show to a person."""


class DataError(LookoutError):
    """One input, or one row of it, cannot be used; the rest goes on."""


class TransientError(LookoutError):
    """Try again later: the same call may succeed."""


class ConfigError(LookoutError):
    """The installation or a catalogue is wrong; stop and tell the operator how to mend it."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one place.

    `where` names the file and entry or line; `example` shows a correct value when there is one.
    """

    where: str
    what: str
    example: str = ""

    def __str__(self) -> str:
        hint = f"  正确示例：{self.example}" if self.example else ""
        return f"{self.where}：{self.what}{hint}"


class CatalogueError(ConfigError):
    """A catalogue does not validate; carries every problem found, not just the first."""

    def __init__(self, catalogue: str, problems: Sequence[Problem]) -> None:
        self.catalogue = catalogue
        self.problems = tuple(problems)
        lines = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(problems, 1))
        super().__init__(f"目录“{catalogue}”有 {len(problems)} 处问题，未加载：\n{lines}")
