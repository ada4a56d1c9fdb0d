"""Make a report: count, freeze, fill the template, keep."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from lookout.kernel.errors import DataError
from lookout.kernel.regions import regions
from lookout.web import published
from lookout.web.accounts.models import Agency, User
from lookout.web.audit.services import record
from lookout.web.evidence.heads import newest_head
from lookout.web.reports import freezing
from lookout.web.reports.access import may_draft, offices
from lookout.web.reports.build import template_of
from lookout.web.reports.figures import Chart, Content, Request, Scope, check_content, provider_of
from lookout.web.reports.keeping import content_of, keep
from lookout.web.reports.kinds import Kind, kind_of
from lookout.web.reports.models import Report, ReportTemplate, Schedule, Serial
from lookout.web.reports.reading import period_words
from lookout.web.reports.rendering import Frame, fill
from lookout.web.reports.subjects import subject_name, today_of
from lookout.web.reports.words import FileForm, Secrecy, TemplateState
from lookout.web.ui import words

_NAME = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
MOST_DAYS = 3660


@dataclass(frozen=True)
class Order:
    """What somebody wants a report about; see figures.Request."""

    kind: str
    scope: Scope
    subject: str
    start: date
    end: date


def make(by: User, order: Order, *, now: datetime, schedule: Schedule | None = None) -> Report:
    """Make a draft. Raises DataError for what cannot be reported on, and when a template in use does not fit."""
    kind = kind_of(order.kind)
    _check(by, order)
    name = subject_name(by, kind, order.scope, order.subject)
    run = published.reader().current()
    asked = Request(by, order.subject, order.start, order.end, run.run_id if run is not None else "", now)
    content = provider_of(kind.provider)(asked)
    check_content(content)
    template = template_in_use(kind)
    with transaction.atomic():
        report = _row(by, order, kind, name, content, now)
        report.template, report.schedule = template, schedule
        report.save()
        report.distribution.set(default_distribution(kind, report.agency))
        keep(report, FileForm.WORD, 1, write(report, content, now), by=by, now=now)
        record(by, "document_make", report, company=_company(report), region=report.region)
    return report


def write(report: Report, content: Content, now: datetime) -> bytes:
    """Return the Word file of a report, filled into the template it was made with."""
    kind = kind_of(report.kind)
    drawn = content_of(report.template) if report.template is not None else template_of(kind)
    return fill(drawn, kind, content, frame_of(report, kind, now), draw)


def draw(chart: Chart) -> bytes:
    """Return a chart as a picture."""
    # Loaded when the first chart is drawn: the library alone takes longer to load than a page without one.
    from lookout.web.reports.charts import draw_chart

    return draw_chart(chart)


def _check(by: User, order: Order) -> None:
    if not may_draft(by):
        raise DataError("您的角色或单位不能编制报告；请联系系统管理员设置单位")
    if order.end < order.start:
        raise DataError("期间的止日早于起日；请检查")
    if (order.end - order.start).days > MOST_DAYS:
        raise DataError("期间超过十年；请缩短")


def _row(by: User, order: Order, kind: Kind, name: str, content: Content, now: datetime) -> Report:
    agency = by.agency
    if agency is None:
        raise DataError("您还没有设置单位，不能编制报告")
    today = today_of(now)
    run = published.reader().current()
    issue = issue_word(kind, agency)
    serial = next_serial(f"{issue}〔{today.year}〕")
    period = "" if kind.period == "none" else period_words(order.start, order.end)
    frozen = freezing.freeze(content)
    return Report(
        number=f"R{today:%Y%m%d}{next_serial(f'R{today:%Y%m%d}'):04d}",
        kind=kind.code,
        title=title_of(kind, name, period),
        issue_word=issue,
        issue_year=today.year,
        issue_serial=serial,
        document_number=f"{issue}〔{today.year}〕{serial}号",
        scope=order.scope,
        subject=order.subject,
        subject_name=name,
        period_start=order.start,
        period_end=order.end,
        run_id=run.run_id if run is not None else "",
        as_of=words.moment(run.as_of) if run is not None else None,
        agency=agency,
        region=agency.region,
        secrecy=Secrecy(kind.secrecy),
        recipients=kind.recipients,
        content=frozen,
        content_sha256=freezing.digest(frozen),
        drafted_by=by,
        drafted_at=now,
    )


def next_serial(key: str) -> int:
    """Return the next number under a key. Call inside the transaction that uses it."""
    Serial.objects.get_or_create(key=key)
    serial = Serial.objects.select_for_update().get(key=key)
    serial.last += 1
    serial.save()
    return serial.last


def issue_word(kind: Kind, agency: Agency) -> str:
    """Return the issue word: the province's is in the catalogue, other offices put their region's name before it."""
    if len(agency.region) <= 2:
        return kind.issue
    region = regions().get(agency.region.ljust(6, "0"))
    name = region.name if region is not None else agency.name
    return f"{name}{kind.issue[1:]}"


def title_of(kind: Kind, name: str, period: str) -> str:
    """Return the title with its few placeholders filled; an empty pair of brackets goes."""
    values = {"subject_name": name, "period": period}
    return (
        _NAME.sub(lambda found: values.get(found.group(1), ""), kind.title).replace("（）", "").strip()[:200]
    )


def default_distribution(kind: Kind, agency: Agency) -> list[Agency]:
    """Return the offices a kind goes to by its catalogue: those above it, and those inside its region."""
    lengths = {"province": 2, "city": 4, "district": 6}
    wanted = {lengths[level] for level in kind.distribution}
    return [
        one
        for one in offices().filter(kind__in=("lead", "monitoring"))
        if len(one.region) in wanted
        and one.pk != agency.pk
        and (one.region.startswith(agency.region) or agency.region.startswith(one.region))
    ]


def template_in_use(kind: Kind) -> ReportTemplate | None:
    """Return the office's own template of a kind, None for the shipped one."""
    return ReportTemplate.objects.filter(kind=kind.code, state=TemplateState.IN_USE).first()


def frame_of(report: Report, kind: Kind, now: datetime) -> Frame:
    """Return what the desk itself says on a report."""
    today = today_of(now)
    facts = {
        "title": report.title,
        "number": report.document_number,
        "issuer": report.agency.name,
        "recipients": report.recipients,
        "secrecy": str(Secrecy(report.secrecy).label),
        "distribution": "，".join(one.name for one in report.distribution.all()) or "无",
        "period": "" if kind.period == "none" else period_words(report.period_start, report.period_end),
        "today": f"{today.year}年{today.month}月{today.day}日",
        "as_of": words.written_moment(report.as_of) or "尚未发布评级",
        "run_id": report.run_id or "无",
        "subject_name": report.subject_name,
        "drafter": str(report.drafted_by),
        "log_head": head_words(),
    }
    return Frame(facts, lambda key: figure_address(report.number, key))


def head_words() -> str:
    """Return the newest signed head of the log in words, for print."""
    newest = newest_head()
    if newest is None:
        return "尚未签发"
    head = newest.head
    return f"{words.written_moment(head.at)}共{head.size}条，根值{head.root.hex()}"


def figure_address(number: str, key: str) -> str:
    """Return the address of a figure, as it stands in the Word file."""
    return f"{settings.DESK_ADDRESS.rstrip('/')}{reverse('reports:figure', args=[number, key])}"


def _company(report: Report) -> str:
    return report.subject if report.scope == "company" else ""
