"""From materialised passes to label hits, and from a hit to its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from sqlglot import exp

from lookout.contracts.constants import ConstantValue
from lookout.engine.labels.form import Label
from lookout.engine.measures import in_dialect
from lookout.engine.measures.parse import parse
from lookout.hub.marts.binding import bind_expression, day_literal, guard_divisions, to_sql

NO_HITS = (
    "SELECT CAST(NULL AS INTEGER) AS company_key, CAST(NULL AS VARCHAR) AS code, "
    "CAST(NULL AS DOUBLE) AS value, CAST(NULL AS DATE) AS hit_on, CAST(NULL AS DOUBLE) AS strength WHERE 1 = 0"
)


class LabelState(StrEnum):
    """What can be said of a label of one company."""

    HIT = "hit"
    MISS = "miss"  # looked at, and not so
    MISSING = "missing"  # nothing to look at


def state_of(*, is_hit: bool, value: float | None, has_rows: bool, is_connected: bool) -> LabelState:
    """Return hit, miss or missing.

    `has_rows`: the pass has a row for the company. `is_connected`: every table the label needs covers the
    company. No row in a connected table is a miss; a NULL measure, or no row and no connection, is missing.
    """
    if is_hit:
        return LabelState.HIT
    if has_rows:
        return LabelState.MISS if value is not None else LabelState.MISSING
    return LabelState.MISS if is_connected else LabelState.MISSING


def _hits_of(label: Label, source: str, as_of_day: date, values: Mapping[str, ConstantValue]) -> str:
    bound = guard_divisions(bind_expression(parse(label.hit), as_of_day, values))
    root = exp.Paren(this=bound)
    for column in list(root.find_all(exp.Column)):
        if column.name == "value":
            column.replace(exp.column(f"{label.code}__value", quoted=True))
    today = to_sql(day_literal(as_of_day))
    hit_on = f'least(coalesce("{label.code}__at", {today}), {today})'
    strength = f"round(power(0.5, date_diff('day', {hit_on}, {today}) / {label.half_life_days}.0), 6)"
    return (
        f'SELECT "company_key", \'{label.code}\' AS "code", "{label.code}__value" AS "value", '
        f'{hit_on} AS "hit_on", {strength} AS "strength" FROM "{source}" WHERE {to_sql(root)}'
    )


def evaluate(
    labels: Mapping[str, Label],
    *,
    passes: Mapping[str, str],
    as_of_day: date,
    constants: Mapping[str, ConstantValue],
    dialect: str = "duckdb",
) -> str:
    """Return the SELECT of all label hits, in the store's dialect.

    `passes` names, for each table or mart, the relation that holds its materialised pass; the measure ids
    are the label codes. Columns: company_key, code, value DOUBLE, hit_on (day of the newest evidence row,
    as_of when there is none) and strength (0–1, 0.5^(age ÷ half-life), six decimals).
    """
    parts = [
        _hits_of(label, passes[label.measure.table], as_of_day, constants)
        for label in labels.values()
        if label.measure is not None and label.measure.table in passes
    ]
    return in_dialect(" UNION ALL ".join(parts) or NO_HITS, dialect)


def _short(value: float, places: int = 2) -> str:
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def reason_text(label: Label, value: float) -> str:
    """Return the sentence of a hit with its figure put in, such as 近一年经营范围变更3次."""
    return label.reason.format(
        value=_short(value), percent=f"{_short(value * 100, 1)}%", wan=_short(value / 10_000)
    )
