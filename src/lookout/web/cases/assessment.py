"""The assessment (统计考核): seven parts of 100 points for a region and period, each opening to its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lookout.kernel.clock import SHANGHAI
from lookout.web.accounts.models import Agency, AgencyKind
from lookout.web.cases.figures import Standing, standings
from lookout.web.cases.models import Case, Outreach, Report
from lookout.web.cases.rules import WHOLE, Part, assessment_rules
from lookout.web.cases.states import CaseVerb
from lookout.web.cases.totals import Period
from lookout.web.cases.words import Figure
from lookout.web.dispatch.models import Deadline, DispatchOrder, EffectCheck
from lookout.web.dispatch.states import OrderState

TITLES: dict[Part, str | Promise] = {
    Part.CLOSED: gettext_lazy("办结率"),
    Part.VERIFIED: gettext_lazy("核查及时率"),
    Part.HANDLED: gettext_lazy("处置率"),
    Part.EFFECTIVE: gettext_lazy("回头看达标率"),
    Part.OLD_CASES: gettext_lazy("陈案化解率"),
    Part.DATA: gettext_lazy("数据质量"),
    Part.OUTREACH: gettext_lazy("宣传教育"),
}
CONCLUDE, FIRST_VISIT = "conclude", "first_visit"
# What a case must tell to count as complete.
REQUIRED = (Figure.ABSORBED, Figure.UNPAID, Figure.PARTICIPANTS, Figure.UNPAID_PARTICIPANTS)
DAYS_OF_A_QUARTER = 91
POINT = Decimal("0.01")


@dataclass(frozen=True)
class Row:
    """One thing that counts: what it is, where it opens, whether it was done, and why."""

    title: str
    link: str
    is_good: bool
    why: str


@dataclass(frozen=True)
class Score:
    """One part: `good` of `all`, its weight, and its points; points None when there was nothing to judge."""

    part: Part
    title: str
    weight: Decimal
    good: int
    all: int

    @property
    def share(self) -> Decimal | None:
        """Return the share that was done, at most 1; None when there was nothing."""
        return min(Decimal(1), Decimal(self.good) / self.all) if self.all else None

    @property
    def points(self) -> Decimal | None:
        """Return the points in hundredths."""
        return None if self.share is None else _points(self.share * self.weight)


@dataclass(frozen=True)
class Assessment:
    """All parts of a region; `missed` are major cases that others found."""

    region: str
    scores: tuple[Score, ...]
    missed: int

    @property
    def deduction(self) -> Decimal:
        """Return what is taken off."""
        return self.missed * assessment_rules().major_case_deduction

    @property
    def points(self) -> Decimal | None:
        """Return the points of 100, not below 0; None when there was nothing to judge.

        Parts in which there was nothing to judge are left out, and the others count for the whole.
        """
        known = [one for one in self.scores if one.share is not None]
        weight = sum((one.weight for one in known), Decimal(0))
        if not weight:
            return None
        reached = sum((one.share * one.weight for one in known if one.share is not None), Decimal(0))
        return max(Decimal(0), _points(reached * WHOLE / weight) - self.deduction)


def _points(value: Decimal) -> Decimal:
    return value.quantize(POINT, ROUND_HALF_UP)


def assess(region: str, period: Period) -> Assessment:
    """Assess a region (a prefix) for a period, from what happened in it."""
    weights = assessment_rules().weights
    scores = []
    for part in Part:
        listed = rows(part, region, period)
        needed = _outreach_target(period) if part is Part.OUTREACH else len(listed)
        scores.append(
            Score(part, str(TITLES[part]), weights[part], sum(one.is_good for one in listed), needed)
        )
    return Assessment(region, tuple(scores), len(missed_rows(region, period)))


def rows(part: Part, region: str, period: Period) -> list[Row]:
    """Return what a part counts, done or not."""
    return READERS[part](region, period)


def missed_rows(region: str, period: Period) -> list[Row]:
    """Return the major cases of a period that others found."""
    new = _standings(region, period, filed_on__gte=period.start, filed_on__lte=period.end)
    return [
        Row(str(one.case), _case(one), False, str(one.case.get_clue_source_display()))
        for one in new
        if one.is_major and not one.case.is_found_by_own_monitoring
    ]


# ---- what each part counts -----------------------------------------------------------------------
def _bounds(period: Period) -> tuple[datetime, datetime]:
    """Return the first instant of a period and the first after it."""
    after = period.end + timedelta(days=1)
    return datetime.combine(period.start, time(), SHANGHAI), datetime.combine(after, time(), SHANGHAI)


def _deadlines(event: str) -> Callable[[str, Period], list[Row]]:
    def read(region: str, period: Period) -> list[Row]:
        """What was due in the period and did not lapse; done when met by then."""
        begin, end = _bounds(period)
        found = Deadline.objects.filter(
            event=event, due_at__gte=begin, due_at__lt=end, owner__region__startswith=region
        ).filter(models.Q(void_at=None) | models.Q(void_at__gt=models.F("due_at")))
        return [
            Row(
                f"{one.clue} · {one.owner}",
                reverse("dispatch:clue", args=[one.clue.number]),
                one.met_at is not None and one.met_at <= one.due_at,
                _("期限 %(due)s，完成 %(met)s") % {"due": _moment(one.due_at), "met": _moment(one.met_at)},
            )
            for one in found.select_related("clue", "owner")
        ]

    return read


def _handled(region: str, period: Period) -> list[Row]:
    """Lead orders sent in the period that stayed with the agency; done when a measure or a report followed in it."""
    begin, end = _bounds(period)
    gone = (OrderState.RETURNED, OrderState.WITHDRAWN)
    sent = DispatchOrder.objects.filter(
        is_lead=True, sent_at__gte=begin, sent_at__lt=end, agency__region__startswith=region
    ).exclude(state__in=gone)
    sent = sent.annotate(
        measures_taken=models.Count(
            "measures", filter=models.Q(measures__taken_at__lt=end, measures__refused_at=None)
        )
    )
    return [
        Row(
            str(one),
            reverse("dispatch:clue", args=[one.clue.number]),
            bool(one.measures_taken) or (one.reported_at is not None and one.reported_at < end),
            _("措施 %(count)s 项，反馈 %(at)s")
            % {"count": one.measures_taken, "at": _moment(one.reported_at)},
        )
        for one in sent.select_related("clue", "agency")
    ]


def _effective(region: str, period: Period) -> list[Row]:
    """Effect checks computed in the period; done when the effect is high enough."""
    begin, end = _bounds(period)
    found = EffectCheck.objects.filter(
        computed_at__gte=begin,
        computed_at__lt=end,
        effect__isnull=False,
        clue__owner__region__startswith=region,
    )
    least = assessment_rules().least_effect
    return [
        Row(
            f"{one.clue} · {one.days}",
            reverse("dispatch:clue", args=[one.clue.number]),
            one.effect is not None and one.effect >= least,
            _("效果 %(effect)s") % {"effect": one.effect},
        )
        for one in found.select_related("clue")
    ]


def _old_cases(region: str, period: Period) -> list[Row]:
    """Cases that were old and open when the period began; done when closed in it."""
    old = period.start - timedelta(days=assessment_rules().old_after_days)
    listed = [
        one
        for one in _standings(region, period, filed_on__lt=old)
        if not one.is_closed or one.days[CaseVerb.CLOSE] >= period.start
    ]
    return [
        Row(
            str(one.case),
            _case(one),
            one.is_closed,
            _("立案 %(filed)s，结案 %(closed)s")
            % {"filed": one.case.filed_on, "closed": one.days.get(CaseVerb.CLOSE, "—")},
        )
        for one in listed
    ]


def _data(region: str, period: Period) -> list[Row]:
    """Reports due in the period, done when in on time and never returned; and its new cases, done when complete."""
    begin, end = _bounds(period)
    owed = Report.objects.filter(due_at__gte=begin, due_at__lt=end, agency__region__startswith=region)
    listed = [
        Row(
            str(one),
            reverse("cases:report", args=[one.pk]),
            one.first_submitted_at is not None
            and one.first_submitted_at <= one.due_at
            and not one.returned_times,
            _("期限 %(due)s，报送 %(at)s，退回 %(times)s 次")
            % {
                "due": _moment(one.due_at),
                "at": _moment(one.first_submitted_at),
                "times": one.returned_times,
            },
        )
        for one in owed.select_related("agency")
    ]
    for one in _standings(region, period, filed_on__gte=period.start, filed_on__lte=period.end):
        lacking = [str(figure.label) for figure in REQUIRED if figure not in one.figures]
        why = _("缺：%(what)s") % {"what": "、".join(lacking)} if lacking else _("必填数据齐全")
        listed.append(Row(str(one.case), _case(one), not lacking, why))
    return listed


def _outreach(region: str, period: Period) -> list[Row]:
    """Publicity activities held in the period."""
    held = Outreach.objects.filter(
        on__gte=period.start, on__lte=period.end, agency__region__startswith=region
    ).select_related("agency")
    return [
        Row(
            f"{one.title} · {one.agency}",
            "",
            True,
            _("%(day)s，%(people)s 人") % {"day": one.on, "people": one.people},
        )
        for one in held
    ]


def _outreach_target(period: Period) -> int:
    """Return how many activities a period asks for, at least one."""
    days = (period.end - period.start).days + 1
    return max(1, round(assessment_rules().outreach_per_quarter * days / DAYS_OF_A_QUARTER))


READERS: dict[Part, Callable[[str, Period], list[Row]]] = {
    Part.CLOSED: _deadlines(CONCLUDE),
    Part.VERIFIED: _deadlines(FIRST_VISIT),
    Part.HANDLED: _handled,
    Part.EFFECTIVE: _effective,
    Part.OLD_CASES: _old_cases,
    Part.DATA: _data,
    Part.OUTREACH: _outreach,
}


def _standings(region: str, period: Period, **narrow: date) -> list[Standing]:
    found = Case.objects.filter(lead_region__startswith=region, **narrow).select_related("agency", "clue")
    return standings(found, period.end)


def _case(one: Standing) -> str:
    return reverse("cases:case", args=[one.case.number])


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "—"


def assessed_regions(region: str) -> Sequence[str]:
    """Return the regions next below one that have a lead department, or the region itself when there are none."""
    leads = Agency.objects.filter(
        kind=AgencyKind.LEAD, is_active=True, region__startswith=region
    ).values_list("region", flat=True)
    below = sorted({code for code in leads if len(code) == len(region) + 2})
    return below or [region]
