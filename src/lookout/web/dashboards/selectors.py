"""Reads behind the first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lookout.hub.reading.model import BANDS, Band, CompanyFilter, CompanyRow
from lookout.web import published
from lookout.web.accounts.models import User
from lookout.web.companies.access import within_scope
from lookout.web.companies.selectors import moves, unseen
from lookout.web.dashboards.access import scope_of, shows_funnel
from lookout.web.ui.words import word, written_day

WARNING_BANDS: tuple[Band, ...] = ("red", "orange", "yellow")
NEW_REDS_SHOWN = 8


@dataclass(frozen=True)
class City:
    """Counts of one city by warning band."""

    prefix: str
    name: str
    counts: tuple[tuple[Band, int], ...]
    total: int


@dataclass(frozen=True)
class Today:
    """Everything the first page shows."""

    bands: dict[Band, int]
    moves: dict[str, dict[Band, int]]
    move_totals: dict[str, int]
    new_reds: tuple[CompanyRow, ...]
    new_red_count: int
    unseen: set[str]
    cities: list[City]
    trend: dict[str, Any]
    trend_rows: list[tuple[datetime, dict[str, int]]]
    histogram: dict[str, Any]
    histogram_rows: list[tuple[int, int]]
    funnel: list[tuple[str, int]]


def today(user: User, run_id: str) -> Today:
    """Collect the first page of one person."""
    reader, scope = published.reader(), scope_of(user)
    everybody = within_scope(user, CompanyFilter())
    moved = moves(user)
    reds = _new_reds(user)
    trend = reader.band_trend(scope)
    histogram = reader.score_histogram(everybody)
    return Today(
        bands=_by_band(everybody),
        moves=moved,
        move_totals={change: sum(bands.values()) for change, bands in moved.items()},
        new_reds=reds[:NEW_REDS_SHOWN],
        new_red_count=moved["opened"]["red"] + moved["raised"]["red"],
        unseen=unseen(user, reds, run_id),
        cities=_cities(user),
        trend=_trend_chart(trend),
        trend_rows=list(reversed(trend)),
        histogram=_histogram_chart(histogram),
        histogram_rows=histogram,
        funnel=reader.funnel() if shows_funnel(user) else [],
    )


def _by_band(asked: CompanyFilter) -> dict[Band, int]:
    counts = {code: count for code, _title, count in published.reader().count_by(asked, "band")}
    return {band: counts.get(band, 0) for band in BANDS}


def _new_reds(user: User) -> tuple[CompanyRow, ...]:
    """Return companies that became red in this run, highest score first."""
    rows: list[CompanyRow] = []
    for change in ("opened", "raised"):
        asked = within_scope(user, CompanyFilter(bands=("red",), change=change))
        rows += published.reader().list_companies(asked, sort="-score", limit=NEW_REDS_SHOWN).rows
    return tuple(sorted(rows, key=lambda row: (-(row.score or 0), row.identifier)))


def _cities(user: User) -> list[City]:
    """Return the cities with warnings, most reds first."""
    table: dict[str, dict[Band, int]] = {}
    names: dict[str, str] = {}
    for band in WARNING_BANDS:
        asked = within_scope(user, CompanyFilter(bands=(band,)))
        for code, name, count in published.reader().count_by(asked, "region"):
            table.setdefault(code, {})[band] = count
            names[code] = name
    cities = [
        City(
            code,
            names[code],
            tuple((band, counts.get(band, 0)) for band in WARNING_BANDS),
            sum(counts.values()),
        )
        for code, counts in table.items()
    ]
    return sorted(cities, key=lambda city: ([-count for _band, count in city.counts], city.prefix))


def _trend_chart(trend: list[tuple[datetime, dict[str, int]]]) -> dict[str, Any]:
    return {
        "kind": "bands",
        "days": [written_day(as_of) for as_of, _counts in trend],
        "lines": [
            {
                "band": band,
                "name": word("band", band),
                "values": [counts.get(band, 0) for _at, counts in trend],
            }
            for band in WARNING_BANDS
        ],
    }


def _histogram_chart(histogram: list[tuple[int, int]]) -> dict[str, Any]:
    return {
        "kind": "histogram",
        "name": _("企业数"),
        "edges": [edge for edge, _count in histogram],
        "counts": [count for _edge, count in histogram],
    }
