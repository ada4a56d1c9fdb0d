"""From a number to the raw rows behind it, each with its file, batch, line and time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookout.contracts import Contracts, Table
from lookout.hub.landing import Batch
from lookout.hub.live import LIVE_BATCH
from lookout.hub.reading.dossier import record_counts
from lookout.hub.reading.model import Evidence, EvidenceGroup, EvidenceRow
from lookout.hub.reading.raw_rows import RawRows, raw_rows
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.hub.reading.titles import code_names
from lookout.hub.reading.words import phrase_text, value_text

# Evidence queries of the published catalogue are written for this key and bound to a company when read.
ANY_COMPANY = -1


def evidence(
    snapshot: OpenSnapshot,
    contracts: Contracts,
    batches: Mapping[int, Batch],
    row: dict[str, Any],
    code: str,
    limit: int,
) -> Evidence | None:
    """Return what stands behind an indicator, label, floor or cap of the company in a row of `listing`."""
    catalogue = snapshot.of(row["company_key"]).catalogue
    entry = catalogue["indicators"].get(code) or catalogue["labels"].get(code) or catalogue["rules"].get(code)
    if entry is None:
        return None
    key = row["company_key"]
    value, unit = _value(snapshot, key, code), entry.get("unit", "")
    rows = raw_rows(snapshot, contracts, batches, key)
    counts = record_counts(snapshot, key)
    for name in {query["table"] for query in entry["evidence"]}:
        rows.open(name, key, counts[name][0] if name in counts else 0)
    groups = tuple(
        _group(rows, contracts[query["table"]], query, key, batches, limit) for query in entry["evidence"]
    )
    phrase = entry.get("phrase") or entry.get("reason") or ""
    return Evidence(
        code=code,
        name=entry["zh"],
        meaning=phrase_text(phrase, value, unit) or entry["rule_text"],
        value_text=value_text(value, unit),
        groups=groups,
    )


def _value(snapshot: OpenSnapshot, company_key: int, code: str) -> float | None:
    for source in ("contribution", "label_hit"):
        rows = snapshot.rows(
            f"SELECT value FROM {source} WHERE company_key = ? AND code = ?", [company_key, code]
        )
        if rows:
            value: float | None = rows[0]["value"]
            return value
    return None


def _group(
    rows: RawRows,
    table: Table,
    query: dict[str, str],
    company_key: int,
    batches: Mapping[int, Batch],
    limit: int,
) -> EvidenceGroup:
    sql = query["sql"].replace(f'"company_key" = {ANY_COMPANY}', f'"company_key" = {company_key}')
    return _rows(rows, table, sql, query["rule_text"], batches, limit)


def _rows(
    source: RawRows, table: Table, sql: str, rule_text: str, batches: Mapping[int, Batch], limit: int
) -> EvidenceGroup:
    found = source.query(f"{sql} LIMIT {int(limit)}")
    total = len(found)
    if total >= limit:
        total = int(source.query(f"SELECT count(*) AS n FROM ({sql}) AS q")[0]["n"])
    columns = []
    for name, column in table.columns.items():
        title = f"{column.zh}（{column.unit}）" if column.unit else column.zh
        columns.append((f"{name}_masked" if column.is_tokenised else name, title))
    rows = []
    for raw in found:
        values = {name: _shown(table, name, raw[name]) for name, _ in columns}
        rows.append(_row(values, raw, batches.get(raw["batch_no"]), source))
    return EvidenceGroup(table.name, table.zh, rule_text, sql, tuple(columns), tuple(rows), total)


def _row(values: dict[str, Any], raw: dict[str, Any], batch: Batch | None, source: RawRows) -> EvidenceRow:
    number, line, known_at = raw["batch_no"], raw["line"], raw["known_at"]
    event = source.event(raw["company_key"], line) if number == LIVE_BATCH else None
    if event is not None:
        file = f"实时事件 {event.event_id}"
        return EvidenceRow(values, file, number, line, known_at, event.source, event.event_id)
    file, sender = (batch.file, batch.source) if batch else ("", "")
    return EvidenceRow(values, file, number, line, known_at, sender)


def _shown(table: Table, name: str, value: Any) -> Any:
    if value is None:
        return None
    column = table.columns.get(name)
    listed = column.codes if column is not None else None
    return (listed if isinstance(listed, dict) else code_names(table.name, name)).get(value, value)


def table_rows(
    snapshot: OpenSnapshot,
    contracts: Contracts,
    batches: Mapping[int, Batch],
    company_key: int,
    table: str,
    limit: int,
) -> EvidenceGroup | None:
    """Return all raw rows of one table of one company, newest first; None for an unknown table."""
    if table not in contracts:
        return None
    contract = contracts[table]
    rows = raw_rows(snapshot, contracts, batches, company_key)
    counts = record_counts(snapshot, company_key)
    rows.open(table, company_key, counts[table][0] if table in counts else 0)
    sql = f'SELECT * FROM "{table}" ORDER BY "{contract.occurred_on}" DESC NULLS LAST, batch_no, line'
    return _rows(rows, contract, sql, f"{contract.zh}的全部记录", batches, limit)
