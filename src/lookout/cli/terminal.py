"""What every command shares: the two consoles, the clock, the settings, and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from lookout.config import Settings, configure_logging, load_settings
from lookout.kernel.clock import SHANGHAI, parse_as_of
from lookout.kernel.errors import DataError

# A list sent to a file must not be folded at the width of a terminal that is not there.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 400)
errors = Console(stderr=True, highlight=False)


def now() -> datetime:
    """Return this instant; the only clock of the core is the one handed in here."""
    return datetime.now(SHANGHAI)


def instant(text: str) -> datetime:
    """Read an instant typed by a person; without offset it is Shanghai time."""
    try:
        return parse_as_of(text)
    except ValueError:
        raise DataError(f"“{text}”不是日期或时刻；应为 2026-11-22 或 2026-11-22T08:00") from None


class TerminalProgress:
    """Shows the running stage as a bar, on stderr; plain lines when it is not a terminal."""

    def __init__(self) -> None:
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[step]}"),
            TimeElapsedColumn(),
            console=errors,
            transient=True,
        )
        self._task = self._bar.add_task("", step="", total=None)
        self._stage = ""

    def __enter__(self) -> TerminalProgress:
        if errors.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if errors.is_terminal:
            self._bar.stop()

    def __call__(self, stage: str, step: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage = stage
            if not errors.is_terminal:
                errors.print(f"  {stage} …")
        self._bar.update(self._task, description=stage, step=step, completed=done, total=total or None)

    def steps(self, stage: str) -> _Steps:
        """Return a callback for work that has steps only."""
        return _Steps(self, stage)

    def counter(self, stage: str) -> Callable[[int, int], None]:
        """Return a callback for work that only counts."""
        return lambda done, total: self(stage, "", done, total)


class _Steps:
    def __init__(self, progress: TerminalProgress, stage: str) -> None:
        self._progress, self._stage = progress, stage

    def __call__(self, step: str, done: int, total: int) -> None:
        self._progress(self._stage, step, done, total)


def this_settings() -> Settings:
    """Load the settings and set the logs up by them."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    return settings


Companies = Annotated[int, typer.Option(min=100, max=1_000_000, help="企业户数")]
Seed = Annotated[int, typer.Option(help="随机种子；相同参数得到逐字节相同的文件")]
ScenarioFile = Annotated[Path | None, typer.Option("--scenario", help="情景文件；不给则用内置的广东情景")]
AsOf = Annotated[str, typer.Option("--as-of", help="评定时点：日期表示当日终了，或 ISO 时刻（北京时间）")]
