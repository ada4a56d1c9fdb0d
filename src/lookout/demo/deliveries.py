"""Cuts the province's rows into the files that departments deliver, and writes `delivery.yaml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from lookout.contracts import ColumnType, Table, contracts
from lookout.demo.calendar import Calendar, months_before
from lookout.demo.cells import (
    NEVER,
    Column,
    Ints,
    Mask,
    dates,
    day_number,
    digits,
    fixed,
    generator,
    month_text,
)
from lookout.demo.dirt import soil
from lookout.demo.files import SUFFIXES, Writer, open_writer
from lookout.demo.identities import Scramble
from lookout.demo.scenario import Scenario
from lookout.demo.words import words

# A workbook is kept in memory and holds a million rows; a large province sends text instead.
_LARGEST_WITH_WORKBOOKS = 60_000


@dataclass(frozen=True)
class AtEnd:
    """Cells of rows that have an end: what they say before it and after."""

    before: pa.Array
    after: pa.Array

    def at(self, closed: Mask) -> pa.Array:
        """Return the cells as known when the rows in the mask have closed."""
        return pc.if_else(pa.array(closed), self.after, self.before)


Cells = Mapping[str, Column | AtEnd]


@dataclass(frozen=True)
class Plan:
    """How a table is delivered: by whom, in which form, cut on which days, how long after the fact."""

    source: str
    form: str
    cuts: tuple[date, ...]
    delay: int
    unit: str = ""
    licensed_only: bool = False


@cache
def _plan_file() -> dict[str, Any]:
    text = resources.files("lookout.demo").joinpath("deliveries.yaml").read_text("utf-8")
    plan: dict[str, Any] = yaml.safe_load(text)
    return plan


def _cut(step: str, end: date) -> date:
    number = int(step[:-1])
    return months_before(end, number) if step.endswith("m") else end - timedelta(days=number)


def plans(scenario: Scenario, companies: int) -> dict[str, Plan]:
    """Return the delivery plan of every table for a scenario's history."""
    file = _plan_file()
    first = months_before(scenario.as_of, scenario.history_months)
    result = {}
    for table, entry in file["tables"].items():
        cuts = tuple(
            day for step in file["cadences"][entry["cadence"]] if (day := _cut(step, scenario.as_of)) > first
        )
        form = entry["form"]
        if form == "xlsx" and companies > _LARGEST_WITH_WORKBOOKS:
            form = "csv_zh"
        result[table] = Plan(
            entry["source"],
            form,
            cuts,
            entry["delay"],
            entry.get("unit", ""),
            entry.get("licensed_only", False),
        )
    return result


