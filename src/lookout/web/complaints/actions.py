"""Every step an officer can take on a complaint: when it is offered and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.complaints import forms, linking, lookup, rewarding, services
from lookout.web.complaints.access import access_complaint
from lookout.web.complaints.models import Complaint
from lookout.web.complaints.states import VOID, ComplaintState, ComplaintVerb, after
from lookout.web.complaints.words import FROM_PUBLIC, Finding, Refusal
from lookout.web.dispatch.forms import StepForm


@dataclass(frozen=True)
class Action:
    """One step: the button's words, its form, when it is offered, and what it does with the form's data."""

    name: str
    title: str | Promise
    form: type[StepForm]
    may: Callable[[Complaint], bool]
    run: Callable[[User, Complaint, Any, datetime], Any]
    is_main: bool = False


def _verb(verb: ComplaintVerb) -> Callable[[Complaint], bool]:
    return lambda complaint: after(ComplaintState(complaint.state), verb) is not None


def _join(user: User, complaint: Complaint, data: Any, now: datetime) -> None:
    first = access_complaint(user, data["first"].strip().upper())
    services.join(user, complaint, first, now=now, version=data["version"])


def _identify(user: User, complaint: Complaint, data: Any, now: datetime) -> None:
    company = lookup.one(data["company"].replace(" ", "").upper()) or lookup.one(data["company"].strip())
    if company is None:
        raise DataError("没有找到这家企业；请核对代码")
    services.identify(
        user,
        complaint,
        company=company.identifier,
        company_name=company.name,
        company_region=company.region if len(company.region) == 6 else "",
        now=now,
        version=data["version"],
    )


def _reward(user: User, complaint: Complaint, data: Any, now: datetime) -> None:
    names = ("level", "confirmed_amount", "amount", "reason")
    rewarding.propose(user, complaint, now=now, **{name: data[name] for name in names})


def _is_live(complaint: Complaint) -> bool:
    return ComplaintState(complaint.state) not in VOID


ACTIONS = (
    Action(
        "accept",
        ComplaintVerb.ACCEPT.label,
        forms.PlainForm,
        _verb(ComplaintVerb.ACCEPT),
        lambda user, one, data, now: services.accept(user, one, now=now, version=data["version"]),
        is_main=True,
    ),
    Action(
        "verify",
        ComplaintVerb.VERIFY.label,
        forms.PlainForm,
        _verb(ComplaintVerb.VERIFY),
        lambda user, one, data, now: services.verify(user, one, now=now, version=data["version"]),
        is_main=True,
    ),
    Action(
        "answer",
        ComplaintVerb.ANSWER.label,
        forms.AnswerForm,
        _verb(ComplaintVerb.ANSWER),
        lambda user, one, data, now: services.answer(
            user, one, finding=Finding(data["finding"]), text=data["text"], now=now, version=data["version"]
        ),
    ),
    Action(
        "close",
        ComplaintVerb.CLOSE.label,
        forms.PlainForm,
        _verb(ComplaintVerb.CLOSE),
        lambda user, one, data, now: services.close(user, one, now=now, version=data["version"]),
        is_main=True,
    ),
    Action(
        "to_clue",
        _("转为线索"),
        forms.PlainForm,
        lambda one: one.clue_id is None and _is_live(one),
        lambda user, one, data, now: linking.to_clue(user, one, now=now, version=data["version"]),
    ),
    Action(
        "identify",
        _("认定企业"),
        forms.IdentifyForm,
        lambda one: one.clue_id is None,
        _identify,
    ),
    Action("join", ComplaintVerb.JOIN.label, forms.JoinForm, _verb(ComplaintVerb.JOIN), _join),
    Action(
        "part",
        ComplaintVerb.PART.label,
        forms.ReasonForm,
        _verb(ComplaintVerb.PART),
        lambda user, one, data, now: services.part(
            user, one, reason=data["reason"], now=now, version=data["version"]
        ),
    ),
    Action(
        "refuse",
        ComplaintVerb.REFUSE.label,
        forms.RefuseForm,
        _verb(ComplaintVerb.REFUSE),
        lambda user, one, data, now: services.refuse(
            user,
            one,
            refusal=Refusal(data["refusal"]),
            answer=data["answer"],
            now=now,
            version=data["version"],
        ),
    ),
    Action(
        "reopen",
        ComplaintVerb.REOPEN.label,
        forms.ReasonForm,
        _verb(ComplaintVerb.REOPEN),
        lambda user, one, data, now: services.reopen(
            user, one, reason=data["reason"], now=now, version=data["version"]
        ),
    ),
    Action(
        "say",
        _("给举报人留言"),
        forms.MessageForm,
        lambda one: one.origin in FROM_PUBLIC,
        lambda user, one, data, now: services.say(one, data["text"], by=user, now=now),
    ),
    Action("reward", _("提出奖励"), forms.RewardForm, lambda one: not rewarding.obstacles(one), _reward),
)
BY_NAME = {action.name: action for action in ACTIONS}
