"""The officer's words for codes of the core, translatable, and the figures' written forms."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lookout.kernel.clock import SHANGHAI

BAND_WORDS = {
    "red": _("红色"),
    "orange": _("橙色"),
    "yellow": _("黄色"),
    "normal": _("正常"),
    "grey": _("数据不足"),
    "": _("未评级"),
}
CHANGE_WORDS = {
    "opened": _("新增预警"),
    "raised": _("等级上升"),
    "lowered": _("等级下降"),
    "withdrawn": _("预警解除"),
    "suspended": _("数据不足，暂不评级"),
    "kept": _("等级不变"),
}
DIMENSION_WORDS = {
    "return_rate": _("收益率"),
    "public_exposure": _("涉众面"),
    "harm": _("危害性"),
    "contagion": _("传染度"),
    "complaint_rate": _("投诉率"),
}
STATE_WORDS = {
    "observed": _("有数据"),
    "monitored_zero": _("已监测，未见"),
    "penalised": _("应披露未披露"),
    "missing": _("缺数据"),
    "not_applicable": _("不适用"),
}
PART_WORDS = {
    "indicator": _("指标"),
    "prior": _("行业基准"),
    "floor": _("底线规则"),
    "cap": _("封顶规则"),
}
CHANGE_PART_WORDS = {
    "new_facts": _("新的事实"),
    "decay": _("事实变旧"),
    "corrections": _("数据更正"),
    "catalogue": _("规则调整"),
    "population": _("全体分布变化"),
}
HEALTH_WORDS = {
    "fresh": _("按时"),
    "stale": pgettext_lazy("数据", "过期"),
    "never": _("从未收到"),
}
FRESHNESS_WORDS = {
    "expired": _("超过时限"),
    "silent": _("比往常晚"),
    "never": _("从未收到"),
    "fresh": _("按时"),
}
ENTRY_KIND_WORDS = {"label": _("标签"), "indicator": _("指标")}
ROOM_WORDS = {
    "text": _("等待文本分析"),
    "graph": _("等待图谱"),
    "flows": _("等待资金流分析"),
    "desk": _("等待业务台"),
}
FIGURE_WORDS = {
    "funnel": _("监测范围"),
    "bands": _("各等级企业数"),
    "changes": _("等级变动"),
    "facts": _("事实条数"),
    "rejected": _("退回行数"),
    "labels": _("标签命中次数"),
    "companies": _("企业数"),
    "rated": _("评级企业数"),
    "indicators": _("指标"),
    "seconds": _("用时（秒）"),
    "dimension_weights": _("维度权重"),
    **DIMENSION_WORDS,
}
WHY_UNRESOLVED = {
    "unknown": _("登记信息中没有这个名称或代码"),
    "ambiguous": _("有多家企业用过这个名称，不能确定是哪一家"),
    "conflict": _("代码是一家企业，名称却是另一家"),
}
SCHEME_WORDS = {
    "name": _("企业名称"),
    "uscc": _("统一社会信用代码"),
    "registration_no": _("工商注册号"),
    "organization_code": _("组织机构代码"),
}
POLARITY_WORDS = {"risk": _("风险"), "positive": _("正面")}
WORDS: dict[str, dict[str, Any]] = {
    "band": BAND_WORDS,
    "change": CHANGE_WORDS,
    "dimension": DIMENSION_WORDS,
    "state": STATE_WORDS,
    "part": PART_WORDS,
    "change_part": CHANGE_PART_WORDS,
    "health": HEALTH_WORDS,
    "figure": FIGURE_WORDS,
    "freshness": FRESHNESS_WORDS,
    "entry_kind": ENTRY_KIND_WORDS,
    "room": ROOM_WORDS,
    "scheme": SCHEME_WORDS,
    "why_unresolved": WHY_UNRESOLVED,
    "polarity": POLARITY_WORDS,
}


def word(kind: str, code: str | None) -> str:
    """Return the word for a code; a code without a word is shown as itself, None as ''."""
    return str(WORDS[kind].get(code or "", code or ""))


def moment(value: datetime | str) -> datetime:
    """Return an instant with its offset; the core writes Shanghai wall time, its records as ISO text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)


def written_moment(value: datetime | str | None) -> str:
    """Return `2026-11-22 06:00` in Shanghai time, '' for None."""
    return "" if not value else moment(value).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def written_day(value: date | datetime | None) -> str:
    """Return `2026-11-22`, the Shanghai day of an instant, '' for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = moment(value).astimezone(SHANGHAI).date()
    return value.isoformat()


def written_score(value: Decimal | float | None) -> str:
    """Return a score or points with two places; a dash when there is none."""
    return "—" if value is None else f"{value:.2f}"


def written_change(value: Decimal | float | None) -> str:
    """Return `+5.20`, `−3.10` (a true minus), `0.00`, or '' for None."""
    if value is None:
        return ""
    if value == 0:
        return "0.00"
    return f"{'+' if value > 0 else '−'}{abs(value):.2f}"


def written_share(value: float | None) -> str:
    """Return a share as whole percents, rounded as the explanation sentence rounds it."""
    return "" if value is None else f"{round(value * 100)}%"


def written_value(value: Any) -> str:
    """Return any raw cell as text: days and instants in ISO form, None as ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return translate("是") if value else translate("否")
    if isinstance(value, datetime):
        return written_moment(value) if (value.hour or value.minute) else written_day(value)
    if isinstance(value, date):
        return written_day(value)
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return str(value)


def figure_name(code: str) -> str:
    """Return the word for a count of a run; bands and moves keep their own words."""
    for kind in ("band", "change", "figure"):
        if code in WORDS[kind]:
            return word(kind, code)
    # Steps of the funnel are called by the names their catalogue gives them.
    return translate(code) if code else ""


def written_figure(value: Any) -> str:
    """Return a count with separators, a measured number with two places, anything else as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) else written_value(value)
