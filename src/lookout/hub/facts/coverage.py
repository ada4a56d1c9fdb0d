"""Which sources are connected for which companies (DESIGN §8.1), from what the batches declare.

A table is connected for a company when a batch of it, delivered inside the table's freshness limit,
declares a region and population that include the company.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from lookout.contracts import Table
from lookout.hub.landing import EVENTS, Batch
from lookout.kernel.identifiers import Scheme
from lookout.kernel.regions import is_inside

Group = tuple[str, str, str]  # region ('' unknown), organization type ('' unknown), identifier scheme
Declared = tuple[tuple[str, ...], tuple[str, ...], str]  # regions, organization types, identifier scheme


def fresh_declarations(
    batches: Iterable[Batch],
    contracts: Mapping[str, Table],
    as_of: datetime,
    known_at: datetime | None = None,
) -> dict[str, set[Declared]]:
    """Return per table what its fresh batches declare to cover at an instant (Shanghai wall time).

    `known_at`: with later knowledge a batch that came later covers that instant too.
    Hand in the batches that count: a withdrawn one declares nothing.
    """
    known_by = max(as_of, known_at or as_of)
    fresh: dict[str, set[Declared]] = defaultdict(set)
    for batch in batches:
        if batch.format == EVENTS:
            continue  # an event tells of one company; it does not claim to speak for a region
        limit = timedelta(days=contracts[batch.table].freshness_days)
        if as_of - limit <= batch.delivered_at <= known_by:
            fresh[batch.table].add((batch.regions, batch.organization_types, batch.identifier_scheme))
    return fresh


def covers(declared: Declared, group: Group) -> bool:
    """Tell whether a declaration includes a group of companies.

    A desensitised source covers exactly the companies that carry its own ids.
    """
    regions, types, scheme = declared
    region, organization_type, own_scheme = group
    if scheme != Scheme.USCC or own_scheme != Scheme.USCC:
        return scheme == own_scheme
    inside = not regions or any(is_inside(region, prefix) for prefix in regions)
    return inside and (not types or organization_type in types)


def connection_table(
    groups: Sequence[Group], fresh: Mapping[str, set[Declared]], tables: Iterable[str]
) -> pa.Table:
    """Return region, organization_type, identifier_scheme and a boolean `connected_<table>` per table."""
    columns: dict[str, list[object]] = {
        "region": [group[0] for group in groups],
        "organization_type": [group[1] for group in groups],
        "identifier_scheme": [group[2] for group in groups],
    }
    for table in tables:
        declared = fresh.get(table, set())
        columns[f"connected_{table}"] = [any(covers(d, group) for d in declared) for group in groups]
    return pa.table(
        {
            name: pa.array(values, pa.bool_() if name.startswith("connected_") else pa.string())
            for name, values in columns.items()
        }
    )
