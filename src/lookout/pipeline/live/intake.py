"""Take events in: checked like rows of a file, personal values sealed, written to the outbox."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from lookout.contracts import Table, contracts
from lookout.hub.landing import BatchVault, Tokens, event_salt, store_facts
from lookout.hub.live import (
    LIVE_BATCH,
    NewEvent,
    as_texts,
    digest_of,
    open_live,
    open_salt,
    put_event,
    refuse_when_behind,
)
from lookout.hub.quality import Checked, check
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.sources import FileProblem, RawFile, lay_out, matches, source_faults, sources

LONGEST_ID = 200
MOST_AT_ONCE = 10_000
_NONCE_ROOM = 2**32  # values one call may seal: its nonces begin at a random place of their own


@dataclass(frozen=True)
class Event:
    """One row of a contract table as a source sends it the moment it happens.

    `event_id` is the source's own number of the message: the same one twice is one event. `row` has
    the contract's column names, or their Chinese names, as keys.
    """

    source: str
    table: str
    event_id: str
    row: Mapping[str, Any]


@dataclass(frozen=True)
class Receipt:
    """What became of an event: accepted, known (it had come before) or refused, with the reasons in Chinese."""

    event_id: str
    outcome: Literal["accepted", "known", "refused"]
    reasons: tuple[str, ...] = ()
    number: int = 0  # in the outbox; 0 when refused


def accept(
    home: Path, events: Sequence[Event], *, now: datetime, personal_key: bytes, live: str = ""
) -> list[Receipt]:
    """Check events and write the good ones to the outbox in one transaction; receipts in their order.

    They count as learned at `now`. When this returns, accepted events survive a power failure. Raises
    TransientError when the worker has fallen too far behind or the live database cannot be reached;
    then none has been accepted and all may be sent again.
    """
    if len(events) > MOST_AT_ONCE:
        raise DataError(f"一次最多接收 {MOST_AT_ONCE} 条事件，这里有 {len(events)} 条；请分几次发送")
    received_at = naive_local(now)
    receipts: dict[int, Receipt] = {}
    groups: dict[tuple[str, str], list[int]] = {}
    for place, event in enumerate(events):
        reasons = _faults(event)
        if reasons:
            receipts[place] = Receipt(event.event_id, "refused", tuple(reasons))
        else:
            groups.setdefault((event.source, event.table), []).append(place)
    checked = {}
    for (source, table), places in groups.items():
        found = _Checked(contracts()[table], [events[place].row for place in places], received_at)
        for row, place in enumerate(places):
            if refused := found.reasons(row):
                receipts[place] = Receipt(events[place].event_id, "refused", tuple(refused))
        checked[source, table] = (found, places)
    if len(receipts) < len(events):
        _write(home, live, events, checked, received_at, personal_key, receipts)
    return [receipts[place] for place in range(len(events))]


def _faults(event: Event) -> list[str]:
    """Return what is wrong with an event before its columns are looked at."""
    reasons = []
    if not event.event_id.strip() or len(event.event_id) > LONGEST_ID:
        reasons.append(f"事件编号应为 1 至 {LONGEST_ID} 个字符；请用来源自己的消息编号")
    if event.table not in contracts():
        return [*reasons, f"没有名为“{event.table}”的表；请写契约中的表名，如 complaint_ticket"]
    table = contracts()[event.table]
    if table.occurred_on is None:
        reasons.append(f"表 {event.table} 没有发生日期，不能逐条接收；请整份报送")
    reasons += [str(fault) for fault in source_faults(event.source, event.table, False, sources())]
    for key in event.row:
        if not any(matches(name, column, key) for name, column in table.columns.items()):
            reasons.append(f"表“{table.zh}”没有“{key}”这一项；请改正名称或删去")
    return reasons


class _Checked:
    """Rows of one table checked together; identical rows are checked once."""

    def __init__(self, table: Table, rows: Sequence[Mapping[str, Any]], received_at: datetime) -> None:
        self.table = table
        texts = [json.dumps({k: _text(v) for k, v in row.items()}, sort_keys=True) for row in rows]
        lines = {text: line for line, text in enumerate(dict.fromkeys(texts), 1)}
        self._line = [lines[text] for text in texts]
        self._whole: tuple[str, ...] = ()
        self.checked: Checked | None = None
        try:
            self.checked = self._check([json.loads(text) for text in lines], received_at)
        except FileProblem as problem:
            self._whole = tuple(str(fault) for fault in problem.faults)
        self._refused: dict[int, list[str]] = {}
        for reject in self.checked.rejects.to_pylist() if self.checked else ():
            said = table.columns[reject["column"]].zh if reject["column"] else ""
            self._refused.setdefault(reject["line"], []).append(f"{said}：{reject['reason']}")

    def _check(self, rows: Sequence[Mapping[str, str]], received_at: datetime) -> Checked:
        given = list(dict.fromkeys(key for row in rows for key in row))
        # A column that nobody sent and that must be there is each row's own fault, not the message's.
        absent = [
            name
            for name, column in self.table.columns.items()
            if column.required and not any(matches(name, column, key) for key in given)
        ]
        columns = {name: [row.get(name, "") for row in rows] for name in [*given, *absent]}
        arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
        raw = RawFile("events", "utf-8", pa.table(arrays), pa.array(range(1, len(rows) + 1), pa.int32()))
        return check(raw, lay_out("事件", raw, self.table, None), delivered_on=received_at.date())

    def reasons(self, row: int) -> Sequence[str]:
        """Return why a row is refused; empty when it is not."""
        return self._whole or self._refused.get(self._line[row], ())

    def stored(
        self, received_at: datetime, tokens: Tokens, vault: BatchVault
    ) -> dict[int, tuple[dict[str, str | None], list[tuple[str, str, str]]]]:
        """Return fact and vault by row; refused rows have none."""
        if self.checked is None or not self.checked.accepted.num_rows:
            return {}
        facts, sealed = store_facts(
            self.table, self.checked, known_at=received_at, batch_no=LIVE_BATCH, tokens=tokens, vault=vault
        )
        by_line: dict[int, list[tuple[str, str, str]]] = {}
        for one in sealed.to_pylist():
            text = base64.b64encode(one["ciphertext"]).decode()
            by_line.setdefault(one["line"], []).append((one["column"], one["token"], text))
        texts = dict(zip(facts["line"].to_pylist(), as_texts(facts), strict=True))
        return {
            row: (texts[line], by_line.get(line, [])) for row, line in enumerate(self._line) if line in texts
        }


def _text(value: Any) -> str:
    """Return a cell as a file would hold it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ";".join(_text(item) for item in value)
    return str(value)


