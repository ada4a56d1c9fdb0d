"""The stewards' queue: whom the hub could not tell apart by itself, with the evidence of both sides."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from lookout.contracts import Contracts
from lookout.hub.facts import Facts
from lookout.hub.landing import Batch, batch_folder
from lookout.hub.linkage import Explained, Judgement, Verb, explain, in_force, judgement_of, lexicon
from lookout.hub.reading.raw_rows import raw_rows
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import Scheme
from lookout.kernel.regions import region_name

JUDGEMENTS = "resolution_judgement"
FACTS_SHOWN = 12
Subject = tuple[str, str]


@dataclass(frozen=True)
class QueueRow:
    """One case of the queue. `kind`: name (whom a name means) · conflict (code and name disagree) · twin (two codes).

    `left` and `right` are scheme and identifier; `rows` how many facts wait for the answer.
    """

    number: str
    kind: str
    left: Subject
    left_name: str
    right: Subject
    right_name: str
    score: int
    rows: int
    candidates: int

    @property
    def yes(self) -> Verb:
        """The verb of "the same"."""
        return Verb.MERGE if self.kind == "twin" else Verb.LINK

    @property
    def no(self) -> Verb:
        """The verb of "not the same"."""
        return Verb.SPLIT if self.kind == "twin" else Verb.SEPARATE


@dataclass(frozen=True)
class WaitingFacts:
    """Facts of one table that hang on a subject; `newest_on` None when none has a date."""

    table: str
    rows: int
    newest_on: str
    places: tuple[tuple[int, int], ...]  # batch and line of the newest


@dataclass(frozen=True)
class QueueCase:
    """A case with both sides: what is known of each by its key, the comparison, the facts, other candidates."""

    row: QueueRow
    explained: Explained
    left: Mapping[str, str]
    right: Mapping[str, str]
    left_facts: tuple[WaitingFacts, ...]
    right_facts: tuple[WaitingFacts, ...]
    others: tuple[QueueRow, ...]


@dataclass(frozen=True)
class JudgementRow:
    """A judgement with its standing: `in_force`, or undone or replaced by a later one."""

    judgement: Judgement
    in_force: bool
    batch_no: int


@lru_cache(maxsize=20_000)
def _landed(home: Path, batch_no: int) -> tuple[Judgement, ...]:
    """Read the judgements of one batch; a batch never changes."""
    rows = pq.read_table(batch_folder(home, batch_no) / "facts.parquet").to_pylist()
    return tuple(judgement_of(row) for row in rows)


def judgements(home: Path, batches: Iterable[Batch]) -> list[JudgementRow]:
    """Return all judgements that have landed, newest first; those of withdrawn batches are gone."""
    found = [
        (one, batch.batch_no)
        for batch in batches
        if batch.table == JUDGEMENTS and batch.withdrawn_at is None
        for one in _landed(home, batch.batch_no)
    ]
    every = [one for one, _ in found]
    undone = {one.undoes for one in every if one.verb is Verb.UNDO}
    counting = {one.judgement_no for one in in_force(every)}
    counting |= {one.judgement_no for one in every if one.verb is Verb.UNDO} - undone
    ordered = sorted(found, key=lambda entry: (entry[0].judged_at, entry[0].judgement_no), reverse=True)
    return [JudgementRow(one, one.judgement_no in counting, number) for one, number in ordered]


def _number(kind: str, left: Subject, right: Subject) -> str:
    return hashlib.sha256("\x1f".join((kind, *left, *right)).encode()).hexdigest()[:16]


def _names(snapshot: OpenSnapshot, keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    listed = ", ".join(str(key) for key in sorted(set(keys))) or "NULL"
    rows = snapshot.rows(
        f"SELECT company_key, identifier, identifier_scheme, name FROM listing WHERE company_key IN ({listed})"
    )
    return {row["company_key"]: row for row in rows}


def _candidates(snapshot: OpenSnapshot) -> list[tuple[str, int, str, int, int, int]]:
    """Return (kind, left key, left name, right key, score, rows) of everything that waits."""
    found = [
        ("name", 0, row["name"], row["company_key"], row["score"], row["rows"])
        for row in snapshot.rows(
            "SELECT c.* FROM link_candidate AS c LEFT JOIN linked AS k ON k.name = c.name WHERE k.name IS NULL"
        )
    ]
    found += [
        ("conflict", row["name_key"], row["name"], row["company_key"], 0, row["rows"])
        for row in snapshot.rows(
            "SELECT name, name_key, company_key, count(*) AS rows FROM conflicted GROUP BY name, name_key, company_key"
        )
    ]
    found += [
        ("twin", row["other_key"], "", row["company_key"], row["score"], row["rows"] or 0)
        for row in snapshot.rows(
            """
            SELECT t.company_key, t.other_key, t.score, CAST(sum(n.rows) AS BIGINT) AS rows FROM twin AS t
            LEFT JOIN record_count AS n ON n.company_key = t.other_key
            WHERE t.other_key NOT IN (SELECT company_key FROM merged)
              AND t.company_key NOT IN (SELECT company_key FROM merged)
            GROUP BY t.company_key, t.other_key, t.score
            """
        )
    ]
    return found


def open_pairs(snapshot: OpenSnapshot, judged: Sequence[JudgementRow]) -> list[QueueRow]:
    """Return every pair of subjects that nobody has judged, in no order."""
    settled = {row.judgement.pair for row in judged if row.in_force}
    linked = {row.judgement.left for row in judged if row.in_force and row.judgement.verb is Verb.LINK}
    found = _candidates(snapshot)
    known = _names(snapshot, [key for entry in found for key in (entry[1], entry[3]) if key])
    rows = []
    for kind, left_key, left_name, right_key, score, waiting in found:
        company, other = known.get(right_key), known.get(left_key)
        if company is None or (kind == "twin" and other is None):
            continue
        right = (company["identifier_scheme"], company["identifier"])
        left, pair = (Scheme.NAME.value, left_name), ("name", (Scheme.NAME.value, left_name), right)
        if kind == "twin" and other is not None:
            left, left_name = (other["identifier_scheme"], other["identifier"]), other["name"] or ""
            first, second = sorted((left, right))
            pair = ("company", first, second)
        if pair not in settled and not (kind == "name" and left in linked):
            number = _number(kind, left, right)
            shown = company["name"] or ""
            rows.append(QueueRow(number, kind, left, left_name, right, shown, score, waiting, 1))
    return rows


def queue(pairs: Sequence[QueueRow]) -> list[QueueRow]:
    """Return the cases, those with most rows first: a name is one case, its best candidate stands for it."""
    best: dict[tuple[str, ...], QueueRow] = {}
    count: Counter[tuple[str, ...]] = Counter()
    for row in pairs:
        place = (row.kind, *row.left) if row.kind == "name" else (row.number,)
        count[place] += 1
        if place not in best or (-row.score, row.right) < (-best[place].score, best[place].right):
            best[place] = row
    cases = [replace(row, candidates=count[place]) for place, row in best.items()]
    return sorted(cases, key=lambda row: (-row.rows, -row.score, row.left, row.right))


def case(
    snapshot: OpenSnapshot, contracts: Contracts, batches: Mapping[int, Batch], judged: Sequence[JudgementRow],
    number: str,
) -> QueueCase | None:  # fmt: skip
    """Return a case with its evidence; None when it is unknown or has been judged."""
    pairs = open_pairs(snapshot, judged)
    row = next((one for one in pairs if one.number == number), None)
    if row is None:
        return None
    right = _company(snapshot, contracts, batches, row.right[1])
    left = {"name": row.left_name}
    left_facts: tuple[WaitingFacts, ...] = ()
    if row.kind == "twin":
        left = _company(snapshot, contracts, batches, row.left[1])
        left_facts = _company_facts(snapshot, contracts, row.left[1])
    elif row.kind == "conflict":
        left_facts = _conflict_facts(snapshot, contracts, row)
    else:
        left_facts = _waiting(snapshot, contracts, row.left[1])
    others = [one for one in pairs if one.kind == row.kind == "name" and one.left == row.left and one != row]
    return QueueCase(
        row=row,
        explained=_masked_parts(explain(left, right, lexicon()), left, right),
        left=_shown(left),
        right=_shown(right),
        left_facts=left_facts,
        right_facts=_company_facts(snapshot, contracts, row.right[1]),
        others=tuple(sorted(others, key=lambda one: (-one.score, one.right))),
    )


def _masked_parts(explained: Explained, left: Mapping[str, str], right: Mapping[str, str]) -> Explained:
    """Return the comparison with masked forms where it was made by tokens."""
    parts = [
        replace(part, left=left.get(f"{part.part}_masked", ""), right=right.get(f"{part.part}_masked", ""))
        if part.part in {"phone", "representative"}
        else part
        for part in explained.parts
    ]
    return replace(explained, parts=tuple(parts))


# What is shown of a side; tokens of personal values are only compared.
_SHOWN = (
    "name", "former_names", "uscc", "registration_no", "region_name", "address", "representative_masked",
    "phone_masked", "status_name", "established_on",
)  # fmt: skip


def _shown(side: Mapping[str, str]) -> dict[str, str]:
    return {key: side[key] for key in _SHOWN if side.get(key)}


def _company(
    snapshot: OpenSnapshot, contracts: Contracts, batches: Mapping[int, Batch], identifier: str
) -> dict[str, str]:
    """Return what the registry says of a company; tokens for comparing, masked forms for showing."""
    listed = snapshot.rows("SELECT company_key, name FROM listing WHERE identifier = ?", [identifier])
    if not listed:
        raise DataError(f"没有代码为“{identifier}”的企业；结果可能已更新，请刷新页面")
    rows = raw_rows(snapshot, contracts, batches, listed[0]["company_key"])
    rows.open("company", listed[0]["company_key"], None)
    found = rows.query("SELECT * FROM company ORDER BY known_at DESC, batch_no DESC, line DESC LIMIT 1")
    row = found[0] if found else {"name": listed[0]["name"], "uscc": identifier}
    codes = contracts["company"].columns["status"].codes
    status = codes.get(str(row.get("status")), "") if isinstance(codes, dict) else ""
    return {
        "name": row.get("name") or "",
        "former_names": row.get("former_names") or "",
        "uscc": identifier,
        "registration_no": row.get("registration_no") or "",
        "region_name": region_name(row["region"]) if row.get("region") else "",
        "address": row.get("address") or "",
        "phone": row.get("phone") or "",
        "phone_masked": row.get("phone_masked") or "",
        "representative": row.get("legal_representative") or "",
        "representative_masked": row.get("legal_representative_masked") or "",
        "status_name": status,
        "established_on": str(row.get("established_on") or ""),
    }


def _company_facts(snapshot: OpenSnapshot, contracts: Contracts, identifier: str) -> tuple[WaitingFacts, ...]:
    rows = snapshot.rows(
        "SELECT n.table_name, n.rows, n.newest_on FROM record_count AS n JOIN listing AS l "
        "ON l.company_key = n.company_key WHERE l.identifier = ? ORDER BY n.rows DESC, n.table_name",
        [identifier],
    )
    return tuple(
        WaitingFacts(contracts[row["table_name"]].zh, row["rows"], str(row["newest_on"] or ""), ())
        for row in rows
        if row["table_name"] in contracts
    )[:FACTS_SHOWN]


def _conflict_facts(snapshot: OpenSnapshot, contracts: Contracts, row: QueueRow) -> tuple[WaitingFacts, ...]:
    rows = snapshot.rows(
        "SELECT table_name, batch_no, line, known_at FROM conflicted AS c JOIN listing AS l "
        "ON l.company_key = c.company_key WHERE c.name = ? AND l.identifier = ? "
        "ORDER BY table_name, batch_no DESC, line",
        [row.left[1], row.right[1]],
    )
    return _by_table(
        contracts, [(one["table_name"], one["batch_no"], one["line"], one["known_at"]) for one in rows]
    )


def _waiting(snapshot: OpenSnapshot, contracts: Contracts, name: str) -> tuple[WaitingFacts, ...]:
    """Return the facts that came under a name, as the run saw them."""
    record = snapshot.record
    facts = Facts(record.generation, record.batches, record.register, record.facts)
    tables = [row["table"] for row in snapshot.rows('SELECT "table" FROM unresolved WHERE value = ?', [name])]
    store = snapshot.session()
    found = []
    for table in tables:
        if table in facts.tables and table in contracts:
            store.read_parquet("waiting", [snapshot.home / path for path in facts.tables[table].rows])
            rows = store.query(
                f'SELECT batch_no, line, "{contracts[table].occurred_on}" AS day FROM waiting '
                f"WHERE company_key IS NULL AND subject_value = ? AND known_at <= ? ORDER BY day DESC, batch_no, line",
                [name, record.as_of],
            )
            found += [(table, row["batch_no"], row["line"], row["day"]) for row in rows.to_pylist()]
    return _by_table(contracts, found)


def _by_table(contracts: Contracts, rows: Sequence[tuple[str, int, int, Any]]) -> tuple[WaitingFacts, ...]:
    tables: dict[str, list[tuple[int, int, Any]]] = {}
    for table, batch_no, line, day in rows:
        tables.setdefault(table, []).append((batch_no, line, day))
    return tuple(
        WaitingFacts(
            contracts[table].zh,
            len(found),
            max((str(_day(day)) for _, _, day in found if day is not None), default=""),
            tuple((batch_no, line) for batch_no, line, _ in found[:3]),
        )
        for table, found in sorted(tables.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    )


def _day(moment: Any) -> Any:
    return moment.date() if isinstance(moment, datetime) else moment
