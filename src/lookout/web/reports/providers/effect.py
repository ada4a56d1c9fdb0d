"""The report on whether handling helped: checks 30, 90 and 180 days after clues were closed."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from lookout.web.cases.rules import assessment_rules
from lookout.web.clues.access import visible
from lookout.web.clues.models import Clue
from lookout.web.clues.selectors import ClueFilter, find_clues
from lookout.web.clues.words import Outcome
from lookout.web.dispatch.models import EffectCheck
from lookout.web.reports.figures import Cell, Content, Request, frozen_rows, provider
from lookout.web.reports.gathering import Gathering, clues_address, company_address, share, written

CHECKS = "处置效果评估"
DAYS = (30, 90, 180)
MOST_LISTED = 40


@provider("effect")
def effect(request: Request) -> Content:
    """Return the report on the effect of handling the clues of a region."""
    g = Gathering(request)
    start, until = g.instants()
    checks = (
        _checks(g).filter(computed_at__gte=start, computed_at__lt=until).select_related("clue", "clue__owner")
    )
    known = [one for one in checks.order_by("effect", "pk") if one.effect is not None]
    _summary(g, checks, known)
    _by_outcome(g, known)
    _by_days(g, known)
    _reopened(g)
    _worst(g, known)
    g.text(
        "method",
        "每条线索办结后满 30、90、180 天各评估一次：得分下降、没有新投诉、没有在投广告、相关人员没有新设企业的，效果高；"
        f"效果在 0 到 1 之间，达到 {assessment_rules().least_effect} 为达标。企业没有评级、不能计算的，不列入平均。",
    )
    return g.content()


def _checks(g: Gathering) -> QuerySet[EffectCheck]:
    found = EffectCheck.objects.filter(clue__in=visible(g.request.user).values("pk"))
    if g.region:
        inside = Q(clue__region_business__startswith=g.region) | Q(
            clue__region_registered__startswith=g.region
        )
        found = found.filter(inside)
    return found


def _mean(checks: list[EffectCheck]) -> Decimal | None:
    values = [one.effect for one in checks if one.effect is not None]
    if not values:
        return None
    return (sum(values, Decimal(0)) / len(values)).quantize(Decimal("0.001"), ROUND_HALF_UP)


def _summary(g: Gathering, checks: QuerySet[EffectCheck], known: list[EffectCheck]) -> None:
    least = assessment_rules().least_effect
    rows = frozen_rows(
        ((one.clue.number, one.clue.company_name, str(one.days), str(one.effect)) for one in known),
        ("线索编号", "企业", "天数", "效果"),
    )
    about: dict[str, Any] = {
        "source": CHECKS,
        "of_run": False,
        "rows": rows,
        "link": clues_address(region=g.region, state="closed"),
    }
    total = checks.count()
    done = g.figure("checks", total, "次", **about)
    waiting = _checks(g).filter(computed_at=None, due_on__lte=g.request.end).count()
    due = g.figure("checks_waiting", waiting, "次", source=CHECKS, of_run=False)
    if not known:
        g.text("summary", f"{g.period}完成评估{done}，没有可以计算效果的；到期未评估{due}。")
        return
    start, until = g.instants(g.before)
    before = [
        one
        for one in _checks(g).filter(computed_at__gte=start, computed_at__lt=until)
        if one.effect is not None
    ]
    mean = _mean(known)
    stands = g.figure("mean_effect", mean, words=written(mean, places=3), **about)
    good = sum(one.effect is not None and one.effect >= least for one in known)
    rate = share(good, len(known))
    said = g.figure("good_rate", rate, "%", words=written(rate, places=1), **about)
    worked = g.figure("checks_known", len(known), "次", **about)
    g.text(
        "summary",
        f"{g.period}完成评估{done}，其中可计算效果{worked}，平均效果{stands}（{g.compared('mean_effect', mean, _mean(before), '环比')}），"
        f"达标率{said}；到期未评估{due}。",
    )


def _line(g: Gathering, name: str, listed: list[EffectCheck], **query: str) -> tuple[Cell, ...]:
    about: dict[str, Any] = {
        "source": CHECKS,
        "of_run": False,
        "link": clues_address(region=g.region, **query),
    }
    least = assessment_rules().least_effect
    good = sum(one.effect is not None and one.effect >= least for one in listed)
    mean = _mean(listed)
    fallen = [
        one.score_then - one.score_now
        for one in listed
        if one.score_then is not None and one.score_now is not None
    ]
    drop = (sum(fallen, Decimal(0)) / len(fallen)).quantize(Decimal("0.01")) if fallen else None
    return (
        name,
        g.make("n", len(listed), "次", **about),
        g.make("mean", mean, words=written(mean, places=3), **about),
        g.rate(good, len(listed), **about),
        g.make("drop", drop, "分", **about),
    )


COLUMNS = ("评估（次）", "平均效果", "达标率（%）", "得分平均下降（分）")


def _by_outcome(g: Gathering, known: list[EffectCheck]) -> None:
    rows = []
    for code, name in Outcome.choices:
        if listed := [one for one in known if one.clue.outcome == code]:
            rows.append(_line(g, str(name), listed, outcome=code))
    if rows:
        rows.append(_line(g, "合计", known, state="closed"))
    g.table(
        "by_outcome",
        "按核查结果",
        ("核查结果", *COLUMNS),
        rows,
        "" if rows else "本期没有可以计算效果的评估。",
    )


def _by_days(g: Gathering, known: list[EffectCheck]) -> None:
    groups = {days: [one for one in known if one.days == days] for days in DAYS}
    rows = [_line(g, f"{days} 天", listed, state="closed") for days, listed in groups.items() if listed]
    g.table(
        "by_days", "按办结后的天数", ("天数", *COLUMNS), rows, "" if rows else "本期没有可以计算效果的评估。"
    )
    g.chart("days_chart", "办结后各阶段的平均效果", "bar", [f"{days} 天" for days in DAYS],
            {"平均效果": [_mean(listed) for listed in groups.values()]}, "效果 0–1")  # fmt: skip


def _reopened(g: Gathering) -> None:
    found: QuerySet[Clue] = find_clues(g.request.user, ClueFilter(region=g.region))
    ever = found.filter(Q(reopened_times__gt=0) | ~Q(outcome=""))
    again = found.filter(reopened_times__gt=0)
    closed = g.clues("ever_closed", ever)
    returned = g.clues("reopened", again, reopened="1")
    rate = share(again.count(), ever.count())
    stands = g.figure("reopened_rate", rate, "%", words=written(rate, places=1), source=CHECKS, of_run=False)
    if not ever.exists():
        g.text("reopened_text", "还没有办结过的线索。")
        return
    g.text(
        "reopened_text",
        f"累计办结过{closed}，其中又重新启动{returned}，占{stands}。重新启动说明处置没有见效或风险再起，应复盘原处置措施。",
    )


def _worst(g: Gathering, known: list[EffectCheck]) -> None:
    rows = []
    for one in known[:MOST_LISTED]:
        link = reverse("dispatch:clue", args=[one.clue.number])
        about: dict[str, Any] = {"source": CHECKS, "of_run": False, "link": link, "period": str(one.due_on)}
        rows.append(
            (
                g.make("clue", one.clue.number, **about),
                g.make("company", one.clue.company, words=one.clue.company_name, source=CHECKS, of_run=False,
                       link=company_address(one.clue.company))
                if one.clue.company
                else one.clue.company_name,
                f"{one.days} 天",
                f"{written(one.score_then)} → {written(one.score_now)}",
                g.make("complaints", one.new_complaints, "件", **about),
                g.make("adverts", one.adverts_online, "条", **about),
                g.make("effect", one.effect, words=written(one.effect, places=3), **about),
            )
        )  # fmt: skip
    note = f"共 {len(known)} 次，列效果最低的 {MOST_LISTED} 次。" if len(known) > MOST_LISTED else ""
    g.table("checks_list", "附录：评估明细（效果由低到高）", ("线索", "企业", "阶段", "得分变化", "新投诉", "在投广告", "效果"), rows,
            note if rows else "本期没有可以计算效果的评估。")  # fmt: skip
