"""Check a laid-out file against its contract: what is accepted, what is refused and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import Table
from lookout.hub.quality.columns import Finding, arrow_type, check_column
from lookout.hub.quality.digests import Content, RowSet, row_digests
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
    """The outcome for a file or a piece of one; rows = accepted + rejected + doubled.

    `accepted` holds all contract columns in store types, personal values still plain, and beside them
    subject_scheme, subject_value and line. `rejects` has one row a reason, personal cells masked.
    `withheld` holds line, column and plain value of the personal cells of refused rows (column '' for
    a whole broken row): only a vault may keep them. `versions` counts accepted rows whose key an
    earlier line already has; of a piece it is 0, the `Checker` knows it for the whole file.
    """

    accepted: pa.Table
    rejects: pa.Table
    withheld: pa.Table
    rows: int
    rejected: int
    doubled: int
    versions: int = 0


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


class Checker:
    """Checks a file piece by piece; remembers what a row must be compared with (24 bytes a row).

    `doubled` rows are accepted rows that say in every column what an earlier line said.
    """

    def __init__(self, table: Table, delivered_on: date) -> None:
        self._table = table
        self._delivered_on = delivered_on
        self._seen = RowSet()
        self._keys: list[np.ndarray] = []
        self._accepted = Content()
        self._refused = Content()

    def check(self, raw: RawFile, laid: Laid) -> Checked:
        """Check a piece; a row with any fault is refused with all its reasons, the rest is accepted."""
        found, findings = _check_columns(laid, self._delivered_on)
        findings += check_regions(laid.table, found, self._delivered_on)
        findings += check_order(laid.table, found)
        scheme, value = _check_subject(laid, found, findings)
        bad = _rows_of(findings)
        everything = pa.table({**found, "subject_scheme": scheme, "subject_value": value, "line": laid.lines})
        if bad.size:
            good = np.ones(laid.columns.num_rows, bool)
            good[bad] = False
            everything = everything.filter(pa.array(good))
        accepted, doubled = self._without_doubles(everything)
        rejects = _reject_rows(raw, laid, findings) + _broken_rows(raw, laid)
        rejects.sort(key=lambda reject: int(str(reject["line"])))
        checked = Checked(
            accepted=accepted,
            rejects=pa.Table.from_pylist(rejects, REJECT_SCHEMA),
            withheld=_withheld(laid, bad, raw.broken),
            rows=raw.rows,
            rejected=int(bad.size) + len(raw.broken),
            doubled=doubled,
        )
        self._note_refused(checked)
        return checked

    def _without_doubles(self, rows: pa.Table) -> tuple[pa.Table, int]:
        if not rows.num_rows:
            return rows, 0
        values = [_column(rows, name) for name in rows.column_names if name != "line"]
        digests = row_digests(values)
        first = self._seen.add(digests)
        doubled = int(len(first) - first.sum())
        if doubled:
            rows, digests = rows.filter(pa.array(first)), digests[first]
        self._accepted.add(digests)
        keys = row_digests([_column(rows, name) for name in self._table.version_key])
        self._keys.append(np.sort(keys[:, 0]))
        return rows, doubled

    def _note_refused(self, checked: Checked) -> None:
        for table in (checked.rejects, checked.withheld):
            if table.num_rows:
                columns = [_column(table, name) for name in table.column_names if name != "line"]
                self._refused.add(row_digests(columns))

    @property
    def versions(self) -> int:
        """How many accepted rows so far have a key that an earlier line has."""
        if not self._keys:
            return 0
        keys = np.sort(np.concatenate(self._keys), kind="stable")
        self._keys = [keys]
        return int((keys[1:] == keys[:-1]).sum())

    @property
    def content(self) -> str:
        """What the file says, whatever the order of its rows: equal for equal rows and equal refusals."""
        return f"{self._accepted.text}/{self._refused.text}"


def check(raw: RawFile, laid: Laid, *, delivered_on: date) -> Checked:
    """Check a whole file at once; see `Checker`."""
    checker = Checker(laid.table, delivered_on)
    return replace(checker.check(raw, laid), versions=checker.versions)
