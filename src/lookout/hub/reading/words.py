"""How figures and choices are put into Chinese words on pages and in the terminal."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from lookout.hub.reading.model import Band

BAND_NAMES: dict[Band, str] = {
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "normal": "正常",
    "grey": "数据不足",
}
CHANGE_NAMES = {
    "opened": "新增预警",
    "raised": "等级上升",
    "lowered": "等级下降",
    "withdrawn": "预警解除",
    "suspended": "数据不足，暂不评级",
    "kept": "等级不变",
}
DIMENSION_NAMES = {
    "return_rate": "收益率",
    "public_exposure": "涉众面",
    "harm": "危害性",
    "contagion": "传染度",
    "complaint_rate": "投诉率",
}

RATIO = "比例"  # the unit of values 0–1 that people read in percent


def number_text(value: float) -> str:
    """Return a figure with thousands separators and at most two decimals, without trailing zeros."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def value_text(value: float | None, unit: str) -> str:
    """Return a measured value with its unit; '' when missing. A ratio is shown in percent."""
    if value is None:
        return ""
    if unit == RATIO:
        return f"{number_text(100 * value)}%"
    if unit == "有无":
        return "有" if value else "无"
    return number_text(value) + {"%": "%", "": "", "0–100": ""}.get(unit, f" {unit}")


Phrase = str | dict[str, str] | None  # one sentence, or one per level: the highest not above the value


def phrase_text(phrase: Phrase, value: float | None, unit: str) -> str:
    """Fill a phrase of the catalogue.

    `{value}` is the bare figure (a ratio in percent), `{percent}` the figure × 100 with a percent
    sign, `{wan}` the figure ÷ 10,000.
    """
    if value is None or not phrase:
        return ""
    if isinstance(phrase, dict):
        reached = [level for level in phrase if float(level) <= value]
        phrase = phrase[max(reached, key=float)] if reached else ""
    shown = 100 * value if unit == RATIO else value
    texts = {"{value}": shown, "{percent}": 100 * value, "{wan}": value / 10_000}
    for place, figure in texts.items():
        phrase = phrase.replace(place, number_text(figure) + ("%" if place == "{percent}" else ""))
    return phrase


def cell_text(value: object) -> str:
    """Return a raw cell as shown on a page."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case Decimal():
            return f"{value:,.2f}"
        case float():
            return number_text(value)
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case date():
            return value.isoformat()
        case _:
            return str(value)
