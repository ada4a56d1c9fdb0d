"""How the connections to sources stand: who is reached, who is not, and who fell silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lookout.contracts import contracts
from lookout.kernel.errors import LookoutError
from lookout.sources import sources
from lookout.sources.connectors import parse_connection
from lookout.sources.connectors.standing import connection_file, names, read_state, silent_days


@dataclass(frozen=True)
class Standing:
    """One connection. Times are Shanghai wall times, None for never.

    `problem` is why its last round failed or its newest file was refused, '' when neither; `silent_days`
    counts the days without new data of a source that is overdue, None while it is in time.
    """

    name: str
    success: datetime | None
    new_data: datetime | None
    problem: str
    silent_days: int | None

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look."""
        return not self.problem and self.silent_days is None


def connections(home: Path, now: datetime) -> tuple[Standing, ...]:
    """Return all connections by name; one that cannot be read says so as its problem.

    `now` is Shanghai wall time.
    """
    return tuple(_standing(home, name, now) for name in names(home))


def _standing(home: Path, name: str, now: datetime) -> Standing:
    try:
        text = connection_file(home, name).read_text("utf-8")
        connection = parse_connection(name, text, contracts(), sources())
        state = read_state(home, name)
    except (LookoutError, OSError, UnicodeDecodeError) as error:
        return Standing(name, None, None, str(error).splitlines()[0], None)
    problem = state.problem if state.attempts else ""
    newest = state.outcomes[-1] if state.outcomes else {}
    if not problem and newest.get("state") == "refused":
        problem = f"最近的文件“{newest['file']}”被退回"
    silence = silent_days(connection, state, now)
    return Standing(name, state.success, state.new_data, problem.partition("\n")[0], silence)
