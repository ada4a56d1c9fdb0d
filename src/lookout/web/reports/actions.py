"""Every step a person can take on a report: when it is offered and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lookout.web.accounts.models import User
from lookout.web.dispatch.forms import StepForm
from lookout.web.reports import forms, services
from lookout.web.reports.access import may_edit, may_sign
from lookout.web.reports.models import Report
from lookout.web.reports.states import ReportState, ReportVerb, after

Run = Callable[[User, Report, Any, datetime], Any]


@dataclass(frozen=True)
class Action:
    """One step: its verb, the button's words, its form, whose it is, and what it does with the form's data."""

    name: str
    verb: ReportVerb
    title: str | Promise
    form: type[StepForm]
    whose: Callable[[User, Report], bool]
    run: Run
    is_main: bool = False

    def may(self, user: User, report: Report) -> bool:
        """Tell whether the step is offered to a person now."""
        return after(ReportState(report.state), self.verb) is not None and self.whose(user, report)


def _upload(user: User, report: Report, data: Any, now: datetime) -> None:
    file = data["file"]
    services.upload(user, report, file.read(), version=data["version"], now=now, note=data["note"])


def _heading(user: User, report: Report, data: Any, now: datetime) -> None:
    names = ("version", "title", "secrecy", "recipients", "distribution")
    services.change_heading(user, report, now=now, **{name: data[name] for name in names})


ACTIONS = (
    Action(
        "submit",
        ReportVerb.SUBMIT,
        _("送审"),
        forms.PlainForm,
        may_edit,
        lambda user, report, data, now: services.submit(user, report, version=data["version"], now=now),
        is_main=True,
    ),
    Action("upload", ReportVerb.EDIT, _("上传修改稿"), forms.UploadForm, may_edit, _upload),
    Action("heading", ReportVerb.EDIT, _("改密级和分送"), forms.HeadingForm, may_edit, _heading),
    Action(
        "sign",
        ReportVerb.SIGN,
        _("签发"),
        forms.PlainForm,
        may_sign,
        lambda user, report, data, now: services.sign(user, report, version=data["version"], now=now),
        is_main=True,
    ),
    Action(
        "return",
        ReportVerb.RETURN,
        _("退回修改"),
        forms.ReasonForm,
        may_sign,
        lambda user, report, data, now: services.give_back(
            user, report, version=data["version"], reason=data["reason"], now=now
        ),
    ),
    Action(
        "archive",
        ReportVerb.ARCHIVE,
        _("归档"),
        forms.PlainForm,
        may_edit,
        lambda user, report, data, now: services.archive(user, report, version=data["version"], now=now),
        is_main=True,
    ),
    Action(
        "withdraw",
        ReportVerb.WITHDRAW,
        _("作废"),
        forms.ReasonForm,
        may_edit,
        lambda user, report, data, now: services.withdraw(
            user, report, version=data["version"], reason=data["reason"], now=now
        ),
    ),
)
BY_NAME = {action.name: action for action in ACTIONS}
