"""What depends on all companies together: who is monitored, industry indices, what size alone explains."""

from __future__ import annotations

from lookout.engine import scoring
from lookout.engine.scoring import expected_sql, industry_index_sql, size_adjusted_codes
from lookout.hub.marts import bind
from lookout.hub.store import Store
from lookout.kernel.identifiers import Scheme
from lookout.pipeline.evaluation import OUTCOMES, Catalogues, Question

RATED_LEVEL, CLOSE_LEVEL = "target", "key"


def monitor(store: Store, question: Question) -> list[tuple[str, int]]:
    """Make `monitored` (company_key, type, region, is_rated, is_key) and return the funnel.

    Companies of a desensitised source have no registry row to be judged by; such a source names
    firms only because they are to be rated, so all of them are.
    """
    universe = scoring.monitored_universe()
    sql = bind(scoring.universe_sql(universe), question.day, question.constants)
    store.table("universe", sql)
    store.table(
        "monitored",
        f"""
        SELECT c.company_key, c.identifier_scheme, coalesce(g.successor, p.region) AS region,
               coalesce(p.organization_type, 'general') AS organization_type,
               coalesce(u.in_{RATED_LEVEL}, c.identifier_scheme <> '{Scheme.USCC}') AS is_rated,
               coalesce(u.in_{CLOSE_LEVEL}, false) AS is_key
        FROM company_universe AS c
        LEFT JOIN company_profile AS p ON p.company_key = c.company_key
        LEFT JOIN region_now AS g ON g.code = p.region
        LEFT JOIN universe AS u ON u.company_key = c.company_key
        """,
    )
    counted = store.query(
        "SELECT count(*) AS everybody, sum(CASE WHEN is_rated THEN 1 ELSE 0 END) AS rated, "
        "sum(CASE WHEN is_key THEN 1 ELSE 0 END) AS close FROM monitored"
    ).to_pylist()[0]
    names = [level.zh for level in universe.levels.values()]
    return list(zip(names, [int(value or 0) for value in counted.values()], strict=True))


def population_values(store: Store, catalogues: Catalogues, question: Question) -> None:
    """Make `prior` (by type) and `expected` (by company: what firms of its type and size show)."""
    rating = catalogues.rating
    as_of = f"DATE '{question.day.isoformat()}'"
    store.table(
        "prior",
        industry_index_sql(rating, companies="monitored", outcomes=OUTCOMES, as_of_sql=as_of),
    )
    codes = size_adjusted_codes(rating)
    sources = [source for code in codes for source in rating.indicators[code].inputs if source.measure]
    tables = sorted({source.measure.table for source in sources if source.measure})
    columns = "".join(
        f', "p_{s.measure.table}"."{s.column}__value" AS "{s.column}"' for s in sources if s.measure
    )
    joins = "".join(
        f' LEFT JOIN "pass_{table}" AS "p_{table}" ON "p_{table}".company_key = m.company_key'
        for table in tables
    )
    store.table(
        "peers",
        f"SELECT m.company_key, m.organization_type, z.size_band{columns} FROM monitored AS m "
        f"LEFT JOIN company_size AS z ON z.company_key = m.company_key{joins} WHERE m.is_rated",
    )
    for code in codes:
        store.table(f"expected_{code}", expected_sql(code, rating, inputs="peers"))
    expected = "".join(f", {code}.expected_{code}" for code in codes)
    matched = "".join(
        f" LEFT JOIN expected_{code} AS {code} ON {code}.company_key = m.company_key" for code in codes
    )
    store.table("expected", f"SELECT m.company_key{expected} FROM peers AS m{matched} ORDER BY m.company_key")
