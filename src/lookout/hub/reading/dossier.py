"""Everything known about one company, as one page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lookout.contracts import CATEGORIES, Column, ColumnType, Contracts, Table
from lookout.hub.facts import Visible, open_tables
from lookout.hub.facts.fold import Facts
from lookout.hub.reading.data import NEVER_DELIVERED
from lookout.hub.reading.listing import company_row
from lookout.hub.reading.model import (
    Contribution,
    Dossier,
    LabelHit,
    ScoreChange,
    SourceState,
    TimelineEvent,
)
from lookout.hub.reading.snapshot import OpenSnapshot, kept_snapshot
from lookout.hub.reading.words import cell_text, phrase_text, value_text
from lookout.hub.results import CHANGE_PARTS
from lookout.hub.snapshots import list_runs
from lookout.hub.store import DuckDBStore

TIMELINE_EVENTS = 200
# Kept by month or by day in hundreds of rows; a timeline of happenings would drown in them.
NOT_EVENTS = frozenset(
    {
        "company",
        "tax_declaration",
        "tax_invoice_month",
        "social_security_month",
        "income_tax_month",
        "housing_fund_month",
        "utility_month",
        "bank_transaction",
        "web_traffic",
        "website",
        "mobile_app",
        "offsite_statement",
        "offsite_submission",
        "financing_loan",
        "justice_record_count",
    }
)


def open_company(
    snapshot: OpenSnapshot, contracts: Contracts, company_key: int, tables: Iterable[str]
) -> DuckDBStore:
    """Open raw tables of one company as the run saw them; the caller closes the store."""
    store = DuckDBStore(threads=1)
    origin = snapshot.of(company_key)
    record = origin.record
    facts = Facts(record.generation, record.batches, record.register, record.facts)
    # A literal key lets the store skip every row group of other companies; the files are clustered by it.
    visible = Visible(record.as_of, frozenset(record.batches), f"= {company_key}")
    store.read_parquet("all_lookups", [origin.folder / "lookup.parquet"])
    store.table("lookup", f"SELECT * FROM all_lookups WHERE company_key = {company_key}")
    open_tables(store, snapshot.home, facts, contracts, visible, tables)
    return store


def dossier(snapshot: OpenSnapshot, contracts: Contracts, row: dict[str, Any]) -> Dossier:
    """Assemble the page of the company in a row of `listing`."""
    key = row["company_key"]
    counts = _record_counts(snapshot, key)
    opened = [name for name in counts if name == "company" or name not in NOT_EVENTS]
    store = open_company(snapshot, contracts, key, opened)
    try:
        registry = store.query("SELECT * FROM company").to_pylist() if "company" in counts else []
        events = _timeline(store, {name: contracts[name] for name in opened if name not in NOT_EVENTS})
    finally:
        store.close()
    states = _sources(snapshot, contracts, row, counts)
    hits = labels(snapshot, key)
    return Dossier(
        row=company_row(snapshot, row),
        profile=_profile(contracts["company"], registry),
        former_names=tuple(name for name in (row["former_names"] or "").split(";") if name),
        explanation=row["explanation"] or "",
        contributions=contributions(snapshot, key),
        labels=hits,
        sources=states,
        timeline=tuple(events),
        change=_change(row),
        history=_history(snapshot, row["identifier"]),
        missing_labels=_missing_labels(snapshot, states, {hit.code for hit in hits}),
    )


def _profile(table: Table, registry: list[dict[str, Any]]) -> dict[str, Any]:
    if not registry:
        return {}
    shown = {}
    for name, column in table.columns.items():
        value = registry[0].get(f"{name}_masked", registry[0][name])
        if value is not None and name not in {"former_names", "legal_representative_birth_year"}:
            shown[f"{column.zh}（{column.unit}）" if column.unit else column.zh] = _display(column, value)
    return shown


def _display(column: Column, value: object) -> str:
    if isinstance(column.codes, dict):
        return column.codes.get(str(value), str(value))
    return cell_text(value)


def contributions(snapshot: OpenSnapshot, company_key: int) -> tuple[Contribution, ...]:
    """Return the lines whose points add up to the score, heaviest first; silent lines come last."""
    indicators = snapshot.catalogue["indicators"]
    rules = snapshot.catalogue["rules"]
    found = []
    for row in snapshot.rows(
        "SELECT * FROM contribution WHERE company_key = ? ORDER BY abs(points) DESC, part, code",
        [company_key],
    ):
        entry = indicators.get(row["code"], {}) if row["part"] == "indicator" else {}
        name = entry.get("zh") or rules.get(row["code"], {}).get("zh") or "数据不足时的行业先验"
        unit = entry.get("unit", "")
        found.append(
            Contribution(
                part=row["part"],
                code=row["code"] or "",
                name=name,
                dimension=row["dimension"] or "",
                value=row["value"],
                value_text=value_text(row["value"], unit),
                sub_score=row["sub_score"],
                state=row["state"] or "",
                weight=entry.get("weight"),
                points=Decimal(row["points"]),
                phrase=phrase_text(entry.get("phrase", ""), row["value"], unit),
            )
        )
    return tuple(found)


def labels(snapshot: OpenSnapshot, company_key: int) -> tuple[LabelHit, ...]:
    """Return the labels that hold, gravest first."""
    entries = snapshot.catalogue["labels"]
    hits = []
    for row in snapshot.rows("SELECT * FROM label_hit WHERE company_key = ?", [company_key]):
        entry = entries[row["code"]]
        hits.append(
            LabelHit(
                code=row["code"],
                name=entry["zh"],
                family=entry["family"],
                family_name=entry["family_zh"],
                severity=entry["severity"],
                dimension=entry["dimension"],
                value=row["value"],
                hit_on=row["hit_on"],
                strength=row["strength"],
                reason=phrase_text(entry["reason"], row["value"], ""),
                polarity=entry["polarity"],
            )
        )
    return tuple(sorted(hits, key=lambda hit: (hit.polarity == "positive", -hit.severity, hit.code)))


def _missing_labels(
    snapshot: OpenSnapshot, states: tuple[SourceState, ...], hit: set[str]
) -> tuple[tuple[str, str], ...]:
    """Return labels that could not be judged: a table they need is not connected and has no row."""
    blind = {state.table for state in states if not state.connected and not state.rows}
    entries = snapshot.catalogue["labels"]
    return tuple(
        (code, entry["zh"])
        for code, entry in entries.items()
        if code not in hit and not entry["waits_for"] and blind.intersection(entry["tables"])
    )


def _record_counts(snapshot: OpenSnapshot, company_key: int) -> dict[str, tuple[int, date | None]]:
    rows = snapshot.rows("SELECT * FROM record_count WHERE company_key = ?", [company_key])
    return {row["table_name"]: (row["rows"], row["newest_on"]) for row in rows}


def _sources(
    snapshot: OpenSnapshot,
    contracts: Contracts,
    row: dict[str, Any],
    counts: dict[str, tuple[int, date | None]],
) -> tuple[SourceState, ...]:
    group = snapshot.rows(
        "SELECT * FROM connection WHERE region = ? AND organization_type = ? AND identifier_scheme = ?",
        [row["region"] or "", row["organization_type"] or "", row["identifier_scheme"]],
    )
    flags = group[0] if group else {}
    states = []
    for name, table in contracts.items():
        health = snapshot.health["tables"].get(name, NEVER_DELIVERED)
        connected = bool(flags.get(f"connected_{name}", False))
        rows, newest = counts.get(name, (0, None))
        states.append(
            SourceState(
                table=name,
                name=table.zh,
                category=table.category,
                category_name=CATEGORIES[table.category],
                connected=connected,
                rows=rows,
                newest_on=newest,
                last_delivery=_instant(health["last_delivery"]),
                why_missing="" if connected else _why_missing(table, health["last_delivery"]),
            )
        )
    return tuple(states)


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _why_missing(table: Table, last_delivery: str | None) -> str:
    if last_delivery is None:
        return f"{table.department}尚未提供“{table.zh}”，相关情况无法判断"
    return f"“{table.zh}”最近一次到数是 {last_delivery[:10]}，已超过 {table.freshness_days} 天或不含本企业所在地区"


def _timeline(store: DuckDBStore, tables: Mapping[str, Table]) -> list[TimelineEvent]:
    events = []
    for name, table in tables.items():
        rows = store.query(
            f'SELECT * FROM "{name}" WHERE "{table.occurred_on}" IS NOT NULL '
            f'ORDER BY "{table.occurred_on}" DESC LIMIT {TIMELINE_EVENTS}'
        ).to_pylist()
        for row in rows:
            text = event_text(table, row)
            events.append(
                TimelineEvent(row[table.occurred_on], name, table.zh, text, row["batch_no"], row["line"])
            )
    events.sort(key=lambda event: (event.on, event.table, event.line or 0), reverse=True)
    return events[:TIMELINE_EVENTS]


def event_text(table: Table, row: dict[str, Any]) -> str:
    """Say what a raw row tells, from its contract: coded columns, then the first money and text."""
    coded, others = [], []
    for name, column in table.columns.items():
        value = row.get(name)
        if value is None or name in table.subject_columns or column.sensitivity == "personal":
            continue
        if isinstance(column.codes, dict):
            coded.append(column.codes.get(str(value), str(value)))
        elif column.type is ColumnType.MONEY:
            others.append(f"{column.zh} {cell_text(value)} 元")
        elif name in {"title", "cause", "charge", "product_name", "tags", "licence_name", "company_name"}:
            others.append(str(value))
    return " · ".join([*coded, *others[:3]])


def _change(row: dict[str, Any]) -> ScoreChange | None:
    if row["score"] is None or row["previous_score"] is None or row["changed_decay"] is None:
        return None
    parts = {name: Decimal(row[f"changed_{name}"] or 0) for name in CHANGE_PARTS}
    return ScoreChange(row["score"] - row["previous_score"], parts)


def _history(snapshot: OpenSnapshot, identifier: str) -> tuple[Any, ...]:
    points = []
    for record in reversed(list_runs(snapshot.home)):
        if record.as_of > snapshot.record.as_of:
            continue
        rows = kept_snapshot(snapshot.home, record.run_id).rows(
            "SELECT score, band FROM listing WHERE identifier = ?", [identifier]
        )
        points += [(record.as_of, row["score"], row["band"]) for row in rows]
    return tuple(points)
