"""Fixture strategy: one company is one dict of the inputs that matter; everything else is NULL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from lookout.contracts.constants import constants_at
from lookout.engine.scoring import Rated, RatingCatalogue, input_schema, rate, rating_catalogue

DAY = date(2026, 10, 31)
Rate = Callable[..., Rated]


def table_of(rows: list[Mapping[str, Any]], catalogue: RatingCatalogue) -> pa.Table:
    """Fill the given inputs up to the full schema; unknown names come along as doubles."""
    schema = input_schema(catalogue)
    for name in dict.fromkeys(name for row in rows for name in row):
        if name not in schema.names:
            schema = schema.append(pa.field(name, pa.float64()))
    blank = {"organization_type": "general", "prior": 20.0}
    filled = [{"company_key": number, **blank, **row} for number, row in enumerate(rows, 1)]
    return pa.Table.from_pylist(filled, schema=schema)


@pytest.fixture(scope="session")
def catalogue() -> RatingCatalogue:
    return rating_catalogue()


@pytest.fixture(scope="session")
def rated(catalogue: RatingCatalogue) -> Rate:
    """Rate companies given as dicts; other arguments go to `rate`."""

    def run(*rows: Mapping[str, Any], day: date = DAY, profile: str = "default", **more: Any) -> Rated:
        used = more.pop("catalogue", catalogue)
        inputs = table_of(list(rows), used)
        return rate(
            inputs, catalogue=used, profile=used.profiles[profile], constants=constants_at(day), **more
        )

    return run


def connect(catalogue: RatingCatalogue, *codes: str) -> dict[str, bool]:
    """Connect every table these indicators need; without codes, those of all `zero_if_monitored` ones."""
    wanted = codes or [c for c, i in catalogue.indicators.items() if i.form.missing == "zero_if_monitored"]
    return {f"connected_{table}": True for code in wanted for table in catalogue.indicators[code].tables}
