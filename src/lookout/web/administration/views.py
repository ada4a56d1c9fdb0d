"""Management pages: people, agencies, and the record of changes."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lookout.web.accounts import services
from lookout.web.accounts.access import at_place, for_roles, person, privileged
from lookout.web.accounts.models import Agency, User
from lookout.web.accounts.roles import Place, Role
from lookout.web.administration import selectors
from lookout.web.administration.access import (
    GIVES_RIGHTS,
    MAKES_ACCOUNTS,
    READS_RECORD,
    access_agency,
    access_person,
)
from lookout.web.administration.forms import (
    AgencyForm,
    NewPersonForm,
    PersonForm,
    ReasonForm,
    RecordForm,
    RightsForm,
)
from lookout.web.audit.models import AuditEntry
from lookout.web.audit.selectors import check_wholeness, list_entries
from lookout.web.ui.excel import MOST_ROWS, Cell, excel_response
from lookout.web.ui.paging import Paging, read_offset
from lookout.web.ui.words import written_moment

PAGE = 50
EDIT = require_http_methods(["GET", "POST"])


def _context(request: HttpRequest, **more: object) -> dict[str, object]:
    role = Role(person(request).role)
    return {
        "makes_accounts": role in MAKES_ACCOUNTS,
        "gives_rights": role in GIVES_RIGHTS,
        "reads_record": role in READS_RECORD,
        **more,
    }


@require_safe
@at_place(Place.ADMINISTRATION)
def people_list(request: HttpRequest) -> HttpResponse:
    """List the accounts."""
    query = request.GET
    wanted = selectors.PeopleFilter(query.get("q", ""), query.get("role", ""), query.get("state", ""))
    people = selectors.list_people(wanted)
    paging = Paging(read_offset(query), PAGE, people.count())
    return render(
        request,
        "administration/people.html",
        _context(
            request,
            people=people[paging.offset : paging.offset + PAGE],
            paging=paging,
            wanted=wanted,
            roles=Role.choices,
        ),
    )


@EDIT
@for_roles(Place.ADMINISTRATION, MAKES_ACCOUNTS)
@privileged
def person_new(request: HttpRequest) -> HttpResponse:
    """Make an account and show its temporary password, once."""
    form = NewPersonForm(request.POST or None)
    if form.is_valid():
        data = form.cleaned_data
        made, password = services.create_person(
            person(request), username=data["username"], name=data["first_name"], agency=data["agency"]
        )
        return _show_password(request, made, password)
    return render(request, "administration/new_person.html", _context(request, form=form))


@EDIT
@at_place(Place.ADMINISTRATION)
def person_page(request: HttpRequest, number: int) -> HttpResponse:
    """Show an account; system officers may change name and agency."""
    shown, user = access_person(number), person(request)
    may_edit = Role(user.role) in MAKES_ACCOUNTS and user.pk != shown.pk
    form = PersonForm((request.POST or None) if may_edit else None, instance=access_person(number))
    if may_edit and form.is_valid():
        services.change_person(user, shown, form.cleaned_data)
        messages.success(request, _("已保存。"))
        return redirect("administration:person", number)
    return render(
        request,
        "administration/person.html",
        _context(
            request,
            shown=shown,
            form=form,
            may_edit=may_edit,
            is_self=user.pk == shown.pk,
            is_locked=selectors.is_locked(shown),
            has_second_factor=selectors.has_second_factor(shown),
            rights_form=RightsForm(
                initial={"role": shown.role, "region": shown.region, "is_active": shown.is_active}
            ),
            reason_form=ReasonForm(),
        ),
    )


@require_POST
@for_roles(Place.ADMINISTRATION, GIVES_RIGHTS)
@privileged
def person_rights(request: HttpRequest, number: int) -> HttpResponse:
    """Give role and region, open or close the account."""
    shown, form = access_person(number), RightsForm(request.POST)
    if not form.is_valid():
        for field, problems in form.errors.items():
            messages.error(request, f"{form.fields[field].label}：{'；'.join(map(str, problems))}")
        return redirect("administration:person", number)
    data = form.cleaned_data
    values = {name: data[name] for name in ("role", "region", "is_active")}
    changed = services.change_person(person(request), shown, values, reason=data["reason"])
    messages.success(
        request, _("权限已更改，对方需要重新登录。") if changed else _("没有变化，什么也没有改。")
    )
    return redirect("administration:person", number)


@require_POST
@for_roles(Place.ADMINISTRATION, MAKES_ACCOUNTS)
@privileged
def person_password(request: HttpRequest, number: int) -> HttpResponse:
    """Give a temporary password."""
    shown = access_person(number)
    return _show_password(request, shown, services.give_temporary_password(person(request), shown))


def _show_password(request: HttpRequest, shown: User, password: str) -> HttpResponse:
    return render(request, "administration/password.html", _context(request, shown=shown, password=password))


@require_POST
@for_roles(Place.ADMINISTRATION, GIVES_RIGHTS)
@privileged
def person_second_factor(request: HttpRequest, number: int) -> HttpResponse:
    """Remove a lost authenticator."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        services.reset_second_factor(
            person(request), access_person(number), reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("已解除绑定，对方下次登录时重新绑定。"))
    else:
        messages.error(request, _("没有解除：请写明依据。"))
    return redirect("administration:person", number)


