"""Check a laid-out file against its contract: what is accepted, what is refused and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import Table
from lookout.hub.quality.columns import Finding, arrow_type, check_column
from lookout.hub.quality.masks import mask
from lookout.hub.quality.rows import check_order, check_regions, check_subjects, subjects
from lookout.sources import BrokenRow, Laid, RawFile

REJECT_SCHEMA = pa.schema(
    [
        ("line", pa.int32()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("raw", pa.string()),
    ]
)


@dataclass(frozen=True)
class Checked:
    """The outcome for one file; rows = accepted + rejected + doubled.

    `accepted` holds all contract columns in store types, personal values still plain, and beside them
    subject_scheme, subject_value and line. `rejects` has one row a reason, personal cells masked.
    `withheld` holds line, column and plain value of the personal cells of refused rows (column '' for
    a whole broken row): only a vault may keep them. `versions` counts accepted rows whose key an
    earlier line of the file already has.
    """

    accepted: pa.Table
    rejects: pa.Table
    withheld: pa.Table
    rows: int
    rejected: int
    doubled: int
    versions: int


def _without_doubles(raw: RawFile, laid: Laid) -> tuple[RawFile, Laid, int]:
    """Drop rows identical to an earlier one in everything that is read from them."""
    columns = laid.columns
    if laid.subject is not None:
        columns = columns.append_column("__subject", laid.subject)
    count = columns.num_rows
    numbered = columns.append_column("__row", pa.array(np.arange(count)))
    first = numbered.group_by(columns.column_names, use_threads=False).aggregate([("__row", "min")])
    if first.num_rows == count:
        return raw, laid, 0
    keep = pa.array(np.sort(first["__row_min"].to_numpy()))
    subject = laid.subject.take(keep) if laid.subject is not None else None
    kept_lines = laid.lines.take(keep)
    raw = RawFile(raw.format, raw.encoding, raw.columns.take(keep), kept_lines, raw.broken)
    laid = Laid(
        laid.table,
        laid.columns.take(keep),
        kept_lines,
        laid.scheme,
        subject,
        laid.headers,
        laid.units,
        laid.formats,
    )
    return raw, laid, count - first.num_rows


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _check_columns(laid: Laid, delivered_on: date) -> tuple[dict[str, pa.Array], list[Finding]]:
    waived = laid.table.subject_columns if laid.subject is not None else frozenset()
    found, findings = {}, []
    for name, column in laid.table.columns.items():
        if name not in laid.headers:
            found[name] = pa.nulls(laid.columns.num_rows, arrow_type(column.store_type))
            continue
        found[name], wrong = check_column(
            name,
            column,
            _column(laid.columns, name),
            required=column.required and name not in waived,
            unit=laid.units.get(name),
            pattern=laid.formats.get(name),
            delivered_on=delivered_on,
        )
        findings += wrong
    return found, findings


def _rows_of(findings: list[Finding]) -> np.ndarray:
    return (
        np.unique(np.concatenate([finding.rows for finding in findings]))
        if findings
        else np.empty(0, np.int64)
    )


def _check_subject(
    laid: Laid, found: Mapping[str, pa.Array], findings: list[Finding]
) -> tuple[pa.Array, pa.Array]:
    if laid.subject is None:
        scheme, value = subjects(laid.table, dict(found), laid.columns.num_rows)
    else:
        trimmed = pc.utf8_trim_whitespace(laid.subject)
        value = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
        scheme = pa.repeat(pa.scalar(laid.scheme, pa.string()), len(value))
    findings += check_subjects(laid.table, value, _rows_of(findings))
    return scheme, value


def _personal(laid: Laid) -> list[str]:
    return [name for name in laid.headers if laid.table.columns[name].sensitivity == "personal"]


def _raw_rows(raw: RawFile, laid: Laid, rows: np.ndarray) -> list[dict[str, str]]:
    """Return refused rows as sent, the cells the mapping reads only, personal ones masked.

    Columns nobody reads are left out: nobody declared whether they are personal.
    """
    hidden = {
        header: laid.table.columns[name].type for name in _personal(laid) for header in laid.headers[name]
    }
    read = {header for headers in laid.headers.values() for header in headers}
    shown = [header for header in raw.headers if header in read]
    cells = {}
    for header in shown:
        values = _column(raw.columns, header).take(pa.array(rows)).to_pylist()
        kind = hidden.get(header)
        cells[header] = values if kind is None else [mask(kind, value) for value in values]
    return [dict(zip(shown, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def _reject_rows(raw: RawFile, laid: Laid, findings: list[Finding]) -> list[dict[str, object]]:
    rows = _rows_of(findings)
    as_sent = [json.dumps(row, ensure_ascii=False) for row in _raw_rows(raw, laid, rows)]
    order = {name: place for place, name in enumerate(laid.table.columns)}
    personal = set(_personal(laid))
    lines = laid.lines.to_numpy()
    found = []
    for finding in sorted(findings, key=lambda finding: order[finding.column]):
        kind = laid.table.columns[finding.column].type
        sent = [""] * finding.rows.size
        if finding.column in laid.headers:
            sent = _column(laid.columns, finding.column).take(pa.array(finding.rows)).to_pylist()
        places = np.searchsorted(rows, finding.rows)
        for row, place, value, reason in zip(finding.rows, places, sent, finding.reasons, strict=True):
            if finding.column in personal and value.strip():
                shown = mask(kind, value.strip())
                reason = reason.replace(value.strip(), shown)
                value = shown
            found.append(
                {"line": int(lines[row]), "column": finding.column, "value": value, "reason": reason,
                 "raw": as_sent[place]}
            )  # fmt: skip
    return found


def _broken_rows(raw: RawFile, laid: Laid) -> list[dict[str, object]]:
    """A row that cannot be cut shows its text only where every column is read and none is personal."""
    read = {header for headers in laid.headers.values() for header in headers}
    secret = bool(_personal(laid)) or not read.issuperset(raw.headers)
    return [
        {
            "line": row.line,
            "column": "",
            "value": "",
            "reason": row.reason,
            "raw": json.dumps(
                {"整行": "（可能含个人信息，不显示）" if secret else row.text}, ensure_ascii=False
            ),
        }
        for row in raw.broken
    ]


def _withheld(laid: Laid, bad: np.ndarray, broken: tuple[BrokenRow, ...]) -> pa.Table:
    lines, columns, values = [], [], []
    positions = pa.array(bad)
    for name in _personal(laid):
        for line, value in zip(
            laid.lines.take(positions).to_pylist(),
            _column(laid.columns, name).take(positions).to_pylist(),
            strict=True,
        ):
            if value.strip():
                lines.append(line)
                columns.append(name)
                values.append(value.strip())
    lines += [row.line for row in broken]
    columns += [""] * len(broken)
    values += [row.text for row in broken]
    schema = pa.schema([("line", pa.int32()), ("column", pa.string()), ("value", pa.string())])
    return pa.table([lines, columns, values], schema=schema)


def _versions(table: Table, accepted: pa.Table) -> int:
    if not accepted.num_rows:
        return 0
    return int(accepted.num_rows - accepted.group_by(list(table.version_key)).aggregate([]).num_rows)


def check(raw: RawFile, laid: Laid, *, delivered_on: date) -> Checked:
    """Check every row; a row with any fault is refused with all its reasons, the rest is accepted."""
    rows = raw.rows
    raw, laid, doubled = _without_doubles(raw, laid)
    found, findings = _check_columns(laid, delivered_on)
    findings += check_regions(laid.table, found, delivered_on)
    findings += check_order(laid.table, found)
    scheme, value = _check_subject(laid, found, findings)
    bad = _rows_of(findings)
    good = np.ones(laid.columns.num_rows, bool)
    good[bad] = False
    everything = pa.table({**found, "subject_scheme": scheme, "subject_value": value, "line": laid.lines})
    accepted = everything.filter(pa.array(good)) if bad.size else everything
    rejects = _reject_rows(raw, laid, findings) + _broken_rows(raw, laid)
    rejects.sort(key=lambda reject: int(str(reject["line"])))
    return Checked(
        accepted=accepted,
        rejects=pa.Table.from_pylist(rejects, REJECT_SCHEMA),
        withheld=_withheld(laid, bad, raw.broken),
        rows=rows,
        rejected=int(bad.size) + len(raw.broken),
        doubled=doubled,
        versions=_versions(laid.table, accepted),
    )
