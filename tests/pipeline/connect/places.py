"""A home with one connection of each kind over the same little table, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from lookout.contracts import contracts
from lookout.hub.landing import list_batches
from lookout.kernel.clock import SHANGHAI
from lookout.kernel.inbox import Inbox, Pushed, receipt_of
from lookout.pipeline.connect import Round, add_connection, read_state, run_due
from lookout.sources import sources
from lookout.sources.connectors import parse_connection
from tests.hub.hubs import PERSONAL_KEY

NOW = datetime(2026, 11, 22, 8, tzinfo=SHANGHAI)
CODES = ("91440303MA3MAXWR1G", "92440308MAYNN32D2K", "91440513MAFWK7FL97")
HEADER = "uscc,tax_type,balance_yuan,noticed_on"


def row(number: int) -> str:
    """One arrears notice; numbers tell them apart."""
    return f"{CODES[number % 3]},税种{number:04d},{number + 1},2026-10-08"


def csv(numbers: Iterable[int]) -> bytes:
    """A file of notices."""
    return ("\n".join([HEADER, *map(row, numbers)]) + "\n").encode()


def connect(home: Path, kind: str, place: dict[str, Any], **more: Any) -> str:
    """Add a connection named after its kind."""
    content = {
        "kind": kind, "source": "tax", "table": "tax_arrears", "covers": {"regions": ["44"]}, "schedule": "always",
        "added_at": "2026-11-01T00:00:00", kind: place, "limits": {"free_mb": 1}, **more,
    }  # fmt: skip
    text = yaml.safe_dump(content, allow_unicode=True)
    add_connection(home, parse_connection(kind, text, contracts(), sources()), None)
    return kind


def go(
    home: Path, *, at: datetime = NOW, only: str = "", tick: Callable[[str], None] = lambda step: None
) -> list[Round]:
    """Run one round."""
    return run_due(home, now=at, personal_key=PERSONAL_KEY, only=only, tick=tick)


def push(home: Path, name: str, file: str, data: bytes, at: datetime = NOW) -> str:
    """Put a file into the inbox as the desk does; return its receipt."""
    inbox = Inbox(home, name)
    received = inbox.receive([data], 1 << 20)
    receipt = receipt_of(name, received.sha256)
    inbox.put(received, Pushed(receipt, name, file, received.sha256, received.size, at.isoformat()))
    return receipt


def landed(home: Path) -> list[str]:
    """The tax types of all rows of all batches, sorted: each row has one of its own."""
    found: list[str] = []
    for batch in list_batches(home):
        file = home / "batches" / f"{batch.batch_no:06d}" / "facts.parquet"
        found += pq.read_table(file, columns=["tax_type"])["tax_type"].to_pylist()
    return sorted(found)


def expected(count: int) -> list[str]:
    """What `landed` is when rows 0 … count - 1 are there once each."""
    return [f"税种{number:04d}" for number in range(count)]


class Crash(BaseException):
    """The process dies here."""


def crashing(at: int) -> Callable[[str], None]:
    """Return a listener that dies at the n-th step."""
    steps = iter(range(at + 1))

    def tick(step: str) -> None:
        if next(steps, None) == at:
            raise Crash(step)

    return tick


def until_quiet(home: Path, crash_at: int) -> None:
    """Run a round that dies at a step, then rounds until nothing comes."""
    try:
        go(home, tick=crashing(crash_at))
    except Crash:
        pass
    for number in range(1, 10):
        rounds = go(home, at=NOW + timedelta(hours=number))
        assert not [one.problem for one in rounds if one.is_failed], rounds
        if not any(one.outcomes for one in rounds) and not any(
            read_state(home, one.name).has_more for one in rounds
        ):
            return
    raise AssertionError("the connections never come to rest")
