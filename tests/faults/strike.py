"""Kill our own command at its n-th durable step, as a power cut or an impatient operator would.

A durable step is anything that changes the disk: opening a file for writing, renaming, removing,
making a folder, syncing, writing Parquet. The process ends by SIGKILL, so no handler of ours runs.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNT = "steps"  # file that a process which lived to the end leaves its count in
MAKES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR


@dataclass(frozen=True)
class Command:
    """One call of the terminal menu over a home."""

    arguments: tuple[str, ...]
    home: Path
    outside: Path  # where its output goes

    @property
    def output(self) -> Path:
        """Everything it said."""
        return self.outside / "output.txt"


class _Steps:
    """Counts durable steps under a folder and kills at the one that is named; 0 kills never."""

    def __init__(self, home: Path, deadly: int) -> None:
        self._home, self._deadly, self.count = str(home), deadly, 0

    def step(self, tear: Callable[[], object] = lambda: None) -> None:
        self.count += 1
        if self.count == self._deadly:
            tear()
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take part in the interpreter's audit events, which come before each act."""
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(flags, int) and flags & WRITING and self._is_ours(path):
                self.step()
        elif event in MAKES and self._is_ours(arguments[0]):
            self.step()

    def tears(self, write: Callable[..., Any], file_of: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function that writes a file: the deadly one leaves half of it."""

        def wrapped(*arguments: Any, **more: Any) -> Any:
            answer = write(*arguments, **more)
            file = file_of(*arguments)
            if self._is_ours(file):
                self.step(lambda: os.truncate(file, os.stat(file).st_size // 2))
            return answer

        return wrapped

    def _is_ours(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and str(os.fspath(path)).startswith(self._home)


def _listen(home: Path, deadly: int) -> _Steps:
    import pyarrow.parquet as pq

    from lookout.hub.store import DuckDBStore

    steps = _Steps(home, deadly)
    pq.write_table = steps.tears(pq.write_table, lambda table, file, *_: file)
    DuckDBStore.write_parquet = steps.tears(  # type: ignore[method-assign]  # this process is made to be killed
        DuckDBStore.write_parquet, lambda store, sql, file: file
    )
    os.fsync = steps.tears(os.fsync, lambda descriptor: _file_behind(descriptor))
    sys.addaudithook(steps.hear)
    return steps


def _file_behind(descriptor: int) -> str:
    file = os.readlink(f"/proc/self/fd/{descriptor}")
    return file if os.path.isfile(file) else ""


def _child(command: Command, environment: dict[str, str], deadly: int) -> None:
    """Be the terminal command; this function is the whole process."""
    _redirect(command)
    os.environ.update(environment)
    sys.argv = ["lookout", *command.arguments]
    from lookout.cli import main

    steps = _listen(command.home, deadly)
    try:
        main()
    finally:
        (command.outside / COUNT).write_text(str(steps.count))


def _actor(act: Callable[[Path], None], command: Command, deadly: int) -> None:
    """Do one thing to a home; this function is the whole process."""
    _redirect(command)
    steps = _listen(command.home, deadly)
    act(command.home)
    (command.outside / COUNT).write_text(str(steps.count))


def _redirect(command: Command) -> None:
    output = os.open(command.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)


_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["lookout.cli", "lookout.pipeline", "tests.faults.strike"])


def start(command: Command, *, deadly: int = 0, **settings: str) -> Any:
    """Start a command that dies at its durable step number `deadly`; 0 lets it live."""
    environment = {"LOOKOUT_DEMO": "1", "LOOKOUT_HOME": str(command.home), **settings}
    command.outside.mkdir(parents=True, exist_ok=True)
    process = _processes.Process(target=_child, args=(command, environment, deadly))
    process.start()
    return process


def start_act(act: Callable[[Path], None], command: Command, *, deadly: int = 0) -> Any:
    """Start a process that does one thing to the command's home, and dies at a durable step of it."""
    command.outside.mkdir(parents=True, exist_ok=True)
    process = _processes.Process(target=_actor, args=(act, command, deadly))
    process.start()
    return process


def end(process: Any, seconds: float | None = None) -> int:
    """Wait for a process, killing it after so many seconds; return its exit code (-9: killed)."""
    process.join(seconds)
    if process.is_alive():
        process.kill()
    process.join()
    code: int = process.exitcode
    process.close()
    return code


def steps_of(command: Command) -> int:
    """Return how many durable steps the command took that has just lived to its end."""
    return int((command.outside / COUNT).read_text())
