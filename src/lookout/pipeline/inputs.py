"""The input table of the rating: observations, connections, population values and the state before."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from lookout.engine.scoring import RatingCatalogue, input_schema, size_adjusted_codes
from lookout.hub.facts.coverage import Group, connection_table, fresh_declarations
from lookout.hub.landing import Batch
from lookout.hub.store import Store
from lookout.pipeline.evaluation import Catalogues, Question

STATE_SCHEMA = pa.schema(
    [
        ("company_key", pa.int32()),
        ("band", pa.string()),
        ("below_count", pa.int32()),
        ("score", pa.decimal128(5, 2)),
    ]
)


def connect(store: Store, catalogues: Catalogues, batches: Sequence[Batch], question: Question) -> None:
    """Make `connection`: per region, type and identifier scheme, whether each table is connected."""
    rows = store.query(
        "SELECT DISTINCT coalesce(region, '') AS region, organization_type, "
        "identifier_scheme FROM monitored ORDER BY 1, 2, 3"
    ).to_pylist()
    groups: list[Group] = [(r["region"], r["organization_type"], r["identifier_scheme"]) for r in rows]
    fresh = fresh_declarations(batches, catalogues.contracts, question.as_of, question.visible.known_by)
    store.put("connection", connection_table(groups, fresh, catalogues.contracts))


def input_sql(rating: RatingCatalogue, only: str = "") -> str:
    """Return the query of the rating's input columns, one row per rated company, by key.

    Needs monitored, company_size, connection, prior, expected, previous, label_hit and the passes.
    """
    passes = sorted(
        {source.measure.table for source in rating.sources.values() if source.measure is not None}
    )
    wanted = []
    for name in input_schema(rating).names:
        wanted.append(f'{_origin(name, rating)} AS "{name}"')
    joins = "\n".join(
        f'LEFT JOIN "pass_{table}" AS "p_{table}" ON "p_{table}".company_key = m.company_key'
        for table in passes
    )
    restriction = f" AND m.company_key {only}" if only else ""
    return f"""
        SELECT {", ".join(wanted)}
        FROM monitored AS m
        LEFT JOIN company_size AS z ON z.company_key = m.company_key
        LEFT JOIN connection AS c ON c.region = coalesce(m.region, '')
          AND c.organization_type = m.organization_type
          AND c.identifier_scheme = m.identifier_scheme
        LEFT JOIN prior AS o ON o.organization_type = m.organization_type
        LEFT JOIN expected AS x ON x.company_key = m.company_key
        LEFT JOIN previous AS s ON s.company_key = m.company_key
        LEFT JOIN floor_labels AS l ON l.company_key = m.company_key
        {joins}
        WHERE m.is_rated{restriction}
        ORDER BY m.company_key
        """


_PLAIN = {
    "company_key": "m.company_key",
    "organization_type": "m.organization_type",
    "size_band": "z.size_band",
    "prior": "o.prior",
    "name_match_confidence": "CAST(NULL AS DOUBLE)",  # exact matches only, until fuzzy linkage
    "previous_band": "s.band",
    "previous_below_count": "s.below_count",
    "previous_score": "CAST(s.score AS DOUBLE)",
}


def _origin(name: str, rating: RatingCatalogue) -> str:
    if name in _PLAIN:
        return _PLAIN[name]
    if name.startswith("connected_"):
        return f'coalesce(c."{name}", false)'
    if name.startswith("expected_"):
        if name.removeprefix("expected_") not in size_adjusted_codes(rating):
            return "CAST(NULL AS DOUBLE)"
        return f'coalesce(x."{name}", 0)'
    if name in rating.labels:
        return f'coalesce(l."{name}", false)'
    source = rating.sources[name]
    if source.measure is None:
        return "o.industry_index"
    return f'"p_{source.measure.table}"."{name}__value"'


def floor_labels(store: Store, rating: RatingCatalogue) -> None:
    """Make `floor_labels`: the label hits that floors ask for, one boolean column each."""
    columns = "".join(
        f", max(CASE WHEN code = '{name.removeprefix('label_')}' THEN 1 ELSE 0 END) = 1 AS \"{name}\""
        for name in rating.labels
    )
    store.table("floor_labels", f"SELECT company_key{columns} FROM label_hit GROUP BY company_key")