@require_POST
@for_roles(Place.ADMINISTRATION, GIVES_RIGHTS)
def person_unlock(request: HttpRequest, number: int) -> HttpResponse:
    """Lift a lock."""
    services.unlock(person(request), access_person(number))
    messages.success(request, _("已解锁。"))
    return redirect("administration:person", number)


@require_safe
@at_place(Place.ADMINISTRATION)
def agency_list(request: HttpRequest) -> HttpResponse:
    """List the agencies."""
    return render(
        request, "administration/agencies.html", _context(request, agencies=selectors.list_agencies())
    )


@EDIT
@for_roles(Place.ADMINISTRATION, MAKES_ACCOUNTS)
@privileged
def agency_new(request: HttpRequest) -> HttpResponse:
    """Add an agency."""
    return _edit_agency(request, Agency())


@EDIT
@for_roles(Place.ADMINISTRATION, MAKES_ACCOUNTS)
@privileged
def agency_page(request: HttpRequest, number: int) -> HttpResponse:
    """Change an agency."""
    return _edit_agency(request, access_agency(number))


def _edit_agency(request: HttpRequest, agency: Agency) -> HttpResponse:
    # The form fills in its instance while it validates; the record needs the values before.
    edited = access_agency(agency.pk) if agency.pk else Agency()
    form = AgencyForm(request.POST or None, instance=edited)
    if form.is_valid():
        services.save_agency(person(request), agency, form.cleaned_data)
        messages.success(request, _("已保存。"))
        return redirect("administration:agencies")
    return render(request, "administration/agency.html", _context(request, form=form, agency=agency))


@require_safe
@for_roles(Place.ADMINISTRATION, READS_RECORD)
def record_list(request: HttpRequest) -> HttpResponse:
    """Search the record of changes."""
    form = RecordForm(request.GET or None)
    entries = list_entries(form.wanted())
    paging = Paging(read_offset(request.GET), PAGE, entries.count())
    shown = entries[paging.offset : paging.offset + PAGE]
    return render(
        request,
        "administration/record.html",
        _context(request, entries=shown, paging=paging, form=form, query=request.GET.urlencode()),
    )


@require_POST
@for_roles(Place.ADMINISTRATION, READS_RECORD)
def record_check(request: HttpRequest) -> HttpResponse:
    """Walk the chain and say whether the record is whole, and where it is not."""
    found = check_wholeness()
    if found.is_whole:
        messages.success(
            request, _("已核对全部 %(count)s 条记录，没有一条被改动、删除或截断。") % {"count": found.entries}
        )
    else:
        what = {
            "changed": _("第 %(number)s 条的内容被改动过"),
            "gap": _("第 %(number)s 条不见了"),
            "cut": _("从第 %(number)s 条起的末尾被截掉了"),
        }[found.kind] % {"number": found.number}
        messages.error(
            request,
            _("记录不完整：%(what)s。请保留现场，不要重启，立即报告安全负责人，并用最近的备份比对。")
            % {"what": what},
        )
    return redirect("administration:record")


@require_safe
@for_roles(Place.ADMINISTRATION, READS_RECORD)
def record_export(request: HttpRequest) -> HttpResponseBase:
    """Write the entries that the page lists to Excel."""
    entries = list_entries(RecordForm(request.GET or None).wanted())[:MOST_ROWS]
    head = (
        _("序号"),
        _("时间"),
        _("操作人"),
        _("动作"),
        _("对象类型"),
        _("对象"),
        _("企业代码"),
        _("原值"),
        _("新值"),
        _("理由"),
        _("摘要"),
    )
    return excel_response("record", head, (_cells(entry) for entry in entries.iterator()), [])


def _cells(entry: AuditEntry) -> tuple[Cell, ...]:
    return (
        Cell(str(entry.number), float(entry.number)),
        Cell(written_moment(entry.at)),
        *(
            Cell(text)
            for text in (
                entry.actor_name,
                entry.verb,
                entry.object_type,
                entry.object_name or entry.object_id,
                entry.company,
                json.dumps(entry.before, ensure_ascii=False),
                json.dumps(entry.after, ensure_ascii=False),
                entry.reason,
                entry.digest,
            )
        ),
    )
