"""The early warnings of a run with their texts: what happened, and the reasons by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookout.engine.early_warning.changes import CHANGE_SCHEMA, Kind, compare
from lookout.engine.scoring.explain import band_name
from lookout.engine.scoring.model import Profile, RatingCatalogue
from lookout.engine.scoring.rating import decode_states
from lookout.engine.scoring.sentences import indicator_phrases
from lookout.engine.scoring.sub_scores import State

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
_LACKING = (State.MISSING, State.PENALISED)


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
    states: str, catalogue: RatingCatalogue, profile: Profile, *, most: int = _MOST_REASONS
) -> list[str]:
    """Return what data would add most to what is known about a company, heaviest first (tie: lower code).

    `states` are those of its rating; only what counts in the profile is asked for.
    """
    dimensions = catalogue.rules.dimensions
    counted = {code for part in profile.parts for code, _ in part.members}
    wanted = []
    for code, state in decode_states(states, catalogue).items():
        indicator = catalogue.indicators[code]
        if code not in counted or state not in _LACKING or indicator.waits:
            continue
        if indicator.form.supplement:
            weight = dimensions[indicator.form.dimension].weight * indicator.form.weight
            wanted.append((-weight, code, indicator.form.supplement))
    return list(dict.fromkeys(supplement for _, _, supplement in sorted(wanted)))[:most]


def warning_text(
    change: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    lacking: Sequence[str],
    catalogue: RatingCatalogue,
) -> str:
    """Return the text of one warning: what happened, and why.

    `change` is its row of `compare`, `lines` its contribution lines of this run (none once it has left),
    `lacking` what is missing about a suspended one.
    """
    before = band_name(change["previous_band"], catalogue) if change["previous_band"] else ""
    now = band_name(change["band"], catalogue) if change["band"] else ""
    opening = _OPENINGS[Kind(change["kind"])].format(band=now, before=before)
    if change["band"] is None:
        return f"{opening}：企业已不在评级范围。"
    if change["kind"] == Kind.SUSPENDED:
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
    of_these = pc.is_in(contribution["company_key"], value_set=keys.combine_chunks())
    wanted = contribution.filter(pc.and_(speaks, of_these)).drop_columns(["dimension"])
    found: dict[int, list[dict[str, Any]]] = {}
    for line in wanted.to_pylist():
        found.setdefault(line["company_key"], []).append(line)
    return found


def _lacking(
    current: pa.Table, changes: pa.Table, catalogue: RatingCatalogue, profile: Profile
) -> dict[int, list[str]]:
    suspended = changes.filter(pc.equal(changes["kind"], Kind.SUSPENDED.value))["company_key"]
    rows = current.filter(pc.is_in(current["company_key"], value_set=suspended.combine_chunks()))
    return {
        row["company_key"]: missing_supplements(row["states"], catalogue, profile)
        for row in rows.select(["company_key", "states"]).to_pylist()
    }


def early_warnings(
    current: pa.Table,
    previous: pa.Table | None,
    contribution: pa.Table,
    *,
    catalogue: RatingCatalogue,
    profile: Profile,
) -> pa.Table:
    """Return a run's early warnings, columns as WARNING_SCHEMA, in order of company_key.

    `current` and `previous` are ratings, `contribution` the current run's lines, silent ones or not. A
    kept warning is only said to be kept: its reasons were given when it opened, and the company's page gives today's.
    """
    changes = compare(current, previous)
    moved = changes.filter(pc.not_equal(changes["kind"], Kind.KEPT.value))
    lines = _by_company(contribution, moved["company_key"])
    lacking = _lacking(current, changes, catalogue, profile)
    texts = [
        warning_text(c, lines.get(c["company_key"], []), lacking.get(c["company_key"], []), catalogue)
        for c in changes.to_pylist()
    ]
    return changes.append_column("reason", pa.array(texts, pa.string())).cast(WARNING_SCHEMA)
