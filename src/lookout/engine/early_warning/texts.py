"""The early warnings of a run with their texts: what happened, and the reasons by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookout.engine.early_warning.changes import CHANGE_SCHEMA, Kind, compare
from lookout.engine.scoring.explain import band_name
from lookout.engine.scoring.model import RatingCatalogue
from lookout.engine.scoring.sentences import indicator_phrases

WARNING_SCHEMA = CHANGE_SCHEMA.append(pa.field("reason", pa.string()))

_OPENINGS = {
    Kind.OPENED: "新增{band}预警",
    Kind.RAISED: "预警由{before}升为{band}",
    Kind.LOWERED: "预警由{before}降为{band}",
    Kind.WITHDRAWN: "解除{before}预警",
    Kind.SUSPENDED: "数据不足，暂不评级；此前的{before}预警并未解除",
    Kind.KEPT: "维持{band}预警",
}
_MOST_REASONS = 5
_LACKING = ("missing", "penalised")


def reasons(
    lines: Sequence[Mapping[str, Any]], catalogue: RatingCatalogue, *, most: int = _MOST_REASONS
) -> list[str]:
    """Return the phrases of the indicators that give most points, heaviest first (tie: lower code)."""
    phrases = indicator_phrases(lines, catalogue)
    weights: dict[str, Decimal] = dict.fromkeys(phrases, Decimal(0))
    for line in lines:
        code = line["code"]
        if line["part"] != "indicator" or code not in catalogue.indicators:
            continue
        shown = catalogue.indicators[code].form.joins or code
        if shown in weights:
            weights[shown] += line["points"]
    ordered = sorted(phrases, key=lambda code: (-weights[code], code))
    return [phrases[code] for code in ordered[:most]]


def missing_supplements(
    lines: Sequence[Mapping[str, Any]], catalogue: RatingCatalogue, *, most: int = _MOST_REASONS
) -> list[str]:
    """Return what data would add most to what is known about a company, heaviest first (tie: lower code)."""
    dimensions = catalogue.rules.dimensions
    wanted = []
    for line in lines:
        indicator = catalogue.indicators.get(line["code"]) if line["part"] == "indicator" else None
        if indicator is None or line["state"] not in _LACKING or indicator.waits:
            continue
        if indicator.form.supplement:
            weight = dimensions[indicator.form.dimension].weight * indicator.form.weight
            wanted.append((-weight, line["code"], indicator.form.supplement))
    return list(dict.fromkeys(supplement for _, _, supplement in sorted(wanted)))[:most]


def warning_text(
    change: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], catalogue: RatingCatalogue
) -> str:
    """Return the text of one warning: what happened, and why.

    `change` is its row of `compare`, `lines` its contribution lines of this run (none once it has left).
    """
    before = band_name(change["previous_band"], catalogue) if change["previous_band"] else ""
    now = band_name(change["band"], catalogue) if change["band"] else ""
    opening = _OPENINGS[Kind(change["kind"])].format(band=now, before=before)
    if change["band"] is None:
        return f"{opening}：企业已不在评级范围。"
    if change["kind"] == Kind.SUSPENDED:
        lacking = missing_supplements(lines, catalogue)
        return f"{opening}：缺少{'、'.join(lacking)}。" if lacking else f"{opening}。"
    said = reasons(lines, catalogue)
    floors = {rule.code: rule.form for rule in catalogue.floors}
    fired = [line["code"] for line in lines if line["part"] == "floor" and line["code"] in floors]
    said += [f"触发规则{code}（{floors[code].zh}）" for code in fired]
    because = f"：{'；'.join(said)}" if said else ""
    return f"{opening}，得分{change['score']}{because}。"


def _by_company(contribution: pa.Table, keys: pa.ChunkedArray) -> dict[int, list[dict[str, Any]]]:
    speaks = pc.or_(
        pc.greater(pc.fill_null(contribution["sub_score"], 0.0), 0.0), pc.equal(contribution["part"], "floor")
    )
    lacks = pc.is_in(contribution["state"].cast(pa.string()), value_set=pa.array(_LACKING))
    of_these = pc.is_in(contribution["company_key"], value_set=keys.combine_chunks())
    wanted = contribution.filter(pc.and_(pc.or_(speaks, lacks), of_these)).drop_columns(["dimension"])
    found: dict[int, list[dict[str, Any]]] = {}
    for line in wanted.to_pylist():
        found.setdefault(line["company_key"], []).append(line)
    return found


def early_warnings(
    current: pa.Table, previous: pa.Table | None, contribution: pa.Table, *, catalogue: RatingCatalogue
) -> pa.Table:
    """Return a run's early warnings, columns as WARNING_SCHEMA, in order of company_key.

    `current` and `previous` are ratings, `contribution` the current run's lines. A kept warning is
    only said to be kept: its reasons were given when it opened, and the company's page gives today's.
    """
    changes = compare(current, previous)
    moved = changes.filter(pc.not_equal(changes["kind"], Kind.KEPT.value))
    lines = _by_company(contribution, moved["company_key"])
    texts = [warning_text(c, lines.get(c["company_key"], []), catalogue) for c in changes.to_pylist()]
    return changes.append_column("reason", pa.array(texts, pa.string())).cast(WARNING_SCHEMA)
