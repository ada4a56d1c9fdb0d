"""Lists of companies: conditions, order, pages and counts, all from one wide result file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lookout.hub.reading.finding import literal, text_condition
from lookout.hub.reading.model import BANDS, DIMENSIONS, CompanyFilter, CompanyRow, Page
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.hub.reading.words import BAND_NAMES, CHANGE_NAMES, phrase_text
from lookout.kernel.regions import region_name, tree_prefix

SORT_KEYS = {
    "score": "score",
    "name": "name",
    "region": "region",
    "coverage": "coverage",
    "change": "coalesce(score, 0) - coalesce(previous_score, 0)",
}

COMMON_LIMIT, COMMON_OFFSET = 50, 250  # pages that many people open: what they show is remembered


def conditions(filter: CompanyFilter) -> tuple[str, list[Any]]:
    """Return the WHERE text of a filter and its parameters."""
    parts: list[str] = ["is_rated"] if filter.rated_only else ["1 = 1"]
    values: list[Any] = []

    def add(sql: str, *parameters: Any) -> None:
        parts.append(sql)
        values.extend(parameters)

    if filter.watched_closely:
        add("is_key")
    if filter.bands:
        add(f"band IN ({', '.join('?' * len(filter.bands))})", *filter.bands)
    if filter.region and filter.no_nearer:
        add("region = ?", tree_prefix(filter.region).ljust(6, "0"))
    elif filter.region:
        add("region LIKE ?", f"{literal(tree_prefix(filter.region))}%")
    if filter.organization_type:
        add("organization_type = ?", filter.organization_type)
    if filter.change:
        add("change = ?", filter.change)
    if filter.label:
        add("company_key IN (SELECT company_key FROM label_hit WHERE code = ?)", filter.label)
    if filter.identifiers is not None:
        marks = ", ".join("?" * len(filter.identifiers))
        add(f"identifier IN ({marks})" if marks else "1 = 0", *filter.identifiers)
    if filter.text.strip():
        found, given = text_condition(filter.text.strip())
        add(found, *given)
    if filter.scope is not None:
        prefixes = _prefixes(filter.scope)
        inside = " OR ".join(["starts_with(region, ?)"] * len(prefixes)) or "1 = 0"
        add(f"({inside})", *prefixes)
    return " AND ".join(parts), values


def _prefixes(scope: Sequence[str]) -> list[str]:
    """Return how regions inside a scope begin; one that says nothing opens nothing: '' would match all."""
    return [tree_prefix(prefix) for prefix in scope if prefix.isdigit()]


def is_inside(region: str | None, scope: Sequence[str] | None) -> bool:
    """Tell whether a company's region lies in a scope, as `conditions` does; None is the whole province."""
    return scope is None or (region or "").startswith(tuple(_prefixes(scope)))


def order(sort: str) -> str:
    """Return the ORDER BY text of a sort key with optional `-`; unknown keys fall back to the score."""
    key = SORT_KEYS.get(sort.removeprefix("-"), "score")
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f"{key} {direction} NULLS LAST, score DESC NULLS LAST, identifier"