def _write(
    home: Path,
    live: str,
    events: Sequence[Event],
    checked: Mapping[tuple[str, str], tuple[_Checked, list[int]]],
    received_at: datetime,
    personal_key: bytes,
    receipts: dict[int, Receipt],
) -> None:
    tokens = Tokens(personal_key)
    fresh: dict[int, Receipt] = {}
    with open_live(home, live).write() as session:
        refuse_when_behind(session)
        for (source, table), (found, places) in checked.items():
            name = open_salt(session, source, table, received_at.date().isoformat()) or secrets.token_hex(8)
            start = secrets.randbelow(2**64) * _NONCE_ROOM
            vault = BatchVault(personal_key, event_salt(home, name), first=start)
            stored = found.stored(received_at, tokens, vault)
            for row, place in enumerate(places):
                if row not in stored:
                    continue
                fact, sealed = stored[row]
                event = NewEvent(source, table, events[place].event_id, digest_of(fact), fact, sealed)
                fresh[place] = _receipt(event, *put_event(session, event, received_at, name))
    receipts |= fresh


def _receipt(event: NewEvent, number: int, is_new: bool) -> Receipt:
    if not number:
        reason = "这个编号的事件已经收到过，内容却不同；更正请作为新的事件，换一个编号发送"
        return Receipt(event.event_id, "refused", (reason,))
    return Receipt(event.event_id, "accepted" if is_new else "known", (), number)
