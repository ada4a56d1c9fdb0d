"""The regions of the map and of the list beside it, with one and the same figures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from lookout.hub.reading.model import Band, CompanyFilter
from lookout.kernel.regions import regions, tree_prefix
from lookout.web import published
from lookout.web.accounts.models import User
from lookout.web.clues.selectors import ClueFilter, find_clues
from lookout.web.companies.access import within_scope
from lookout.web.situation.outlines import Outline, drawing

WARNED: tuple[Band, ...] = ("red", "orange")
LEVELS = 5
FIGURES = {
    "rate": _("红橙企业（每万家）"),
    "warned": _("红橙企业"),
    "open": _("未办结线索"),
    "late": _("超期线索"),
}


@dataclass(frozen=True)
class Place:
    """One region: its prefix, or '' for companies registered no nearer than the region above.

    `value` is the chosen figure, None when there is nothing to divide by; `level` 0 (nothing) to LEVELS is
    how strongly it is tinted.
    """

    prefix: str
    name: str
    rated: int
    warned: int
    open: int
    late: int
    value: Decimal | None = None
    level: int = 0

    @property
    def rate(self) -> Decimal | None:
        """Return red and orange companies for every ten thousand rated, None when none is rated."""
        if not self.rated:
            return None
        return (Decimal(self.warned) * 10_000 / self.rated).quantize(Decimal("0.1"))

    @property
    def outline(self) -> Outline | None:
        """Return where it is drawn, None when the drawing does not have it."""
        return drawing().outlines.get(self.prefix)

    @property
    def short_name(self) -> str:
        """Return the name without the word for its kind."""
        return self.name[:-1] if len(self.name) > 2 and self.name[-1] in "市区县" else self.name


def list_places(user: User, region: str, figure: str, now: datetime) -> list[Place]:
    """Return the regions below `region` ('' is the province), the highest figure first."""
    asked = within_scope(user, CompanyFilter(region=region))
    along = "district" if len(region) >= 4 else "region"
    reader = published.reader()
    names = _known_below(region)
    rated, warned = {}, {}
    for code, name, count in reader.count_by(asked, along):
        rated[code] = count
        names.setdefault(code, name)
    for code, _name, count in reader.count_by(replace(asked, bands=WARNED), along):
        warned[code] = count
    prefixes = {code: _prefix(code, region) for code in names}
    wanted = [prefix for prefix in prefixes.values() if prefix]
    open_, late = (
        _clues(user, one, wanted)
        for one in (ClueFilter(state="open", region=region), ClueFilter(late_at=now, region=region))
    )
    places = [
        Place(
            prefix,
            names[code] if prefix else "",
            rated.get(code, 0),
            warned.get(code, 0),
            open_.get(prefix, 0),
            late.get(prefix, 0),
        )
        for code, prefix in prefixes.items()
    ]
    return _tinted(places, figure)


def _known_below(region: str) -> dict[str, str]:
    """Return code → name of the divisions of today: cities of the province, or districts of a city."""
    current = {code: one.name for code, one in regions().items() if one.valid_to is None}
    if len(region) < 4:
        return {code[:4]: name for code, name in current.items() if code.endswith("00") and code[2:4] != "00"}
    below = {
        code: name for code, name in current.items() if code.startswith(region) and not code.endswith("00")
    }
    whole = region.ljust(6, "0")
    return below or {whole: current.get(whole, region)}


def _prefix(code: str, region: str) -> str:
    """Return the prefix the lists know a region by; '' when it is the whole city standing among its districts."""
    prefix = tree_prefix(code)
    divided = any(
        one.startswith(prefix) and not one.endswith("00")
        for one, of in regions().items()
        if of.valid_to is None
    )
    return "" if prefix == region and len(prefix) == 4 and divided else prefix


def _clues(user: User, wanted: ClueFilter, prefixes: list[str]) -> dict[str, int]:
    """Return prefix → clues, as the list narrowed to each prefix counts them: by trade or by registration."""
    counts = dict.fromkeys(prefixes, 0)
    pairs = find_clues(user, wanted).order_by().values_list("region_business", "region_registered")
    for business, registered, number in pairs.annotate(number=Count("pk")):
        digits = {code[:length] for code in (business, registered) for length in (2, 4, 6)}
        for prefix in digits & counts.keys():
            counts[prefix] += number
    return counts


def _tinted(places: list[Place], figure: str) -> list[Place]:
    values = [getattr(place, figure) for place in places]
    most = max((value for value in values if value), default=0)
    tinted = [
        replace(place, value=value, level=-int(-(value * LEVELS) // most) if value else 0)
        for place, value in zip(places, values, strict=True)
    ]
    return sorted(tinted, key=lambda place: (not place.prefix, -(place.value or 0), place.prefix))
