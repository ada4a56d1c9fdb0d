"""The menu of the terminal. Chooses settings and the clock, calls the rooms, and prints what they say."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer
from rich.markup import escape
from typer.exceptions import TyperException

from lookout.cli import (
    authority,
    capture,
    connect,
    corrections,
    desk,
    feedback,
    formats,
    house,
    live,
    operator,
    proof,
    ratings,
    raw_data,
    stewards,
)
from lookout.cli.chinese import in_chinese, speak_chinese
from lookout.cli.menu import app
from lookout.cli.terminal import errors
from lookout.kernel.errors import LookoutError

__all__ = [
    "app",
    "authority",
    "capture",
    "connect",
    "corrections",
    "desk",
    "feedback",
    "formats",
    "house",
    "live",
    "main",
    "operator",
    "proof",
    "ratings",
    "raw_data",
    "stewards",
]  # the modules are named so that they are loaded

INTERRUPTED = 130  # the shell's code for a process ended by Ctrl-C


def main() -> NoReturn:
    """Run the menu; an error of ours is one message, without a traceback."""
    speak_chinese()
    try:
        ended_with = app(standalone_mode=False)
    except typer.Abort:
        errors.print("已中断；已完成的批次和上一次评定结果不受影响")
        sys.exit(INTERRUPTED)
    except TyperException as complaint:
        _complain(complaint)
    except LookoutError as error:
        errors.print(f"[red]出错：[/]{escape(str(error))}")
        sys.exit(1)
    except (SystemExit, KeyboardInterrupt) as ended:
        # The menu's library turns Ctrl-C into an exit of its own.
        if isinstance(ended, KeyboardInterrupt) or ended.code == INTERRUPTED:
            errors.print("已中断；已完成的批次和上一次评定结果不受影响")
            sys.exit(INTERRUPTED)
        raise
    sys.exit(ended_with if isinstance(ended_with, int) else 0)


def _complain(complaint: TyperException) -> NoReturn:
    """Say what is wrong with the command line and where its use is described."""
    context = getattr(complaint, "ctx", None)
    command = context.command_path if context else "lookout"
    said = in_chinese(complaint.format_message())
    if not said or said.lstrip().startswith("Usage"):  # no command at all: the help is the answer
        errors.print(context.get_help() if context else said)
        sys.exit(complaint.exit_code)
    errors.print(f"[red]出错：[/]{escape(said)}；用 {command} --help 查看用法")
    sys.exit(complaint.exit_code)
