"""Compute the index of every region when a run is published, and keep it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from lookout.kernel.clock import SHANGHAI
from lookout.web import published
from lookout.web.situation.index_inputs import Holdings, holdings, top_prefix
from lookout.web.situation.index_rules import IndexRules, index_rules
from lookout.web.situation.models import IndexPoint
from lookout.web.situation.region_index import (
    Entity,
    Holding,
    Index,
    contributions,
    drivers,
    region_index,
    smooth,
)

DRIVERS = 10


def follow_run(now: datetime) -> int:
    """Compute the index of all regions from the published run, once for each run; return how many were added."""
    run = published.reader().current()
    rules = index_rules()
    if run is None or _is_done(run.run_id, rules):
        return 0
    held = holdings(run, rules, now)
    month = f"{run.as_of:%Y-%m}"
    before = _month_before(month, rules)
    points = [_point(held, region, month, before.get(region), rules, now) for region in held.by_region]
    with transaction.atomic():
        IndexPoint.objects.bulk_create(points)
    return len(points)


def _is_done(run_id: str, rules: IndexRules) -> bool:
    return IndexPoint.objects.filter(run_id=run_id, base=rules.base, version=rules.version).exists()


def _month_before(month: str, rules: IndexRules) -> dict[str, Decimal]:
    """Return region → printed index of the month before, where there is one on the same base."""
    year, number = int(month[:4]), int(month[5:])
    before = f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"
    found = IndexPoint.objects.filter(month=before, base=rules.base).order_by("pk")
    return dict(found.values_list("region", "value"))


def _point(
    held: Holdings, region: str, month: str, before: Decimal | None, rules: IndexRules, now: datetime
) -> IndexPoint:
    holding = held.by_region[region]
    index = region_index(holding, rules)
    return IndexPoint(
        region=region,
        month=month,
        run_id=held.run.run_id,
        as_of=held.run.as_of.replace(tzinfo=SHANGHAI),
        computed_at=now,
        base=rules.base,
        version=rules.version,
        raw=index.value,
        value=smooth(before, index.value, rules),
        known=Decimal(str(round(index.known, 3))),
        parts=_parts(index),
        holding=_holding(holding, held.since),
        detail=_detail(index, region, held.entities.get(region, []), rules),
    )


def _parts(index: Index) -> dict[str, dict[str, Any]]:
    return {
        part: {
            "measured": round(index.measured[part], 6),
            "scaled": round(index.scaled[part], 4),
            "points": str(points),
        }
        for part, points in index.points.items()
    }


def _holding(holding: Holding, since: datetime | None) -> dict[str, Any]:
    return {
        "mass": round(holding.mass, 6),
        "monitored": holding.monitored,
        "new_warned": holding.new_warned,
        "window_days": holding.window_days,
        "since": f"{since:%Y-%m-%d}" if since else None,
        "voices": holding.voices,
        "residents": holding.residents,
        "late": holding.late,
        "open_clues": holding.open_clues,
        "unpaid": round(holding.unpaid, 2),
        "raised": round(holding.raised, 2),
    }


def _detail(index: Index, region: str, entities: list[Entity], rules: IndexRules) -> dict[str, Any]:
    """Return whom the density part is made of: by part of the region, by type, and the companies that moved it."""
    width = 4 if region == top_prefix() else 6

    def place(entity: Entity) -> str:
        prefix = entity.district[:width]
        # A company registered no nearer than the city, or in another province, stands for itself.
        return prefix if prefix.startswith(region) and not (width == 6 and prefix.endswith("00")) else ""

    return {
        "places": _texts(contributions(index, entities, rules, place)),
        "kinds": _texts(contributions(index, entities, rules, lambda entity: entity.kind)),
        "drivers": [
            {
                "company": one.entity.identifier,
                "name": one.entity.name,
                "score": one.entity.score,
                "previous_score": one.entity.previous_score,
                "participants": one.entity.participants,
                "credit": one.entity.credit,
                "mass": round(one.mass, 4),
                "change": round(one.change, 4),
            }
            for one in drivers(entities, rules, DRIVERS)
        ],
    }


def _texts(parts: Mapping[str, Decimal]) -> dict[str, str]:
    ordered = sorted(parts.items(), key=lambda one: (-one[1], one[0]))
    return {name: str(points) for name, points in ordered}
