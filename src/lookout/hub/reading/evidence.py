"""From a number to the raw rows behind it, each with its file, batch, line and time."""

from __future__ import annotations

from typing import Any

from lookout.contracts import Contracts, Table
from lookout.hub.landing import Batch
from lookout.hub.reading.dossier import open_company
from lookout.hub.reading.model import Evidence, EvidenceGroup, EvidenceRow
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.hub.reading.words import phrase_text, value_text
from lookout.hub.store import DuckDBStore

# Evidence queries of the published catalogue are written for this key and bound to a company when read.
ANY_COMPANY = -1


def evidence(
    snapshot: OpenSnapshot,
    contracts: Contracts,
    batches: dict[int, Batch],
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
    store = open_company(snapshot, contracts, key, {query["table"] for query in entry["evidence"]})
    try:
        groups = tuple(
            _group(store, contracts[query["table"]], query, key, batches, limit)
            for query in entry["evidence"]
        )
    finally:
        store.close()
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
    store: DuckDBStore,
    table: Table,
    query: dict[str, str],
    company_key: int,
    batches: dict[int, Batch],
    limit: int,
) -> EvidenceGroup:
    sql = query["sql"].replace(f'"company_key" = {ANY_COMPANY}', f'"company_key" = {company_key}')
    return _rows(store, table, sql, query["rule_text"], batches, limit)


def _rows(
    store: DuckDBStore, table: Table, sql: str, rule_text: str, batches: dict[int, Batch], limit: int
) -> EvidenceGroup:
    total = int(store.query(f"SELECT count(*) AS n FROM ({sql}) AS q").to_pylist()[0]["n"])
    found = store.query(f"{sql} LIMIT {int(limit)}").to_pylist()
    columns = []
    for name, column in table.columns.items():
        title = f"{column.zh}（{column.unit}）" if column.unit else column.zh
        columns.append((f"{name}_masked" if column.is_tokenised else name, title))
    rows = []
    for raw in found:
        batch = batches.get(raw["batch_no"])
        rows.append(
            EvidenceRow(
                values={name: _shown(table, name, raw[name]) for name, _ in columns},
                file=batch.file if batch else "",
                batch_no=raw["batch_no"],
                line=raw["line"],
                known_at=raw["known_at"],
                source=batch.source if batch else "",
            )
        )
    return EvidenceGroup(table.name, table.zh, rule_text, sql, tuple(columns), tuple(rows), total)


def _shown(table: Table, name: str, value: Any) -> Any:
    column = table.columns.get(name)
    if column is not None and isinstance(column.codes, dict) and value is not None:
        return column.codes.get(value, value)
    return value


def table_rows(
    snapshot: OpenSnapshot,
    contracts: Contracts,
    batches: dict[int, Batch],
    company_key: int,
    table: str,
    limit: int,
) -> EvidenceGroup | None:
    """Return all raw rows of one table of one company, newest first; None for an unknown table."""
    if table not in contracts:
        return None
    contract = contracts[table]
    store = open_company(snapshot, contracts, company_key, [table])
    try:
        sql = f'SELECT * FROM "{table}" ORDER BY "{contract.occurred_on}" DESC NULLS LAST, batch_no, line'
        return _rows(store, contract, sql, f"{contract.zh}的全部记录", batches, limit)
    finally:
        store.close()
