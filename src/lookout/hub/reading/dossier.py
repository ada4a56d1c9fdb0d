"""Everything known about one company, as one page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lookout.contracts import CATEGORIES, Column, Contracts, Table
from lookout.hub.landing import Batch
from lookout.hub.reading.data import NEVER_DELIVERED
from lookout.hub.reading.history import history
from lookout.hub.reading.listing import company_row
from lookout.hub.reading.model import (
    Contribution,
    Dossier,
    LabelHit,
    ScoreChange,
    SourceState,
)
from lookout.hub.reading.raw_rows import RawRows, raw_rows
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.hub.reading.timeline import NOT_EVENTS, Enough, timeline
from lookout.hub.reading.words import cell_text, phrase_text, value_text
from lookout.hub.results import CHANGE_PARTS

Counts = Mapping[str, tuple[int, date | None]]  # table → rows, day of the newest


def dossier(
    snapshot: OpenSnapshot,
    contracts: Contracts,
    batches: Mapping[int, Batch],
    row: dict[str, Any],
    events: int,
    enough: Enough | None = None,
    *,
    with_profile: bool = True,
) -> Dossier:
    """Assemble the page of the company in a row of `listing`, with its newest `events` (see `timeline`).

    Without `with_profile` what the register says is left out.
    """
    key = row["company_key"]
    counts = record_counts(snapshot, key)
    rows = raw_rows(snapshot, contracts, batches, key)
    states = _sources(snapshot, contracts, row, counts)
    hits = labels(snapshot, key)
    texts = snapshot.rows("SELECT explanation FROM listing_texts WHERE company_key = ?", [key])
    return Dossier(
        row=company_row(snapshot, row),
        profile=_profile(contracts["company"], rows, key, counts) if with_profile else {},
        former_names=tuple(name for name in (row["former_names"] or "").split(";") if name),
        explanation=(texts[0]["explanation"] if texts else "") or "",
        contributions=contributions(snapshot, key),
        labels=hits,
        sources=states,
        timeline=tuple(timeline(rows, key, counts, events, enough)),
        change=_change(row),
        history=history(snapshot, row),
        missing_labels=_missing_labels(snapshot, states, {hit.code for hit in hits}),
        event_count=sum(number for name, (number, day) in counts.items() if name not in NOT_EVENTS and day),
    )


def _profile(table: Table, rows: RawRows, company_key: int, counts: Counts) -> dict[str, Any]:
    """Return what the register says now; the same row the listing takes its name from."""
    if table.name not in counts:
        return {}
    columns = {
        name: f"{name}_masked" if column.is_tokenised else name for name, column in table.columns.items()
    }
    asked = [*columns.values(), "known_at", "batch_no", "line"]
    found = rows.rows_of(table.name, company_key, counts[table.name][0], asked)
    newest = max(found, key=lambda row: (row["known_at"], row["batch_no"], row["line"]), default={})
    shown = {}
    for name, column in table.columns.items():
        value = newest.get(columns[name])
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
        "SELECT * FROM contribution WHERE company_key = ? ORDER BY abs(points) DESC, part, code, dimension",
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


def record_counts(snapshot: OpenSnapshot, company_key: int) -> dict[str, tuple[int, date | None]]:
    """Return table → (rows, day of the newest) as the company was last rated; tables without rows are absent."""
    rows = snapshot.rows("SELECT * FROM record_count WHERE company_key = ?", [company_key])
    return {row["table_name"]: (row["rows"], row["newest_on"]) for row in rows}


def _sources(
    snapshot: OpenSnapshot,
    contracts: Contracts,
    row: dict[str, Any],
    counts: Counts,
) -> tuple[SourceState, ...]:
    groups = snapshot.remember("connection", lambda: _connections(snapshot))
    flags = groups.get((row["region"] or "", row["organization_type"] or "", row["identifier_scheme"]), {})
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


def _connections(snapshot: OpenSnapshot) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {
        (row["region"], row["organization_type"], row["identifier_scheme"]): row
        for row in snapshot.rows("SELECT * FROM connection")
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _why_missing(table: Table, last_delivery: str | None) -> str:
    if last_delivery is None:
        return f"{table.department}尚未提供“{table.zh}”，相关情况无法判断"
    return f"“{table.zh}”最近一次到数是 {last_delivery[:10]}，已超过 {table.freshness_days} 天或不含本企业所在地区"


def _change(row: dict[str, Any]) -> ScoreChange | None:
    if row["score"] is None or row["previous_score"] is None or row["changed_decay"] is None:
        return None
    parts = {name: Decimal(row[f"changed_{name}"] or 0) for name in CHANGE_PARTS}
    return ScoreChange(row["score"] - row["previous_score"], parts)