class Deliveries:
    """The open delivery folder."""

    def __init__(
        self, out: Path, scenario: Scenario, calendar: Calendar, *, seed: int, companies: int
    ) -> None:
        self._out, self._scenario, self._calendar, self._seed = out, scenario, calendar, seed
        self._plans = plans(scenario, companies)
        self._writers: dict[tuple[str, int], Writer] = {}
        self._counters: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()
        self.dirt: Counter[str] = Counter()
        self._calls = 0

    def ids(self, table: str, count: int) -> Ints:
        """Return fresh numbers for a table's rows; they do not tell in which order rows were made."""
        first = self._counters[table]
        self._counters[table] += count
        return Scramble(10**9, self._seed + len(table))(np.arange(first, first + count))

    def cut_of(self, table: str, available: Ints) -> Ints:
        """Return the place of the delivery in which facts known from a day are; past the last: in none."""
        plan = self._plans[table]
        cuts = np.array([day_number(day) for day in plan.cuts])
        return np.searchsorted(cuts, available + plan.delay)

    def emit(
        self, table: str, city: Ints, available: Ints, cells: Cells, closes: tuple[str, Ints] | None = None
    ) -> None:
        """Deliver rows known from the day `available`.

        `closes` names a column that is filled only once its day has come: such a row is delivered open first
        and again, under the same key, when it has closed.
        """
        self._calls += 1
        rng = generator(self._seed, table, self._calls)
        contract, plan = contracts()[table], self._plans[table]
        cut = self.cut_of(table, available)
        if closes is None:
            self._deliver(rng, contract, plan, city, cut, _typed(contract, cells))
            return
        column, day = closes
        closing = self.cut_of(table, np.maximum(day, available))
        open_still, closed = closing > cut, closing < len(plan.cuts)
        for mask, days, when in (
            (open_still, np.full(len(day), NEVER), cut),
            (closed, day, closing),
        ):
            known = {
                name: values.at(days < NEVER) if isinstance(values, AtEnd) else values
                for name, values in cells.items()
            }
            rows = _typed(contract, {**known, column: days})
            places = np.flatnonzero(mask)
            self._deliver(rng, contract, plan, city[places], when[places], rows.take(pa.array(places)))

    def _deliver(
        self, rng: np.random.Generator, contract: Table, plan: Plan, city: Ints, cut: Ints, rows: pa.Table
    ) -> None:
        keep = cut < len(plan.cuts)
        keep &= ~self._is_missing(contract.name, plan, city, cut)
        rows, cut = rows.filter(pa.array(keep)), cut[keep]
        rows, cut = self._correct(rng, contract, plan, rows, cut)
        for number in np.unique(cut):
            part = rows.filter(pa.array(cut == number))
            part = soil(rng, self._scenario.dirt, contract, part, self.dirt, typed=plan.form == "parquet")
            self._writer(contract, plan, int(number)).add(part)
            self.rows[contract.name] += part.num_rows

    def _is_missing(self, table: str, plan: Plan, city: Ints, cut: Ints) -> Mask:
        missing = np.zeros(len(city), bool)
        for number in range(len(plan.cuts)):
            cities = [int(code) for code in self.missing_regions(table, plan.cuts[number])]
            silent = self._is_silent(table, plan.cuts[number])
            if cities or silent:
                missing |= (cut == number) & (np.isin(city, cities) | silent)
        return missing

    def _is_silent(self, table: str, day: date) -> bool:
        end = self._scenario.as_of
        return any(
            s.table == table and day > months_before(end, s.months_before_end)
            for s in self._scenario.silences
        )

    def missing_regions(self, table: str, day: date) -> list[str]:
        """Return the cities that do not take part in a table's cut of a day."""
        end = self._scenario.as_of
        return sorted(
            region
            for gap in self._scenario.gaps
            if table in gap.tables
            and months_before(end, gap.from_months_before_end)
            <= day
            <= months_before(end, gap.to_months_before_end)
            for region in gap.regions
        )

    def _correct(
        self, rng: np.random.Generator, contract: Table, plan: Plan, rows: pa.Table, cut: Ints
    ) -> tuple[pa.Table, Ints]:
        """Some amounts are first sent wrong by a factor of ten and sent again, right, with the next cut."""
        amounts = [
            name
            for name, column in contract.columns.items()
            if column.type is ColumnType.MONEY and name in rows.column_names and name not in contract.key
        ]
        if not amounts or not len(cut):
            return rows, cut
        wrong = (rng.random(len(cut)) < self._scenario.dirt.corrected_later) & (cut < len(plan.cuts) - 1)
        places = np.flatnonzero(wrong)
        self.dirt["corrected_later"] += len(places)
        later = rows.take(pa.array(places))
        column = rows[amounts[0]].combine_chunks()
        tenth = pc.multiply(column.cast(pa.float64()), pa.scalar(0.1))
        spoilt = pc.if_else(pa.array(wrong), pc.round(tenth, 2).cast(column.type), column)
        rows = rows.set_column(rows.column_names.index(amounts[0]), amounts[0], spoilt)
        return pa.concat_tables([rows, later]), np.concatenate([cut, cut[places] + 1])

    def _writer(self, contract: Table, plan: Plan, number: int) -> Writer:
        key = (contract.name, number)
        if key not in self._writers:
            path = self._out / self._path(contract.name, plan, number)
            self._writers[key] = open_writer(plan.form, path, contract, plan.unit)
        return self._writers[key]

    def _path(self, table: str, plan: Plan, number: int) -> str:
        day = plan.cuts[number]
        return f"{day:%Y-%m}/{plan.source}/{table}_{day:%Y%m%d}.{SUFFIXES[plan.form]}"

    def finish(self) -> int:
        """Close all files and write `delivery.yaml`; return how many files there are."""
        entries = []
        for (table, number), writer in self._writers.items():
            writer.close()
            if writer.rows:
                entries.append(self._entry(table, number))
        for table, plan in self._plans.items():
            if plan.unit:
                self._write_mapping(table, plan)
        entries.sort(key=lambda entry: (entry["delivered_at"], entry["file"]))
        text = yaml.safe_dump({"deliveries": entries}, allow_unicode=True, sort_keys=False)
        (self._out / "delivery.yaml").write_text(text, "utf-8")
        return len(entries)

    def _write_mapping(self, table: str, plan: Plan) -> None:
        """Say how to read a source that reports money in another unit than yuan."""
        columns: dict[str, Any] = {}
        for name, column in contracts()[table].columns.items():
            is_money = column.type is ColumnType.MONEY
            columns[name] = (
                {"from": f"{column.zh}（{plan.unit}）", "unit": plan.unit} if is_money else column.zh
            )
        path = self._out / _mapping_path(table)
        path.parent.mkdir(exist_ok=True)
        text = yaml.safe_dump({"table": table, "columns": columns}, allow_unicode=True, sort_keys=False)
        path.write_text(text, "utf-8")

    def _entry(self, table: str, number: int) -> dict[str, Any]:
        plan = self._plans[table]
        day = plan.cuts[number]
        missing = self.missing_regions(table, day)
        covered = [code[:4] for code in sorted(self._scenario.population.cities) if code not in missing]
        types = [code for code, entry in words().types.items() if entry.offsite] if plan.licensed_only else []
        mapping = {"mapping": _mapping_path(table)} if plan.unit else {}
        return {
            "file": self._path(table, plan, number),
            "source": plan.source,
            "table": table,
            "delivered_at": f"{day}T{20 + plan.delay % 3:02d}:00:00",
            "covers": {"regions": covered if missing else ["44"], "organization_types": types},
            "asserted": False,
            **mapping,
        }


