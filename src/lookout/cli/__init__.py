"""The menu of the terminal. Chooses settings and the clock, calls the rooms, and prints what they say."""

from __future__ import annotations

import sys
from typing import NoReturn

from rich.markup import escape

from lookout.cli import house, ratings, raw_data
from lookout.cli.menu import app
from lookout.cli.terminal import errors
from lookout.kernel.errors import LookoutError

__all__ = ["app", "house", "main", "ratings", "raw_data"]  # the modules are named so that they are loaded

INTERRUPTED = 130  # the shell's code for a process ended by Ctrl-C


def main() -> NoReturn:
    """Run the menu; an error of ours is one message, without a traceback."""
    try:
        app()
    except LookoutError as error:
        errors.print(f"[red]出错：[/]{escape(str(error))}")
        sys.exit(1)
    except (SystemExit, KeyboardInterrupt) as ended:
        # The menu's library turns Ctrl-C into an exit of its own.
        if isinstance(ended, KeyboardInterrupt) or ended.code == INTERRUPTED:
            errors.print("已中断；已完成的批次和上一次评定结果不受影响")
            sys.exit(INTERRUPTED)
        raise
    sys.exit(0)
