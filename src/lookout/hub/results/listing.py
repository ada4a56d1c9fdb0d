"""One wide row per company for lists and searches, joined once per run so that no page joins again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from pypinyin import Style, lazy_pinyin

CHANGE_PARTS = ("new_facts", "decay", "corrections", "catalogue", "population")


_SEPARATOR = "\x00"  # in no name


@cache
def _initial(character: str) -> str:
    return lazy_pinyin(character, style=Style.FIRST_LETTER)[0][:1].upper()


def initials(names: Sequence[str | None]) -> list[str | None]:
    """Return the pinyin initials of names (广州甲 → GZJ), for search; None stays None."""
    text = _SEPARATOR.join(name or "" for name in names)
    letters = {ord(character): _initial(character) for character in set(text) - {_SEPARATOR}}
    found = text.translate(letters).split(_SEPARATOR) if names else []
    return [None if name is None else made for name, made in zip(names, found, strict=True)]


def listing_sql(dimensions: Sequence[str]) -> str:
    """Return the query of the listing from the tables of a run.

    Needs company_universe, company_profile, monitored (company_key, organization_type, is_rated, is_key),
    rating, contribution, label_hit, labels (code, polarity), previous, score_change, name_initials,
    explanation, region_now (code, successor). A grey company has no score; its base is kept for ranking.
    """
    scores = ", ".join(f"r.{name}_score AS {name}" for name in dimensions)
    parts = ", ".join(f"d.{part} AS changed_{part}" for part in CHANGE_PARTS)
    # A company registered under an abolished division is found under the one that took its place.
    place = "coalesce(g.successor, n.region)"
    return f"""
    WITH hits AS (
      SELECT h.company_key, count(*) AS label_count
      FROM label_hit AS h JOIN labels AS l ON l.code = h.code AND l.polarity = 'risk' GROUP BY h.company_key
    ),
    ranked AS (
      SELECT company_key, CAST(code AS VARCHAR) AS code, value,
             row_number() OVER (PARTITION BY company_key ORDER BY points DESC, code) AS place
      FROM contribution WHERE part = 'indicator' AND state = 'observed' AND points > 0
    ),
    reasons AS (
      SELECT company_key,
             max(CASE WHEN place = 1 THEN code END) AS reason_1, max(CASE WHEN place = 1 THEN value END) AS reason_1_value,
             max(CASE WHEN place = 2 THEN code END) AS reason_2, max(CASE WHEN place = 2 THEN value END) AS reason_2_value,
             max(CASE WHEN place = 3 THEN code END) AS reason_3, max(CASE WHEN place = 3 THEN value END) AS reason_3_value
      FROM ranked WHERE place <= 3 GROUP BY company_key
    )
    SELECT u.company_key, u.identifier_scheme,
           CASE WHEN u.identifier_scheme = 'uscc' THEN u.identifier
                ELSE replace(u.identifier_scheme, 'opaque:', '') || ':' || u.identifier END AS identifier,
           n.name, n.former_names, i.initials, {place} AS region, substr({place}, 1, 4) AS city, m.organization_type,
           m.is_rated, m.is_key,
           CASE WHEN r.band = 'grey' THEN NULL ELSE r.score END AS score, r.band, r.base, r.coverage,
           r.is_stale, r.floor_code, r.cap_code, r.states,
           p.band AS previous_band, CASE WHEN p.band = 'grey' THEN NULL ELSE p.score END AS previous_score,
           w.kind AS change, e.explanation, {scores}, {parts},
           CAST(coalesce(hits.label_count, 0) AS INTEGER) AS label_count,
           s.reason_1, s.reason_1_value, s.reason_2, s.reason_2_value, s.reason_3, s.reason_3_value
    FROM company_universe AS u
    LEFT JOIN company_profile AS n ON n.company_key = u.company_key
    LEFT JOIN region_now AS g ON g.code = n.region
    LEFT JOIN name_initials AS i ON i.company_key = u.company_key
    LEFT JOIN monitored AS m ON m.company_key = u.company_key
    LEFT JOIN rating AS r ON r.company_key = u.company_key
    LEFT JOIN previous AS p ON p.company_key = u.company_key
    LEFT JOIN warning AS w ON w.company_key = u.company_key
    LEFT JOIN score_change AS d ON d.company_key = u.company_key
    LEFT JOIN explanation AS e ON e.company_key = u.company_key
    LEFT JOIN hits ON hits.company_key = u.company_key
    LEFT JOIN reasons AS s ON s.company_key = u.company_key
    ORDER BY u.company_key
    """
