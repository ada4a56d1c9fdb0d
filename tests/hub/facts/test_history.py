"""Any history of deliveries, corrections and withdrawals, seen at any two clocks, against plain Python."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.contracts import contracts
from lookout.hub.facts import Facts, Visible, fold, open_tables, withdrawn_numbers
from lookout.hub.landing import Batch, batch_folder, fact_schema
from lookout.hub.resolution import lookup_sql
from lookout.hub.store import DuckDBStore
from tests.hub.facts.test_facts import ALPHA, BETA, complaint, registry
from tests.hub.hubs import wall

CODES = {ALPHA: 1, BETA: 2}
NAMES = {1: "广州甲有限公司", 2: "温州乙有限公司"}
START = wall(2026, 9, 1)
TABLES = {name: contracts()[name] for name in ("company", "complaint_ticket", "justice_case")}
PATTERN = Batch(
    batch_no=0, source="", table="", file="", format="csv", encoding="", sha256="", bytes=0, mapping=None,
    delivered_at=START, asserted=False, regions=(), organization_types=(), rows=0, accepted=0, rejected=0, doubled=0,
    versions=0, identifier_scheme="uscc", contract_digest="", ingested_at=START, columns={}, unread=(), digests={},
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row sent: its fact's number, which company it names and how, and its content."""

    fact: int
    company: int
    by_code: bool
    content: int


@dataclass(frozen=True)
class Sent:
    """One batch: when it came, when it was withdrawn (None: never), and its rows."""

    table: str
    day: int
    withdrawn_day: int | None
    rows: tuple[Row, ...]


row = st.builds(Row, st.integers(1, 3), st.sampled_from([1, 2]), st.booleans(), st.integers(0, 9))
later = st.one_of(st.none(), st.integers(0, 6))
sent = st.builds(
    Sent,
    st.sampled_from(["complaint_ticket", "justice_case"]),
    st.integers(0, 5),
    later,
    st.lists(row, min_size=1, max_size=3, unique_by=lambda r: (r.fact, r.company, r.by_code)).map(tuple),
)
registered = st.builds(
    Sent,
    st.just("company"),
    st.integers(0, 5),
    later,
    st.lists(
        st.builds(Row, st.just(0), st.sampled_from([1, 2]), st.just(True), st.just(0)), min_size=1, max_size=1
    ).map(tuple),
)
histories = st.lists(st.one_of(sent, sent, registered), min_size=1, max_size=6)


def as_table_row(table: str, one: Row) -> dict[str, object]:
    code = next(uscc for uscc, key in CODES.items() if key == one.company)
    if table == "company":
        return registry(code, NAMES[one.company])
    if table == "complaint_ticket":
        subject = {"target_uscc": code} if one.by_code else {}
        return complaint(
            f"T{one.fact}", NAMES[one.company], date(2026, 7, 1), amount_yuan=Decimal(one.content), **subject
        )
    return {
        "case_no": f"（2026）粤0106民初{one.fact}号",
        "company_name": NAMES[one.company],
        "role": "defendant",
        "case_type": "civil",
        "filed_on": date(2026, 7, one.fact),
        "claim_yuan": Decimal(one.content),
        **({"uscc": code} if one.by_code else {}),
    }


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def expected(history: list[Sent], table: str, as_of: int, known_at: int) -> list[tuple[int, int, int]]:
    """Say in plain Python what is seen: (company, fact, content), the newest row of each fact."""
    seen = [
        (number, batch)
        for number, batch in enumerate(history)
        if batch.day <= known_at and not (batch.withdrawn_day is not None and batch.withdrawn_day <= known_at)
    ]
    named = {one.company for _, batch in seen if batch.table == "company" for one in batch.rows}
    rows = [
        (batch.day, number, line, one)
        for number, batch in seen
        if batch.table == table
        for line, one in enumerate(batch.rows)
    ]
    # A ticket's number alone is its key; a case's key also holds the company, once that is known.
    newest: dict[object, tuple[int, int, int, Row]] = {}
    for found in sorted(rows, key=lambda r: r[:3]):
        one = found[3]
        if table == "justice_case" and not one.by_code and one.company not in named:
            continue
        newest[one.fact if table == "complaint_ticket" else (one.fact, one.company)] = found
    kept = [one for *_, one in newest.values() if one.by_code or one.company in named]
    happened = [one for one in kept if table == "complaint_ticket" or one.fact <= as_of + 1]
    return sorted((one.company, one.fact, one.content) for one in happened)