def list_companies(snapshot: OpenSnapshot, filter: CompanyFilter, sort: str, offset: int, limit: int) -> Page:
    """Return one page of a list and the size of the whole."""
    where, values = conditions(filter)
    total = snapshot.remember(
        ("total", filter), lambda: int(snapshot.value(f"SELECT count(*) FROM listing WHERE {where}", values))
    )

    def read() -> tuple[CompanyRow, ...]:
        rows = snapshot.rows(
            f"SELECT * FROM listing WHERE {where} ORDER BY {order(sort)} LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return tuple(company_row(snapshot, row) for row in rows)

    # The first pages of a region are opened by everybody there; the parts of an export by nobody twice.
    is_common = limit <= COMMON_LIMIT and offset <= COMMON_OFFSET
    rows = snapshot.remember(("page", filter, sort, offset, limit), read) if is_common else read()
    return Page(rows, total, offset)


def first_rows(snapshot: OpenSnapshot, filter: CompanyFilter, limit: int) -> tuple[CompanyRow, ...]:
    """Return the first rows of a list by score, without counting the whole."""
    where, values = conditions(filter)
    rows = snapshot.remember(
        ("first", filter, limit),
        lambda: snapshot.rows(
            f"SELECT * FROM listing WHERE {where} ORDER BY {order('-score')} LIMIT ?", [*values, limit]
        ),
    )
    return tuple(company_row(snapshot, row) for row in rows)


def company_row(snapshot: OpenSnapshot, row: dict[str, Any]) -> CompanyRow:
    """Turn a row of `listing` into what readers receive."""
    types = snapshot.catalogue["organization_types"]
    return CompanyRow(
        identifier=row["identifier"],
        name=row["name"] or row["identifier"],
        region=row["region"] or "",
        region_name=region_name(row["region"]) if row["region"] else "",
        organization_type=row["organization_type"] or "",
        organization_type_zh=types.get(row["organization_type"], ""),
        score=row["score"],
        band=row["band"],
        previous_band=row["previous_band"],
        previous_score=row["previous_score"],
        change=row["change"] or "",
        coverage=row["coverage"] or 0.0,
        is_stale=bool(row["is_stale"]),
        dimensions={name: row[name] for name in DIMENSIONS if row[name] is not None},
        top_reasons=top_reasons(snapshot, row),
        label_count=row["label_count"],
    )


def top_reasons(snapshot: OpenSnapshot, row: dict[str, Any]) -> tuple[str, ...]:
    """Return the phrases of the company's heaviest indicators."""
    indicators = snapshot.catalogue["indicators"]
    phrases = []
    for number in (1, 2, 3):
        entry = indicators.get(row[f"reason_{number}"] or "")
        if entry is not None and not entry["joins"]:  # a half sentence needs the one it joins
            phrases.append(phrase_text(entry["phrase"], row[f"reason_{number}_value"], entry["unit"]))
    return tuple(phrase for phrase in phrases if phrase)


def count_by(snapshot: OpenSnapshot, filter: CompanyFilter, dimension: str) -> list[tuple[str, str, int]]:
    """Return (code, Chinese, companies) along band, city, district, organization type or change, largest first."""
    column = {"region": "city", "district": "region"}.get(dimension, dimension)
    where, values = conditions(filter)
    rows = snapshot.remember(
        ("count", filter, column),
        lambda: snapshot.rows(
            f"SELECT {column} AS code, count(*) AS n FROM listing WHERE {where} AND {column} IS NOT NULL "
            f"GROUP BY {column} ORDER BY n DESC, code",
            values,
        ),
    )
    counted = [(row["code"], _choice_name(snapshot, dimension, row["code"]), row["n"]) for row in rows]
    if dimension == "band":
        counted.sort(key=lambda row: BANDS.index(row[0]))
    return counted


def _choice_name(snapshot: OpenSnapshot, dimension: str, code: str) -> str:
    if dimension == "band":
        return BAND_NAMES[code]  # type: ignore[index]  # the file holds nothing but bands
    if dimension == "change":
        return CHANGE_NAMES.get(code, code)
    if dimension == "district":
        return region_name(code).removeprefix(region_name(f"{code[:4]}00")) or region_name(code)
    if dimension == "region":
        return region_name(f"{code}00").removeprefix(region_name(f"{code[:2]}0000"))
    return str(snapshot.catalogue["organization_types"].get(code, code))


def band_matrix(snapshot: OpenSnapshot, scope: Sequence[str] | None) -> dict[tuple[str, str], int]:
    """Return companies by (band in the run before, band now); '' where there was none."""
    where, values = conditions(CompanyFilter(scope=None if scope is None else tuple(scope)))
    rows = snapshot.rows(
        f"SELECT coalesce(previous_band, '') AS before, band, count(*) AS n FROM listing WHERE {where} "
        f"GROUP BY before, band",
        values,
    )
    return {(row["before"], row["band"]): row["n"] for row in rows}


def score_histogram(snapshot: OpenSnapshot, filter: CompanyFilter) -> list[tuple[int, int]]:
    """Return (lower edge, companies) in steps of 5 points."""
    where, values = conditions(filter)
    rows = snapshot.remember(
        ("histogram", filter),
        lambda: snapshot.rows(
            f"SELECT CAST(least(floor(score / 5) * 5, 95) AS INTEGER) AS edge, count(*) AS n FROM listing "
            f"WHERE {where} AND score IS NOT NULL GROUP BY edge ORDER BY edge",
            values,
        ),
    )
    found = {row["edge"]: row["n"] for row in rows}
    return [(edge, found.get(edge, 0)) for edge in range(0, 100, 5)]
