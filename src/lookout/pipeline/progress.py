"""How long work tells where it is: stages with their times, and steps inside a stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Called with the stage (Chinese), the step inside it, steps done and steps in all."""

    def __call__(self, stage: str, step: str, done: int, total: int) -> None: ...


def silent(stage: str, step: str, done: int, total: int) -> None:
    """Tell nobody."""


class Stages:
    """Times the stages of a run and passes progress on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._name = ""
        self.seconds: list[tuple[str, float]] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage; it is recorded only when it succeeds."""
        self._name = name
        self._progress(name, "", 0, 0)
        begun = time.perf_counter()
        yield
        self.seconds.append((name, round(time.perf_counter() - begun, 3)))

    def step(self, step: str, done: int, total: int) -> None:
        """Pass on a step of the running stage."""
        self._progress(self._name, step, done, total)
