"""Make rows for a label out of its own entry: the values its expressions speak of, on and off the mark."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from sqlglot import exp

from lookout.contracts.constants import constants_at
from lookout.engine.labels import Label
from lookout.engine.measures import ColumnInfo, Kind, TableInfo, shipped_schema
from lookout.engine.measures.parse import parse
from tests.hub.marts.small_store import AS_OF

ARROW = {
    "INTEGER": pa.int32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "DECIMAL(18,2)": pa.float64(),
    "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "BOOLEAN": pa.bool_(), "VARCHAR": pa.string(),
}  # fmt: skip
SHARES = (0, 0.02, 0.3, 0.6, 0.9, 1, 1.5, 6, 12, 40)


class LabelCases:
    """Random companies for one label, whose facts are drawn from the words and numbers of its entry."""

    def __init__(self, label: Label) -> None:
        assert label.measure is not None
        self.measure = label.measure
        self.table: TableInfo = shipped_schema()[label.measure.table]
        texts = [label.measure.where, label.measure.value, label.measure.per, label.measure.guard]
        self.trees = [parse(text) for text in texts if text is not None]
        self.hit = parse(label.hit)
        self.random = random.Random(label.code)
        named = {column.name for tree in self.trees for column in tree.find_all(exp.Column)}
        dates = {self.table.occurred_on, self.table.valid_to} - {None}
        self.columns = sorted((named & set(self.table.columns)) | dates)
        self.numbers = self._numbers()
        self.spans = self._spans()

    def _numbers(self) -> list[float]:
        values = constants_at(AS_OF)
        found = {
            float(node.name) for tree in (*self.trees, self.hit) for node in tree.find_all(exp.Literal)
            if not node.is_string
        }  # fmt: skip
        for column in self.hit.find_all(exp.Column):
            value = values.get(column.name)
            found |= set() if value is None or isinstance(value, tuple) else {float(value), 4 * float(value)}
        return sorted(found)

    def _spans(self) -> list[int]:
        days = [400]
        if self.measure.span is not None:
            length, unit = self.measure.span
            days = [length if unit == "d" else length * 30]
        for tree in self.trees:
            for call in tree.find_all(exp.Anonymous):
                if call.name.lower() in ("days_ago", "months_ago"):
                    scale = 1 if call.name.lower() == "days_ago" else 30
                    days += [int(call.expressions[0].name) * scale] * 2
        return days

    def _words(self, name: str, info: ColumnInfo) -> list[str | None]:
        values = constants_at(AS_OF)
        words: list[str | None] = list(info.codes or ())
        for tree in self.trees:
            for node in tree.find_all(exp.EQ, exp.NEQ, exp.In, exp.Like, exp.RegexpLike):
                if name not in {column.name for column in node.find_all(exp.Column)}:
                    continue
                for literal in node.find_all(exp.Literal):
                    words += [part.strip("%") for part in literal.name.split("|")]
                for column in node.find_all(exp.Column):
                    terms = values.get(column.name)
                    words += list(terms) if isinstance(terms, tuple) else []
        return words

    def _candidates(self, name: str) -> list[Any]:
        info = self.table.columns[name]
        if info.kind is Kind.BOOLEAN:
            return [True, False]
        if info.kind is Kind.TEXT:
            words = self._words(name, info)
            # Words that the entry speaks of weigh as much as all other codes together.
            spoken = [w for w in words if info.codes is None or words.count(w) > 1]
            spoken *= max(1, len(words) // max(1, len(spoken)))
            return [*words, *spoken, *([] if info.codes else ["其他"] * len(words))]
        if info.kind is Kind.NUMBER:
            whole = info.store_type in ("INTEGER", "BIGINT")
            scaled = [n * share for n in self.numbers for share in SHARES] + [
                *SHARES,
                15,
                66,
                500,
                30_000_000,
            ]
            return [int(n) for n in scaled] if whole else scaled
        return []

    def _day(self, name: str, favourite: int) -> date | None:
        if name == self.table.occurred_on:
            if favourite == 0:  # a company whose facts are all before the window
                return AS_OF - timedelta(days=max(self.spans) + self.random.randint(1, 300))
            if self.random.random() < 0.6:
                return AS_OF - timedelta(days=self.random.randint(0, max(0, favourite - 1)))
            return AS_OF - timedelta(days=self.random.randint(0, max(self.spans)))
        return self.random.choice(
            [None, AS_OF + timedelta(days=90), AS_OF - timedelta(days=3), date(2020, 1, 1)]
        )

    def _company(self, key: int) -> list[dict[str, Any]]:
        count = 1 if self.table.is_mart else self.random.choice([1, 2, 4, 8, 25, 80])
        pools = {name: self._candidates(name) for name in self.columns}
        liked = {name: self.random.choice(pool) for name, pool in pools.items() if pool}
        loyalty = self.random.choice([0.5, 0.7, 0.95, 1.0])
        span = self.random.choice([*self.spans, 0] if key % 4 == 0 else self.spans)
        rows = []
        for number in range(count):
            row: dict[str, Any] = {"company_key": key, "known_at": datetime.fromisoformat("2026-11-01")}
            for name in self.columns:
                kind = self.table.columns[name].kind
                if kind in (Kind.DATE, Kind.TIMESTAMP):
                    row[name] = self._day(name, span)
                elif name in liked and self.random.random() < loyalty:
                    row[name] = liked[name]
                elif pools[name]:
                    row[name] = self.random.choice(pools[name])
                else:
                    row[name] = f"{key}-{number}"
            rows.append(row)
        return rows

    def arrow(self, companies: int) -> pa.Table:
        """Return the rows of companies 1 to n in the columns of the as_of view (or mart)."""
        rows = [row for key in range(1, companies + 1) for row in self._company(key)]
        if self.table.is_mart:
            for row in rows:
                row["evidence_on"] = AS_OF - timedelta(days=30)
            rows.append({"company_key": companies + 1})
        return _as_table(rows, self.table.columns)


def _as_table(rows: list[dict[str, Any]], columns: Mapping[str, ColumnInfo]) -> pa.Table:
    arrays = {
        name: pa.array([_plain(row.get(name)) for row in rows], ARROW[info.store_type])
        for name, info in columns.items()
    }
    return pa.table(arrays)


def _plain(value: Any) -> Any:
    return re.sub("^$", "x", value) if isinstance(value, str) else value
