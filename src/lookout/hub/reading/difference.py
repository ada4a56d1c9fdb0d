"""What differs between the lists of two kept runs: who entered and left, rose and fell, and by which reasons."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lookout.hub.reading.listing import top_reasons
from lookout.hub.reading.model import Band
from lookout.hub.reading.snapshot import OpenSnapshot
from lookout.kernel.regions import region_name, tree_prefix

KINDS = ("entered", "left", "raised", "lowered", "moved")
_REASONS = ", ".join(f"reason_{n}, reason_{n}_value" for n in (1, 2, 3))
_SIDE = f"identifier, name, region, band, score, {_REASONS}"
_GRAVITY = "CASE {side}.band WHEN 'red' THEN 4 WHEN 'orange' THEN 3 WHEN 'yellow' THEN 2 WHEN 'normal' THEN 1 ELSE 0 END"


@dataclass(frozen=True)
class DifferenceFilter:
    """Which differences to list: `kind` is one of KINDS, '' for all.

    `least` is the smallest move of the score, in points, that counts without a change of band.
    """

    kind: str = ""
    least: Decimal = Decimal(5)
    region: str = ""
    scope: tuple[str, ...] | None = None


@dataclass(frozen=True)
class DifferenceRow:
    """One company that differs. Bands and scores are None where the run did not rate it."""

    kind: str
    identifier: str
    name: str
    region: str
    region_name: str
    band_before: Band | None
    band_now: Band | None
    score_before: Decimal | None
    score_now: Decimal | None
    reasons_new: tuple[str, ...]
    reasons_gone: tuple[str, ...]


@dataclass(frozen=True)
class DifferencePage:
    """Part of the differences, the size of the whole, and how many of each kind there are."""

    rows: tuple[DifferenceRow, ...]
    total: int
    counts: dict[str, int]


def differences(
    before: OpenSnapshot, now: OpenSnapshot, asked: DifferenceFilter, offset: int, limit: int
) -> DifferencePage:
    """Return one page of what differs: gravest kind first, then the largest move."""
    store = now.session()
    try:
        for name, side in (("listing_before", before), ("listing_now", now)):
            store.read_parquet(name, [side.folder / "listing.parquet"])
        sql, values = _compared(asked)
        counted = store.query(f"SELECT kind, count(*) AS n FROM ({sql}) GROUP BY kind", values).to_pylist()
        chosen = "WHERE kind = ?" if asked.kind else ""
        listed = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(KINDS))
        rows = store.query(
            f"SELECT * FROM ({sql}) {chosen} ORDER BY CASE kind {listed} END, "
            f"abs(coalesce(n_score, 0) - coalesce(o_score, 0)) DESC, identifier LIMIT ? OFFSET ?",
            [*values, *([asked.kind] if asked.kind else []), limit, offset],
        ).to_pylist()
    finally:
        store.close()
    counts = dict.fromkeys(KINDS, 0) | {row["kind"]: row["n"] for row in counted}
    total = counts.get(asked.kind, 0) if asked.kind else sum(counts.values())
    return DifferencePage(tuple(_row(before, now, row) for row in rows), total, counts)


def _compared(asked: DifferenceFilter) -> tuple[str, list[Any]]:
    """Return the query of all differences and its parameters."""
    names = [name.strip() for name in _SIDE.split(",")]
    sides = ", ".join(f"{side}.{name} AS {side}_{name}" for side in ("o", "n") for name in names)
    gravity_now, gravity_before = _GRAVITY.format(side="n"), _GRAVITY.format(side="o")
    inner = (
        f"SELECT {sides}, coalesce(n.identifier, o.identifier) AS identifier, "
        f"coalesce(n.region, o.region) AS region, "
        f"CASE WHEN o.identifier IS NULL THEN 'entered' WHEN n.identifier IS NULL THEN 'left' "
        f"WHEN {gravity_now} > {gravity_before} THEN 'raised' WHEN {gravity_now} < {gravity_before} THEN 'lowered' "
        f"WHEN abs(n.score - o.score) >= ? THEN 'moved' END AS kind "
        f"FROM (SELECT {_SIDE} FROM listing_before WHERE is_rated) AS o "
        f"FULL JOIN (SELECT {_SIDE} FROM listing_now WHERE is_rated) AS n ON o.identifier = n.identifier"
    )
    parts, values = ["kind IS NOT NULL"], [asked.least]
    prefixes = [tree_prefix(prefix) for prefix in asked.scope or () if prefix.isdigit()]
    if asked.scope is not None:
        inside = " OR ".join(["starts_with(region, ?)"] * len(prefixes)) or "1 = 0"
        parts.append(f"({inside})")
    more: list[Any] = list(prefixes)
    if asked.region:
        parts.append("starts_with(region, ?)")
        more.append(tree_prefix(asked.region))
    return f"SELECT * FROM ({inner}) WHERE {' AND '.join(parts)}", [*values, *more]


def _row(before: OpenSnapshot, now: OpenSnapshot, row: dict[str, Any]) -> DifferenceRow:
    region = row["region"] or ""
    reasons_before, reasons_now = _reasons(before, row, "o"), _reasons(now, row, "n")
    return DifferenceRow(
        kind=row["kind"],
        identifier=row["identifier"],
        name=row["n_name"] or row["o_name"] or row["identifier"],
        region=region,
        region_name=region_name(region) if region else "",
        band_before=row["o_band"],
        band_now=row["n_band"],
        score_before=row["o_score"],
        score_now=row["n_score"],
        reasons_new=_only(reasons_now, reasons_before),
        reasons_gone=_only(reasons_before, reasons_now),
    )


def _reasons(snapshot: OpenSnapshot, row: dict[str, Any], side: str) -> dict[str, str]:
    """Return code → phrase of one side's heaviest reasons; those without words of their own are left out."""
    found = {}
    for number in (1, 2, 3):
        code = row[f"{side}_reason_{number}"]
        one = dict.fromkeys(("reason_1", "reason_2", "reason_3"))
        one |= {"reason_1": code, "reason_1_value": row[f"{side}_reason_{number}_value"]}
        for phrase in top_reasons(snapshot, one):
            found[str(code)] = phrase
    return found


def _only(these: dict[str, str], those: dict[str, str]) -> tuple[str, ...]:
    """Return the reasons on one side only: the same reason in other figures is no new one."""
    return tuple(phrase for code, phrase in these.items() if code not in those)
