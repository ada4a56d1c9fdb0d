"""A rated company in one paragraph: what was found, which rule decided, how much is known, what to add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lookout.engine.scoring.model import Profile, RatingCatalogue
from lookout.engine.scoring.rating import decode_states
from lookout.engine.scoring.sentences import indicator_phrases, plain
from lookout.engine.scoring.sub_scores import State

_GREY = "灰色（数据不足，暂不评级）"


def missing_data(
    states: str, catalogue: RatingCatalogue, profile: Profile, *, most: int = 3
) -> tuple[str, ...]:
    """Return what would add most to the coverage, heaviest first: 参与人数、资金流水、投诉."""
    found = decode_states(states, catalogue)
    weights: dict[str, float] = {}
    for part in profile.parts:
        for code, weight in part.members:
            weights[code] = max(weights.get(code, 0.0), part.weight * weight)
    lacking = [
        (-weights.get(code, 0.0), code, indicator.form.supplement)
        for code, indicator in catalogue.indicators.items()
        if found[code] in (State.MISSING, State.PENALISED)
        and indicator.form.supplement
        and not indicator.waits
    ]
    named = [supplement for _, _, supplement in sorted(lacking) if supplement is not None]
    return tuple(dict.fromkeys(named))[:most]


def band_name(band: str, catalogue: RatingCatalogue) -> str:
    """Return a band in words: 红色（极高）."""
    forms = {str(name): form for name, form in catalogue.rules.bands.items()}
    return f"{forms[band].zh}（{forms[band].level}）" if band in forms else _GREY


def _verdict(row: Mapping[str, Any], catalogue: RatingCatalogue) -> str:
    band = band_name(row["band"], catalogue)
    if row["is_stale"]:
        return f"本次数据不足，沿用上次评级{band}。"
    if row["floor_code"] is not None and row["band"] != "grey":
        return f"触发规则{row['floor_code']}，评为{band}。"
    caps = {rule.code: rule.form for rule in catalogue.caps}
    if row["cap_code"] in caps:
        cap = caps[row["cap_code"]]
        return f"{cap.zh}（规则{row['cap_code']}），评为{band}。"
    if row["band"] == "grey":
        return f"评为{band}。"
    if row["band"] != row["raw_band"]:
        return f"综合得分{plain(float(row['score']))}，尚未连续两次低于下限，维持{band}。"
    return f"综合得分{plain(float(row['score']))}，评为{band}。"


def explain(
    row: Mapping[str, Any],
    lines: Iterable[Mapping[str, Any]],
    *,
    catalogue: RatingCatalogue,
    profile: Profile,
    inputs: Mapping[str, Any] | None = None,
) -> str:
    """Return the paragraph about one company.

    `row` is its row of the rating, `lines` its contribution lines, both as dicts; `inputs` (its input
    row, if at hand) lets sums name their parts.
    """
    phrases = indicator_phrases(lines, catalogue, inputs)
    ordered = sorted(phrases, key=lambda code: (catalogue.indicators[code].form.says, code))
    facts = "；".join(phrases[code] for code in ordered)
    opening = f"该企业{facts}。" if facts else "该企业未发现风险事实。"
    coverage = f"数据覆盖度{round(row['coverage'] * 100)}%"
    wanted: Sequence[str] = missing_data(row["states"], catalogue, profile)
    advice = f"，建议补充：{'、'.join(wanted)}。" if wanted else "。"
    return f"{opening}{_verdict(row, catalogue)}{coverage}{advice}"
