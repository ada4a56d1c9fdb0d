"""The figures of a run that pages show without reading its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lookout.hub.landing import Batch
from lookout.hub.store import Store
from lookout.pipeline.evaluation import Catalogues


def run_figures(
    store: Store,
    folder: Path,
    batches: Sequence[Batch],
    state: dict[str, Any],
    funnel: list[tuple[str, int]],
    catalogues: Catalogues,
) -> dict[str, Any]:
    """Return counts by band, change, label and indicator; `state` is the health of the tables, `batches` those read."""
    dimensions = catalogues.rating.rules.dimensions
    store.read_parquet("listing", [folder / "listing.parquet"])

    def counted(sql: str) -> dict[str, int]:
        return {row["k"]: row["n"] for row in store.query(sql).to_pylist()}

    return {
        "funnel": funnel,
        "bands": counted(
            "SELECT band AS k, count(*) AS n FROM listing WHERE is_rated GROUP BY band ORDER BY k"
        ),
        "changes": counted(
            "SELECT change AS k, count(*) AS n FROM listing WHERE change IS NOT NULL GROUP BY change ORDER BY k"
        ),
        "dimension_weights": {name: form.weight for name, form in dimensions.items()},
        "facts": sum(table["rows"] for table in state["tables"].values()),
        "rejected": sum(batch.rejected for batch in batches),
        "label_companies": counted("SELECT code AS k, count(*) AS n FROM label_hit GROUP BY code ORDER BY k"),
        "indicator_companies": counted(
            "SELECT CAST(code AS VARCHAR) AS k, count(*) AS n FROM contribution "
            "WHERE part = 'indicator' AND state = 'observed' GROUP BY code ORDER BY k"
        ),
        "labels": store.query("SELECT count(*) AS n FROM label_hit").to_pylist()[0]["n"],
    }
