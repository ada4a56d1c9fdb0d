"""What an indicator's value says in Chinese: numbers without needless zeros, one phrase per level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lookout.engine.scoring.form import IndicatorForm
from lookout.engine.scoring.model import Indicator, RatingCatalogue

# Below this sub-score a fact is not worth a sentence; it still stands in the table of contributions.
_WORTH_SAYING = 20.0


def plain(value: float) -> str:
    """Print a number with at most two decimals and no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def _filled(template: str, value: float) -> str:
    return template.replace("{value}", plain(value)).replace("{percent}", f"{plain(round(value * 100, 1))}%")


def phrase_of(form: IndicatorForm, value: float) -> str:
    """Return the indicator's phrase for a value, '' when it has none at this level."""
    if form.phrase is None:
        return ""
    if isinstance(form.phrase, str):
        return _filled(form.phrase, value)
    reached = [level for level in form.phrase if level <= value]
    return _filled(form.phrase[max(reached)], value) if reached else ""


def _of_inputs(indicator: Indicator, inputs: Mapping[str, Any]) -> str:
    said = [s.phrase for s in indicator.inputs if s.phrase and (inputs.get(s.column) or 0) > 0]
    return "、".join(said)


def indicator_phrases(
    lines: Iterable[Mapping[str, Any]], catalogue: RatingCatalogue, inputs: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """Return the phrase of every observed indicator worth saying, by code.

    A phrase that joins another one is appended to it. With the company's `inputs` a sum names its
    parts (未上市、未加入行业协会) instead of counting them.
    """
    observed = {
        line["code"]: line
        for line in lines
        if line["part"] == "indicator"
        and line["state"] == "observed"
        and line["code"] in catalogue.indicators
    }
    said: dict[str, str] = {}
    for code, line in observed.items():
        indicator = catalogue.indicators[code]
        if indicator.form.joins is None and line["sub_score"] >= _WORTH_SAYING:
            parts = _of_inputs(indicator, inputs) if inputs is not None else ""
            said[code] = parts or phrase_of(indicator.form, line["value"])
    for code, line in observed.items():
        form = catalogue.indicators[code].form
        if form.joins in said and line["sub_score"] > 0:
            said[form.joins] += phrase_of(form, line["value"])
    return {code: phrase for code, phrase in said.items() if phrase}
