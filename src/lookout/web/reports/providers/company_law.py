"""The legal analysis of a company: each element, what speaks for it and against it, and what is not known."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse

from lookout.hub.reading import Contribution, Dossier, LabelHit
from lookout.web.clues.access import visible
from lookout.web.clues.guidance import element_of
from lookout.web.clues.models import ElementFinding
from lookout.web.clues.words import Element, Verdict
from lookout.web.reports.figures import Cell
from lookout.web.reports.gathering import Gathering, written
from lookout.web.reports.reading import RATING

# What each element asks for, in the words of the regulation and the interpretation.
ASKS = {
    Element.ILLEGALITY: "未经依法许可或者违反国家金融管理规定吸收资金，或者借用合法经营的形式",
    Element.INDUCEMENT: "许诺还本付息或者给予其他投资回报",
    Element.PUBLICITY: "向不特定对象吸收资金",
    Element.OPEN_PROMOTION: "通过网络、媒体、推介会、传单、手机信息等公开宣传",
}
# Labels that speak against an element: a licence, custody, a licensed guarantee.
AGAINST = {
    "POS011": Element.ILLEGALITY,
    "POS012": Element.INDUCEMENT,
    "POS013": Element.INDUCEMENT,
}
MOST_FOR = 4
SERIOUS = Decimal("50")  # sub-score from which an indicator counts as evidence


def add_law(g: Gathering, dossier: Dossier) -> None:
    """Add the four elements one by one."""
    judged = _judged(g, dossier)
    rows: list[tuple[Cell, ...]] = []
    shown = 0
    for number, element in enumerate(Element, start=1):
        speaks = _for(dossier, element)
        against = _against(dossier, element)
        unknown = _unknown(dossier, element)
        verdict = judged.get(element)
        shown += bool(speaks)
        key = f"element_{element.value}"
        stands = g.figure(f"{key}_for", len(speaks), "项", source=RATING, link=_link(dossier, speaks))
        beside = g.figure(f"{key}_against", len(against), "项", source=RATING, link=_link(dossier, against))
        missing = g.figure(f"{key}_unknown", len(unknown), "项", source=RATING)
        said = f"承办人认定：{verdict}。" if verdict else "尚无承办人认定。"
        g.text(
            key,
            f"E{number} {element.label}：{ASKS[element]}。支持的事实{stands}，相反的事实{beside}，缺数据无法判断的{missing}。{said}",
        )
        lines = [("支持", name, text, code) for name, text, code in speaks[:MOST_FOR]]
        lines += [("相反", name, text, code) for name, text, code in against[:MOST_FOR]]
        lines += [("不确定", name, "缺数据", code) for name, code in unknown[:MOST_FOR]]
        for direction, name, text, code in lines:
            link = reverse("companies:evidence", args=[dossier.row.identifier, code])
            rows.append(
                (
                    f"E{number} {element.label}",
                    direction,
                    g.make("fact", code, words=name, source=RATING, link=link),
                    text,
                )
            )
    g.table(
        "elements", "要件逐条对照", ("要件", "方向", "事实", "说明"), rows,
        "点击事实可以看到原始数据。每一要件至多列支持、相反、不确定各 4 项。" if rows else "没有可以对照的事实。",
    )  # fmt: skip
    known = g.figure("elements_shown", shown, "个", source=RATING)
    g.text(
        "law_summary",
        f"《防范和处置非法集资条例》第二条的三个要件和司法解释的公开性要件中，有支持事实的{known}。"
        "以上是系统对已有数据的归类，供审查时查找证据；是否构成非法集资，由有权机关依法认定。"
        "仅向亲友或者单位内部特定对象吸收资金且未公开宣传的，不属于非法集资，应在核查中排除。",
    )


def _judged(g: Gathering, dossier: Dossier) -> dict[Element, str]:
    """Return what officers have found of each element, the newest clue that says anything first."""
    clues = visible(g.request.user).filter(company=dossier.row.identifier)
    found: dict[Element, str] = {}
    for one in ElementFinding.objects.filter(clue__in=clues).order_by("-clue__opened_at", "-pk"):
        if one.verdict != Verdict.UNKNOWN:
            note = f"（{one.note}）" if one.note else ""
            found.setdefault(Element(one.element), f"{one.get_verdict_display()}{note}")
    return found


def _for(dossier: Dossier, element: Element) -> list[tuple[str, str, str]]:
    """Return (name, words, code) of what speaks for an element, the weightiest first."""
    heavy = [
        one
        for one in dossier.contributions
        if one.part == "indicator" and element_of(one.code) == element and _is_evidence(one)
    ]
    heavy.sort(key=lambda one: (-(one.sub_score or 0), one.code))
    labels = [one for one in dossier.labels if one.polarity == "risk" and element_of(one.code) == element]
    labels.sort(key=lambda one: (-one.severity, one.code))
    found = [(one.name, one.phrase or one.value_text, one.code) for one in heavy]
    return found + [(one.name, _reason(one), one.code) for one in labels]


def _is_evidence(one: Contribution) -> bool:
    return one.state == "observed" and one.sub_score is not None and Decimal(str(one.sub_score)) >= SERIOUS


def _reason(one: LabelHit) -> str:
    return one.reason or one.name


def _against(dossier: Dossier, element: Element) -> list[tuple[str, str, str]]:
    """Return what speaks against an element: looked for and not found, or a fact to the contrary."""
    positive = [
        (one.name, _reason(one), one.code) for one in dossier.labels if AGAINST.get(one.code) is element
    ]
    clean = [
        (
            one.name,
            "已监测，未见" if one.state == "monitored_zero" else f"实测 {one.value_text or written(0)}，低",
            one.code,
        )
        for one in dossier.contributions
        if one.part == "indicator" and element_of(one.code) == element and _is_clean(one)
    ]
    return positive + clean


def _is_clean(one: Contribution) -> bool:
    return one.state == "monitored_zero" or (one.state == "observed" and one.sub_score == 0)


def _unknown(dossier: Dossier, element: Element) -> list[tuple[str, str]]:
    return [
        (one.name, one.code)
        for one in dossier.contributions
        if one.part == "indicator"
        and element_of(one.code) == element
        and one.state in ("missing", "penalised")
    ]


def _link(dossier: Dossier, facts: list[tuple[str, str, str]]) -> str:
    if not facts:
        return ""
    return reverse("companies:evidence", args=[dossier.row.identifier, facts[0][2]])
