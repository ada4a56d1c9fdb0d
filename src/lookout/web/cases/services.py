"""Changes to cases. Each runs in one transaction, adds an event or a figure, and is recorded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.audit.services import record
from lookout.web.cases.figures import standing_of
from lookout.web.cases.models import Case, CaseCounter, CaseEvent, CaseFigure, CaseRegion
from lookout.web.cases.reporting import owe_flash
from lookout.web.cases.states import CaseState, CaseVerb, Determination, after, may_close
from lookout.web.cases.words import Figure, Stability
from lookout.web.clues.models import Clue
from lookout.web.clues.services import NotNowError, StaleObjectError
from lookout.web.clues.words import Outcome

FROM_OUTCOMES = (Outcome.CASE, Outcome.TRANSFERRED)
FIELD_OF = {
    CaseVerb.DETERMINE: "determination",
    CaseVerb.STABILITY: "stability",
}


@dataclass(frozen=True)
class Filing:
    """What is known when a case is filed; regions as six digits, money in yuan, None for not known."""

    name: str
    company_name: str
    clue_source: str
    lead_region: str
    industry: str
    mode: str
    first_found_on: date
    filed_on: date
    company: str = ""
    involved_regions: Sequence[str] = ()
    absorbed: Decimal | None = None
    participants: Decimal | None = None


def file_case(by: User, filing: Filing, *, now: datetime, clue: Clue | None = None) -> Case:
    """File a case, from a closed clue or by hand; a flash report is owed from now on."""
    _check_filing(filing, now, clue)
    lead = _lead_agency(filing.lead_region)
    try:
        with transaction.atomic():
            case = Case.objects.create(
                number=_next_number(filing.lead_region, filing.filed_on.year),
                name=filing.name.strip(),
                clue=clue,
                clue_source=filing.clue_source,
                company=filing.company,
                company_name=filing.company_name.strip(),
                lead_region=filing.lead_region,
                agency=lead,
                industry=filing.industry,
                mode=filing.mode,
                first_found_on=filing.first_found_on,
                filed_on=filing.filed_on,
            )
            others = sorted(set(filing.involved_regions) - {filing.lead_region})
            CaseRegion.objects.bulk_create(CaseRegion(case=case, region=region) for region in others)
            filed = _add_event(by, case, CaseVerb.FILE, on=filing.filed_on, now=now)
            _record(
                by,
                "case_file",
                case,
                after={
                    "clue": clue.number if clue else "",
                    "lead_region": case.lead_region,
                    "regions": others,
                },
            )
            for figure, value in (
                (Figure.ABSORBED, filing.absorbed),
                (Figure.PARTICIPANTS, filing.participants),
            ):
                if value is not None:
                    add_figure(by, case, figure, value, on=filing.filed_on, now=now)
            if clue is not None and clue.outcome == Outcome.TRANSFERRED:
                case = happen(by, case, CaseVerb.TRANSFER, on=filing.filed_on, now=now)
            owe_flash(case, filed, now)
    except IntegrityError:
        if clue is None or not Case.objects.filter(clue=clue).exists():
            raise
        raise DataError(f"线索 {clue.number} 已经立案，不用再立") from None
    return case


def _check_filing(filing: Filing, now: datetime, clue: Clue | None) -> None:
    problems = []
    if filing.first_found_on > filing.filed_on:
        problems.append("首次发现日期晚于立案日期")
    if filing.filed_on > timezone.localdate(now):
        problems.append("立案日期在将来")
    if not filing.name.strip() or not filing.company_name.strip():
        problems.append("请写明案件名称和企业名称")
    if clue is not None and clue.outcome not in FROM_OUTCOMES:
        problems.append("这条线索没有以“立案调查认定”或“移送公安”办结")
    if problems:
        raise DataError("；".join(problems))


def _lead_agency(region: str) -> Agency:
    """Return the lead department nearest to a region."""
    leads = Agency.objects.filter(kind=AgencyKind.LEAD, is_active=True).order_by("pk")
    found = max(
        (one for one in leads if region.startswith(one.region)),
        key=lambda one: len(one.region),
        default=None,
    )
    if found is None:
        raise DataError(f"地区 {region} 没有牵头部门；请系统管理员先在“管理—单位”里新增")
    return found


def _next_number(region: str, year: int) -> str:
    CaseCounter.objects.get_or_create(region=region, year=year)
    counter = CaseCounter.objects.select_for_update().get(region=region, year=year)
    counter.last += 1
    counter.save()
    return f"{region}{year}{counter.last:04d}"


def happen(
    by: User,
    case: Case,
    verb: CaseVerb,
    *,
    on: date,
    now: datetime,
    version: int | None = None,
    value: str = "",
    note: str = "",
) -> Case:
    """Enter what happened to a case on a day. Raises DataError when it cannot have happened, or not then."""
    with transaction.atomic():
        current = _lock(case, version)
        _check_day(current, on, now)
        value = _checked_value(current, verb, value, on)
        target = after(CaseState(current.state), current.police_state, verb)
        if target is None or (
            verb is CaseVerb.CLOSE
            and not may_close(CaseState(current.state), current.police_state, current.determination)
        ):
            raise NotNowError(
                f"案件现在是“{current.get_state_display()}”，不能登记“{verb.label}”；请刷新后再看"
            )
        changes = _changes(verb, target, value, on)
        before = {name: getattr(current, name) for name in changes}
        for name, new in changes.items():
            setattr(current, name, new)
        current.version += 1
        current.save()
        added = _add_event(by, current, verb, on=on, now=now, value=value, note=note)
        told = {name: new for name, new in changes.items() if before[name] != new}
        _record(
            by,
            f"case_{verb.value}",
            current,
            before={name: before[name] for name in told},
            after={**told, "on": on, **({"value": value} if value else {})},
            reason=note,
        )
        if verb is CaseVerb.MASS_EVENT:
            owe_flash(current, added, now)
    return current


def _changes(verb: CaseVerb, target: tuple[CaseState, str], value: str, on: date) -> Mapping[str, Any]:
    changes: dict[str, Any] = {"state": target[0], "police_state": target[1]}
    if verb in FIELD_OF:
        changes[FIELD_OF[verb]] = value
    if verb in (CaseVerb.SUSPEND, CaseVerb.RESUME):
        changes["is_suspended"] = verb is CaseVerb.SUSPEND
    if verb is CaseVerb.CLOSE:
        changes["closed_on"] = on
    return changes


def _lock(case: Case, version: int | None) -> Case:
    current = Case.objects.select_for_update().get(pk=case.pk)
    if version is not None and current.version != version:
        raise StaleObjectError("别人刚刚改过这个案件，您的修改没有保存；请刷新后看过再改")
    return current


def _check_day(case: Case, on: date, now: datetime) -> None:
    if on > timezone.localdate(now):
        raise DataError("日期在将来，还没有发生的事不能登记")
    last = case.events.order_by("-on", "-pk").first()
    if last is not None and on < last.on:
        raise DataError(f"日期早于上一步“{last}”（{last.on}）；请按发生的先后登记")


def _checked_value(case: Case, verb: CaseVerb, value: str, on: date) -> str:
    """Return what the verb needs, '' when it needs nothing. Raises DataError when it is missing or out of bounds."""
    if verb is CaseVerb.DETERMINE:
        if value not in Determination.values:
            raise DataError("请选定性质认定的结论")
        return value
    if verb is CaseVerb.STABILITY:
        if value not in Stability.values:
            raise DataError("请选定稳定形势")
        return value
    if verb is CaseVerb.DISPOSE and case.determination != Determination.ILLEGAL:
        raise DataError("没有认定为非法集资，不能处置")
    return _checked_fine(case, value, on) if verb is CaseVerb.PENALISE else ""


def _checked_fine(case: Case, value: str, on: date) -> str:
    bounds = standing_of(case, on).fine_range
    if bounds is None:
        raise DataError("还没有登记吸收资金，不能计算罚款幅度；请先登记数据")
    try:
        fine = Decimal(value)
    except InvalidOperation:
        raise DataError("请填写罚款金额（元）") from None
    if not fine.is_finite() or not bounds[0] <= fine <= bounds[1]:
        raise DataError(
            f"罚款应在 {bounds[0]:,} 元到 {bounds[1]:,} 元之间（条例第三十条：集资金额的 20% 以上 1 倍以下）"
        )
    return str(fine)


def add_figure(
    by: User, case: Case, figure: Figure, value: Decimal, *, on: date, now: datetime, note: str = ""
) -> CaseFigure:
    """Add a figure as of a day; one for a day that has one already corrects it and needs a note."""
    if value < 0 or (figure is Figure.ELDERLY_SHARE and value > 100):
        raise DataError(f"{figure.label}不能是 {value}")
    if on > timezone.localdate(now) or on < case.filed_on:
        raise DataError(f"数据日期应在立案日期 {case.filed_on} 到今天之间")
    with transaction.atomic():
        earlier = case.figures.filter(figure=figure, on=on).order_by("-pk").first()
        if earlier is not None and not note.strip():
            raise DataError(f"{on} 的{figure.label}已是 {earlier.value:,}；更正请写明原因")
        added = CaseFigure.objects.create(
            case=case, figure=figure, value=value, on=on, entered_at=now, entered_by=by, note=note.strip()
        )
        _record(
            by,
            "case_figure",
            case,
            before={figure.value: earlier.value} if earlier else None,
            after={figure.value: value, "on": on},
            reason=note,
        )
    return added


def _add_event(
    by: User, case: Case, verb: CaseVerb, *, on: date, now: datetime, value: str = "", note: str = ""
) -> CaseEvent:
    return CaseEvent.objects.create(
        case=case,
        verb=verb,
        value=value,
        state=case.state,
        police_state=case.police_state,
        on=on,
        entered_at=now,
        entered_by=by,
        note=note,
    )


def _record(by: User, verb: str, case: Case, **values: Any) -> None:
    record(by, verb, case, company=case.company, region=case.lead_region, **values)
