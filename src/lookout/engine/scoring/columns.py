"""Columns of a batch of companies as float64 arrays, by name; NaN is NULL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts.constants import ConstantValue
from lookout.engine.scoring.curves import Floats
from lookout.engine.scoring.model import RatingCatalogue
from lookout.kernel.errors import DataError

STATE_COLUMNS = {
    "previous_band": pa.string(),
    "previous_below_count": pa.int32(),
    "previous_score": pa.float64(),
}


def input_schema(catalogue: RatingCatalogue) -> pa.Schema:
    """Return every column a rating needs, with its type; the order is free and more columns may come."""
    fields = [pa.field("company_key", pa.int32(), nullable=False)]
    fields += [pa.field("organization_type", pa.string()), pa.field("size_band", pa.string())]
    fields += [pa.field("prior", pa.float64(), nullable=False)]
    fields += [pa.field(name, pa.float64()) for name in catalogue.sources]
    fields += [pa.field(f"connected_{table}", pa.bool_()) for table in catalogue.tables]
    fields += [pa.field(name, pa.bool_()) for name in catalogue.labels]
    adjusted = [code for code, i in catalogue.indicators.items() if i.form.size_adjusted]
    fields += [pa.field(f"expected_{code}", pa.float64()) for code in adjusted]
    fields += [pa.field("name_match_confidence", pa.float64())]
    fields += [pa.field(name, kind) for name, kind in STATE_COLUMNS.items()]
    return pa.schema(fields)


def check_columns(inputs: pa.Table, catalogue: RatingCatalogue) -> None:
    """Refuse inputs that lack a column, naming all of them. Raises DataError."""
    missing = [name for name in input_schema(catalogue).names if name not in inputs.column_names]
    if missing:
        raise DataError(f"评级输入缺少 {len(missing)} 列：{'、'.join(missing)}；须与 input_schema 一致")
    for name in ("company_key", "prior"):
        if inputs[name].null_count:
            raise DataError(f"评级输入的 {name} 列有 {inputs[name].null_count} 行为空；每家企业都须有值")


def filled(values: Floats) -> Floats:
    """Return the values with zero for NaN."""
    return np.where(np.isnan(values), 0.0, values)


@dataclass
class Columns:
    """The columns of one batch. What nothing supplies reads as NULL."""

    table: pa.Table
    constants: Mapping[str, ConstantValue]
    computed: dict[str, Floats] = field(default_factory=dict)
    _read: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._given = frozenset(self.table.column_names)

    @cached_property
    def rows(self) -> int:
        """The number of companies."""
        return int(self.table.num_rows)

    def null(self) -> Floats:
        """Return a column of NULLs."""
        return np.full(self.rows, np.nan)

    def __call__(self, name: str) -> Floats:
        """Return a column by name: computed, given, a constant of the day, or NULL."""
        if name in self.computed:
            return self.computed[name]
        if name not in self._read:
            self._read[name] = self._find(name)
        return self._read[name]

    def _find(self, name: str) -> Floats:
        if name in self._given:
            return _doubles(self.table[name])
        constant = self.constants.get(name)
        if isinstance(constant, Decimal):
            return np.full(self.rows, float(constant))
        return self.null()

    def truth(self, name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return a column as truth values; NULL is false."""
        return np.asarray(self(name) == 1)

    def text_in(self, name: str, values: frozenset[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Return where a text column has one of the values; NULL is in none."""
        found = pc.is_in(self.table[name], value_set=pa.array(sorted(values), pa.string()))
        return np.asarray(found.combine_chunks(), dtype=bool)


def _doubles(given: pa.ChunkedArray) -> Floats:
    column = given.combine_chunks()
    if pa.types.is_boolean(column.type) and not column.null_count:
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    if not pa.types.is_float64(column.type):
        column = pc.cast(column, pa.float64(), safe=False)
    found: Floats = column.to_numpy(zero_copy_only=False)
    # An infinite measure is a division gone wrong upstream, not a fact.
    infinite = np.isinf(found)
    return np.where(infinite, np.nan, found) if infinite.any() else found
