"""Values that depend on the whole population: industry index, priors, and what size alone explains.

Every function returns portable SQL (DuckDB dialect) over tables the run supplies.
"""

from __future__ import annotations

from lookout.engine.scoring.model import RatingCatalogue


def industry_index_sql(catalogue: RatingCatalogue, *, companies: str, outcomes: str, as_of_sql: str) -> str:
    """Return SQL giving `organization_type, companies, confirmed, industry_index, prior` for every type.

    `companies` has company_key and organization_type, `outcomes` is the as_of view of desk_outcome;
    `as_of_sql` is a DATE literal. The rate of a type is drawn to the overall rate by `pseudo_count`
    companies, so that a type with few cases is not condemned by one; 50 is an average type. While
    nothing at all is confirmed every type is average.
    """
    index = catalogue.rules.industry_index
    prior = catalogue.rules.prior
    confirmed = ", ".join(f"'{outcome}'" for outcome in index.confirmed)
    return f"""
WITH bad AS (
  SELECT DISTINCT company_key FROM {outcomes}
  WHERE company_key IS NOT NULL AND outcome IN ({confirmed})
    AND closed_on <= {as_of_sql} AND closed_on > {as_of_sql} - INTERVAL '{index.window_months}' MONTH
),
by_type AS (
  SELECT coalesce(c.organization_type, 'general') AS organization_type, count(*) AS companies,
    count(bad.company_key) AS confirmed
  FROM {companies} AS c LEFT JOIN bad ON bad.company_key = c.company_key
  GROUP BY coalesce(c.organization_type, 'general')
),
overall AS (SELECT CAST(sum(confirmed) AS DOUBLE) / sum(companies) AS rate FROM by_type),
rated AS (
  SELECT organization_type, companies, confirmed, overall.rate AS overall_rate,
    (confirmed + {index.pseudo_count} * overall.rate) / (companies + {index.pseudo_count}) AS rate
  FROM by_type CROSS JOIN overall
),
indexed AS (
  SELECT organization_type, companies, confirmed,
    CASE WHEN overall_rate > 0 THEN round(100 * (1 - power(0.5, rate / overall_rate)), 6) ELSE 50.0 END AS industry_index
  FROM rated
)
SELECT organization_type, companies, confirmed, CAST(industry_index AS DOUBLE) AS industry_index,
  CAST(least({prior.maximum}, greatest({prior.minimum}, {prior.factor} * industry_index)) AS DOUBLE) AS prior
FROM indexed ORDER BY organization_type
""".strip()


def _median(rows: str, by: tuple[str, ...]) -> str:
    # quantile_cont does not transpile; the mean of the middle one or two rows is the same figure.
    partition = ", ".join(by)
    return f"""
  SELECT {partition}, max(peers) AS peers, avg(value) AS median FROM (
    SELECT {partition}, value, row_number() OVER (PARTITION BY {partition} ORDER BY value, company_key) AS place,
      count(*) OVER (PARTITION BY {partition}) AS peers
    FROM {rows}
  ) AS ranked
  WHERE 2 * place BETWEEN peers AND peers + 2
  GROUP BY {partition}""".strip()


def size_adjusted_codes(catalogue: RatingCatalogue) -> tuple[str, ...]:
    """Return the indicators of which only the excess over peers counts, in catalogue order."""
    active = [code for code, i in catalogue.indicators.items() if i.form.size_adjusted and not i.waits]
    return tuple(active)


def expected_sql(code: str, catalogue: RatingCatalogue, *, inputs: str) -> str:
    """Return SQL giving `company_key, expected_<code>` for every company with a known size.

    `inputs` has company_key, organization_type, size_band and the indicator's input columns.
    The expectation is the median over the firms of the same type and size band, where a firm with
    no record counts as zero; with fewer than `minimum_peers` such firms, over the size band of
    all types. A company whose size is unknown has no row: nothing is expected of it.
    """
    indicator = catalogue.indicators[code]
    columns = [f"coalesce({source.column}, 0)" for source in indicator.inputs]
    joined = ", ".join(columns)
    value = {"sum": " + ".join(columns), "max": f"greatest({joined}, 0)"}[indicator.form.combine]
    return f"""
WITH sized AS (
  SELECT company_key, coalesce(organization_type, 'general') AS organization_type, size_band,
    CAST(({value}) / {indicator.form.yuan_per_unit} AS DOUBLE) AS value
  FROM {inputs} WHERE size_band IS NOT NULL
),
peers AS (
  {_median("sized", ("organization_type", "size_band"))}
),
band AS (
  {_median("sized", ("size_band",))}
)
SELECT sized.company_key,
  CASE WHEN peers.peers >= {catalogue.rules.minimum_peers} THEN peers.median ELSE band.median END AS expected_{code}
FROM sized
  JOIN peers ON peers.organization_type = sized.organization_type AND peers.size_band = sized.size_band
  JOIN band ON band.size_band = sized.size_band
""".strip()
