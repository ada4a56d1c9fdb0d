"""What a company may know of its rating: the band in words, and facts of registers by table and date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml
from django.utils.translation import gettext as _

from lookout.hub.reading.model import Dossier
from lookout.web import published
from lookout.web.companies.columns import review_text
from lookout.web.companies.reviewing import reviews_in_force

MOST_FACTS = 100


@dataclass(frozen=True)
class Ground:
    """One fact a company may contest; `code` names it in forms. It says no more than the register and the day."""

    code: str
    table: str
    said: str


@dataclass(frozen=True)
class OwnView:
    """A company's rating as it may see it itself; `review` says what people judged instead, '' when nobody did."""

    name: str
    band: str
    review: str
    as_of: date
    grounds: tuple[Ground, ...]


@cache
def contestable() -> frozenset[str]:
    """Return the tables a company may see."""
    content = yaml.safe_load((Path(__file__).parent / "catalogue" / "contestable.yaml").read_text("utf-8"))
    return frozenset(content["tables"])


def own_view(company: str, today: date) -> OwnView | None:
    """Return what a company may see of itself; None when there is no rating of it any more."""
    reader = published.reader()
    run = reader.current()
    dossier = reader.get_company(company, None) if run is not None else None
    if run is None or dossier is None or dossier.row.band is None:
        return None
    review = reviews_in_force([company], today).get(company)
    said = review_text(review) if review is not None else ""
    return OwnView(dossier.row.name, dossier.row.band, said, run.as_of.date(), tuple(_grounds(dossier)))


def _grounds(dossier: Dossier) -> list[Ground]:
    found: Mapping[str, Ground] = {
        ground.code: ground
        for event in dossier.timeline
        if event.table in contestable()
        for ground in (_ground(event.table, event.kind, event.on),)
    }
    dated = {ground.table for ground in found.values()}
    # A register that is known but tells no day, such as the registration itself.
    whole = [
        Ground(f"{source.table}:", source.table, _("%(table)s的登记内容") % {"table": source.name})
        for source in dossier.sources
        if source.rows and source.table in contestable() - dated
    ]
    return [*list(found.values())[:MOST_FACTS], *whole]


def _ground(table: str, name: str, on: date) -> Ground:
    said = _("%(table)s，%(day)s") % {"table": name, "day": on.isoformat()}
    return Ground(f"{table}:{on.isoformat()}", table, said)
