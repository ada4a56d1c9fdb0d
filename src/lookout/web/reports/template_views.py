"""Pages of templates and schedules."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.kernel.errors import DataError, LookoutError
from lookout.web.accounts.access import at_place, person
from lookout.web.accounts.roles import Place
from lookout.web.reports import drawing, scheduling, selectors
from lookout.web.reports.access import access_schedule, access_template, may_draft, may_draw, schedules
from lookout.web.reports.build import template_of
from lookout.web.reports.drafting import template_in_use
from lookout.web.reports.forms import ScheduleForm, TemplateForm
from lookout.web.reports.keeping import content_of
from lookout.web.reports.kinds import COMMON, Kind, kinds
from lookout.web.reports.models import ReportTemplate
from lookout.web.reports.packages import MOST_BYTES
from lookout.web.reports.sealing import MEDIA
from lookout.web.reports.views import download
from lookout.web.reports.words import FileForm

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


def for_drafters(view: View[Rest]) -> View[Rest]:
    """Let only people who make reports reach a view."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if not may_draft(person(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return at_place(Place.REPORTS)(guarded)


def _kind(code: str) -> Kind:
    found = kinds().get(code)
    if found is None:
        raise Http404
    return found


@require_safe
@for_drafters
def template_list(request: HttpRequest) -> HttpResponse:
    """List the kinds with the template each is made with."""
    lines = [(one, template_in_use(one)) for one in kinds().values()]
    return render(request, "reports/templates.html", {"lines": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@for_drafters
def template_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a kind's template: download, hand in, try, use; and every placeholder it may have."""
    user, kind = person(request), _kind(code)
    form = TemplateForm(request.POST or None, request.FILES or None)
    problems: tuple[Any, ...] = ()
    if request.method == "POST":
        if not may_draw(user):
            raise PermissionDenied
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                if file.size > MOST_BYTES:
                    raise DataError(_("文件超过 10 MB；请压缩其中的图片后再上传"))
                note = form.cleaned_data["note"]
                made = drawing.hand_in(user, kind, file.name, file.read(), note=note, now=timezone.now())
            except drawing.TemplateProblemsError as refused:
                problems = refused.problems
            except DataError as problem:
                form.add_error(None, str(problem))
            else:
                messages.success(
                    request, _("第 %(version)s 版已通过检查；请预览后启用。") % {"version": made.version}
                )
                return redirect("reports:template", code)
    context = {
        "kind": kind,
        "form": form,
        "problems": problems,
        "versions": selectors.list_templates(code),
        "in_use": template_in_use(kind),
        "may_draw": may_draw(user),
        "groups": [
            (_("通用"), COMMON.items()),
            (_("数字"), kind.figures.items()),
            (_("文字"), kind.texts.items()),
            (_("表（独占一段）"), kind.tables.items()),
            (_("图（独占一段）"), kind.charts.items()),
        ],
    }
    return render(request, "reports/template.html", context, status=422 if problems or form.errors else 200)


@require_safe
@for_drafters
def template_file(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Download a version of a template; 0 is the shipped one."""
    kind = _kind(code)
    template = _version(request, kind, pk)
    content = content_of(template) if template is not None else template_of(kind)
    return download(
        content, f"{kind.short}-template-{template.version if template else 0}.docx", MEDIA[FileForm.WORD]
    )


@require_safe
@for_drafters
def template_preview(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """Download a version filled with figures."""
    kind = _kind(code)
    try:
        content = drawing.preview(person(request), kind, _version(request, kind, pk))
    except LookoutError as problem:
        messages.error(request, str(problem))
        return redirect("reports:template", code)
    return download(content, f"{kind.short}-preview.docx", MEDIA[FileForm.WORD])


@require_POST
@for_drafters
def template_use(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """Take a version into use; 0 goes back to the shipped one."""
    user, kind = person(request), _kind(code)
    if not may_draw(user):
        raise PermissionDenied
    template = _version(request, kind, pk)
    try:
        if template is None:
            drawing.use_shipped(user, kind)
        else:
            drawing.use(user, template, kind, now=timezone.now())
    except drawing.TemplateProblemsError as refused:
        messages.error(request, "；".join(str(one) for one in refused.problems))
    else:
        messages.success(request, _("已启用；今后编制的报告用这一版。"))
    return redirect("reports:template", code)


def _version(request: HttpRequest, kind: Kind, pk: int) -> ReportTemplate | None:
    if pk == 0:
        return None
    found = access_template(person(request), pk)
    if found.kind != kind.code:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@for_drafters
def schedule_list(request: HttpRequest) -> HttpResponse:
    """List what makes itself, and set up more."""
    user = person(request)
    form = ScheduleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            scheduling.add_schedule(user, now=timezone.now(), **form.cleaned_data)
        except LookoutError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("已设置；到点自动编成草稿，并通知您。"))
            return redirect("reports:schedules")
    context = {
        "schedules": schedules(user),
        "form": form,
        "short": {one.code: one.short for one in kinds().values()},
    }
    return render(request, "reports/schedules.html", context, status=422 if form.errors else 200)


@require_POST
@for_drafters
def schedule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a schedule, or let it go on."""
    user = person(request)
    schedule = access_schedule(user, pk)
    scheduling.switch(user, schedule, is_active=not schedule.is_active)
    messages.success(request, _("已启用。") if schedule.is_active else _("已停止。"))
    return redirect("reports:schedules")
