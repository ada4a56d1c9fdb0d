"""Templates of an office: checked when they come in, tried, taken into use; older versions stay."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from lookout.kernel.errors import DataError, Problem
from lookout.proof import sha256_hex, sm3_hex
from lookout.web.accounts.models import User
from lookout.web.attachments import vault
from lookout.web.attachments.services import tidy_name
from lookout.web.audit.services import record
from lookout.web.reports import freezing
from lookout.web.reports.access import visible
from lookout.web.reports.build import template_of
from lookout.web.reports.drafting import draw, head_words
from lookout.web.reports.figures import Content, Figure
from lookout.web.reports.keeping import content_of
from lookout.web.reports.kinds import COMMON, Kind
from lookout.web.reports.lint import lint
from lookout.web.reports.models import Report, ReportTemplate
from lookout.web.reports.rendering import Frame, fill
from lookout.web.reports.words import TemplateState


class TemplateProblemsError(DataError):
    """A template cannot be used; carries every problem with its place."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"模板有 {len(problems)} 处问题，没有保存")


def check(data: bytes, kind: Kind) -> list[Problem]:
    """Return everything wrong with a template; one without problems has been filled once to be sure."""
    problems = lint(data, kind)
    if problems:
        return problems
    try:
        fill(data, kind, _made_up(kind), _sample_frame(kind), draw)
    except DataError as problem:
        return [Problem("整份模板", str(problem))]
    return []


def hand_in(by: User, kind: Kind, name: str, data: bytes, *, note: str, now: datetime) -> ReportTemplate:
    """Keep a template as the next version, not yet in use. Raises TemplateProblemsError."""
    problems = check(data, kind)
    if problems:
        raise TemplateProblemsError(problems)
    digest = sha256_hex(data)
    with transaction.atomic():
        # The kind's rows are held, so that two hand-ins do not get one number.
        list(ReportTemplate.objects.select_for_update().filter(kind=kind.code))
        last = ReportTemplate.objects.filter(kind=kind.code).aggregate(last=Max("version"))["last"] or 0
        made = ReportTemplate.objects.create(
            kind=kind.code,
            version=last + 1,
            name=tidy_name(name, "docx"),
            note=note.strip()[:200],
            stored=vault.put_sealed(data, digest),
            sha256=digest,
            sm3=sm3_hex(data),
            size=len(data),
            uploaded_by=by,
            uploaded_at=now,
        )
        record(by, "template_upload", made, after={"sha256": digest}, reason=note)
    return made


def use(by: User, template: ReportTemplate, kind: Kind, *, now: datetime) -> None:
    """Take a version into use; the one before is kept. Checked again: the catalogue may have changed since."""
    problems = check(content_of(template), kind)
    if problems:
        raise TemplateProblemsError(problems)
    with transaction.atomic():
        before = list(
            ReportTemplate.objects.select_for_update().filter(kind=kind.code, state=TemplateState.IN_USE)
        )
        for one in before:
            one.state = TemplateState.RETIRED
            one.save(update_fields=("state",))
        ReportTemplate.objects.filter(pk=template.pk).update(state=TemplateState.IN_USE, used_from=now)
        versions = "、".join(str(one.version) for one in before)
        record(
            by, "template_use", template, before={"version": versions}, after={"version": template.version}
        )


def use_shipped(by: User, kind: Kind) -> None:
    """Go back to the shipped template."""
    with transaction.atomic():
        for one in ReportTemplate.objects.select_for_update().filter(
            kind=kind.code, state=TemplateState.IN_USE
        ):
            one.state = TemplateState.RETIRED
            one.save(update_fields=("state",))
            record(by, "template_use", one, before={"version": one.version}, after={"version": ""})


def preview(user: User, kind: Kind, template: ReportTemplate | None) -> bytes:
    """Return a template filled with the newest report of the kind the person sees, else with made-up figures."""
    drawn = content_of(template) if template is not None else template_of(kind)
    newest: Report | None = visible(user).filter(kind=kind.code).order_by("-drafted_at", "-pk").first()
    content = freezing.thaw(newest.content) if newest is not None else _made_up(kind)
    return fill(drawn, kind, content, _sample_frame(kind), draw)


def _sample_frame(kind: Kind) -> Frame:
    facts = {key: f"【{title}】" for key, title in COMMON.items()}
    facts["title"] = f"{kind.short}（预览）"
    facts["log_head"] = head_words()
    return Frame(facts, lambda _key: settings.DESK_ADDRESS)


def _made_up(kind: Kind) -> Content:
    """Return content in which every figure and text says its own name; tables and charts are empty."""
    return Content(
        figures={key: Figure(key, 12, "12") for key in kind.figures},
        texts={key: f"【{title}】" for key, title in kind.texts.items()},
    )