def write(home: Path, history: list[Sent]) -> list[Batch]:
    """Put the batches where landing would; of a record the fold needs little."""
    batches = []
    for number, one in enumerate(history, 1):
        schema = fact_schema(contracts()[one.table])
        rows = []
        for line, sent_row in enumerate(one.rows, 2):
            cells = as_table_row(one.table, sent_row)
            by_code = one.table == "company" or sent_row.by_code
            code = next(uscc for uscc, key in CODES.items() if key == sent_row.company)
            rows.append(
                cells
                | {"subject_scheme": "uscc" if by_code else "name"}
                | {"subject_value": code if by_code else NAMES[sent_row.company]}
                | {"known_at": day(one.day), "batch_no": number, "line": line}
            )
        folder = batch_folder(home, number)
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "facts.parquet")
        gone = None if one.withdrawn_day is None else day(one.withdrawn_day)
        batches.append(
            replace(PATTERN, batch_no=number, table=one.table, delivered_at=day(one.day), withdrawn_at=gone)
        )
    return batches


def fold_in(home: Path, batches: list[Batch], cuts: set[int]) -> Facts:
    facts = Facts(0, (), "")
    for number in sorted({*(cut for cut in cuts if cut <= len(batches)), len(batches)}):
        store = DuckDBStore(threads=1)
        facts = fold(store, home, batches[:number], TABLES, lambda step, done, total: None)
        store.close()
    return facts


def seen(
    home: Path, facts: Facts, batches: list[Batch], as_of: int, known_at: int
) -> dict[str, list[tuple[int, int, int]]]:
    moment = day(known_at)
    visible = Visible(
        moment, withdrawn=withdrawn_numbers(batches, moment), happened_by=date(2026, 7, 1 + as_of)
    )
    store = DuckDBStore(threads=1)
    store.read_parquet("register", [home / facts.register])
    store.table("lookup", lookup_sql(visible.condition()))
    open_tables(store, home, facts, TABLES, visible, ["complaint_ticket", "justice_case"])
    code = f"CASE WHEN c.identifier = '{ALPHA}' THEN 1 ELSE 2 END"
    codes = "(SELECT DISTINCT company_key, identifier FROM register WHERE scheme = 'uscc') AS c ON c.company_key = t.company_key"
    found = {}
    for table, fact, content in (
        ("complaint_ticket", "substr(ticket_no, 2)", "amount_yuan"),
        ("justice_case", "day(filed_on)", "claim_yuan"),
    ):
        rows = store.query(
            f"SELECT {code} AS k, CAST({fact} AS INTEGER) AS f, CAST({content} AS INTEGER) AS n FROM {table} AS t JOIN {codes}"
        ).to_pylist()
        found[table] = sorted((row["k"], row["f"], row["n"]) for row in rows)
    store.close()
    return found


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(histories, st.sets(st.integers(1, 6)), st.integers(0, 6), st.integers(0, 3))
def test_any_history_is_seen_at_any_two_clocks_as_plain_python_says(
    history: list[Sent], cuts: set[int], known_at: int, as_of: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        batches = write(home, history)
        facts = fold_in(home, batches, cuts)

        found = seen(home, facts, batches, as_of, known_at)

    assert found == {table: expected(history, table, as_of, known_at) for table in found}