def _mapping_path(table: str) -> str:
    return f"mappings/{table}.yaml"


def _typed(contract: Table, cells: Cells) -> pa.Table:
    """Return contract columns in contract order with the types of the store."""
    columns = {}
    for name, column in contract.columns.items():
        if name not in cells:
            continue
        values = cells[name]
        if isinstance(values, AtEnd):
            raise TypeError(f"{contract.name}.{name}: rows without an end")
        if column.type is ColumnType.DATE and isinstance(values, np.ndarray):
            columns[name] = dates(values)
        elif column.type is ColumnType.MONTH and isinstance(values, np.ndarray):
            columns[name] = month_text(values)
        elif column.type is ColumnType.REGION and isinstance(values, np.ndarray):
            columns[name] = fixed(digits(values, 6) + np.uint8(ord("0")))
        elif column.type is ColumnType.MONEY:
            columns[name] = pc.round(_array(values).cast(pa.float64()), 2).cast(pa.decimal128(18, 2))
        elif column.type is ColumnType.INTEGER or column.type is ColumnType.YEAR:
            columns[name] = _array(values).cast(pa.int64())
        elif column.type in (ColumnType.RATIO, ColumnType.NUMBER):
            columns[name] = pc.round(_array(values).cast(pa.float64()), 4)
        else:
            columns[name] = _array(values)
    return pa.table(columns)


def _array(values: Column) -> pa.Array:
    if isinstance(values, np.ndarray):
        return pa.array(values)
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
