"""The catalogue as published with a run: every rule in words and SQL, so that any number can be opened."""

from __future__ import annotations

from typing import Any

from lookout.engine.labels import Label
from lookout.engine.measures import Measure, evidence_sql, render, render_formula, render_hit, shipped_schema
from lookout.engine.scoring import Indicator
from lookout.engine.scoring.model import Rule
from lookout.hub.reading.evidence import ANY_COMPANY
from lookout.pipeline.evaluation import Catalogues, Question


def published_catalogue(catalogues: Catalogues, question: Question) -> dict[str, Any]:
    """Return labels, indicators, rules and code names of a run as plain JSON."""
    rating = catalogues.rating
    rules: list[Rule[Any]] = [*rating.floors, *rating.caps]
    types = catalogues.contracts["company"].columns["organization_type"].codes
    return {
        "labels": _labels(catalogues, question),
        "indicators": {
            code: _indicator(catalogues, question, indicator) for code, indicator in rating.indicators.items()
        },
        "rules": {rule.code: _rule(catalogues, question, rule) for rule in rules},
        "dimensions": {
            name: {"zh": form.zh, "weight": form.weight} for name, form in rating.rules.dimensions.items()
        },
        "organization_types": types,
        "constants": {name: str(value) for name, value in sorted(question.constants.items())},
    }


def _labels(catalogues: Catalogues, question: Question) -> dict[str, Any]:
    entries = {}
    for code, label in catalogues.labels.items():
        measure = label.measure
        entries[code] = {
            "zh": label.zh,
            "en": label.en,
            "family": label.family.code,
            "family_zh": label.family.zh,
            "polarity": label.family.polarity,
            "severity": label.severity,
            "dimension": label.dimension,
            "indicator": label.indicator,
            "half_life_days": label.half_life_days,
            "reason": label.reason,
            "hit": label.hit,
            "waits_for": label.waits_for,
            "source": label.source,
            "rule_text": _label_rule(label),
            "tables": list(_tables(catalogues, measure)) if measure else [],
            "evidence": _evidence(catalogues, question, [measure]) if measure else [],
        }
    return entries


def _label_rule(label: Label) -> str:
    schema = shipped_schema()
    if label.measure is None:
        return ""
    return f"{render(label.measure, schema)}；{render_hit(label.hit, label.measure, schema)}"


def _rule(catalogues: Catalogues, question: Question, rule: Rule[Any]) -> dict[str, Any]:
    """A floor or cap opens to the rows of everything its condition names."""
    measures = [source.measure for source in rule.sources if source.measure is not None]
    return {
        "zh": rule.form.zh,
        "when": rule.form.when,
        "rule_text": rule.form.zh,
        "evidence": _evidence(catalogues, question, measures),
    }


def _indicator(catalogues: Catalogues, question: Question, indicator: Indicator) -> dict[str, Any]:
    form = indicator.form
    measures = [source.measure for source in _behind(catalogues, indicator) if source.measure is not None]
    texts = [render(measure, shipped_schema()) for measure in measures]
    if form.derive:
        texts = [render_formula(form.derive, _names(catalogues)), *texts]
    return {
        "zh": form.zh,
        "en": form.en,
        "dimension": form.dimension,
        "dimension_zh": catalogues.rating.rules.dimensions[form.dimension].zh,
        "unit": form.unit,
        "weight": form.weight,
        "knots": form.knots,
        "scale": form.scale,
        "missing": form.missing,
        "combine": form.combine,
        "size_adjusted": form.size_adjusted,
        "waits_for": form.waits_for,
        "phrase": form.phrase,
        "joins": form.joins,
        "note": form.note,
        "rule_text": "；".join(texts),
        "tables": list(indicator.tables),
        "evidence": _evidence(catalogues, question, measures),
    }


def _names(catalogues: Catalogues) -> dict[str, str]:
    """Return what a derived indicator may name, in Chinese."""
    rating = catalogues.rating
    names = {name: signal.form.zh for name, signal in rating.signals.items()}
    for code, indicator in rating.indicators.items():
        names |= {code: indicator.form.zh} | {source.column: indicator.form.zh for source in indicator.inputs}
    return names


def _behind(catalogues: Catalogues, indicator: Indicator) -> list[Any]:
    """Return the inputs of an indicator; a derived one opens to the inputs of what it is derived from."""
    if indicator.derive is None:
        return list(indicator.inputs)
    rating = catalogues.rating
    found: list[Any] = []
    for name in sorted(indicator.derive.names):
        code = name.partition("__")[0].removesuffix("_score")
        if code in rating.indicators and code != indicator.code:
            found += _behind(catalogues, rating.indicators[code])
        elif name in rating.signals:
            found.append(rating.signals[name].source)
    return found


def _tables(catalogues: Catalogues, measure: Measure) -> tuple[str, ...]:
    """Return the contract tables a measure needs, through marts."""
    if measure.table not in catalogues.marts:
        return (measure.table,)
    needed: set[str] = set()
    for name in catalogues.marts[measure.table].reads:
        needed |= set(_tables(catalogues, measure.model_copy(update={"table": name})))
    return tuple(sorted(needed & set(catalogues.contracts)))


def _evidence(catalogues: Catalogues, question: Question, measures: list[Measure]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for measure in measures:
        queries = evidence_sql(
            measure,
            company_key=ANY_COMPANY,
            as_of_day=question.day,
            constants=question.constants,
            schema=shipped_schema(),
            marts=catalogues.marts,
        )
        text = render(measure, shipped_schema())
        for query in queries:
            found.setdefault(query.sql, {"table": query.table, "sql": query.sql, "rule_text": text})
    return list(found.values())
