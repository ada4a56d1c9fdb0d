"""Every step a person can take on a clue and its evidence: when it is offered and what it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.attachments.services import store
from lookout.web.clues import services as clues
from lookout.web.clues.access import access_clue, may_decide, visible
from lookout.web.clues.models import Clue, Evidence
from lookout.web.clues.register import district_of, find_company
from lookout.web.clues.states import ClueState, Verb
from lookout.web.clues.states import after as clue_after
from lookout.web.clues.words import Element
from lookout.web.dispatch import closing, forms, services
from lookout.web.dispatch.action import Action
from lookout.web.dispatch.states import OPEN


def _clue_step(verb: Verb) -> Callable[[User, Clue], bool]:
    return lambda user, clue: clue_after(ClueState(clue.state), verb) is not None and may_decide(user, clue)


def _triage(user: User, clue: Clue, form: forms.StepForm, now: datetime) -> None:
    data = {
        name: form.cleaned_data[name] for name in ("band", "activity_class", "summary", "advice", "secrecy")
    }
    services.triage(user, clue, version=form.cleaned_data["version"], now=now, **data)


def _dispatch(user: User, clue: Clue, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    services.dispatch(
        user,
        clue,
        data["agency"],
        now=now,
        version=data["version"],
        is_lead=data["part"] == "lead",
        instruction=data["instruction"],
    )


def _close(user: User, clue: Clue, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    closing.close_clue(
        user,
        clue,
        version=data["version"],
        outcome=data["outcome"],
        outcome_reason=data["outcome_reason"],
        now=now,
    )


def _may_close(user: User, clue: Clue) -> bool:
    settled = not clue.orders.filter(state__in=OPEN).exists()
    return settled and _clue_step(Verb.CLOSE)(user, clue)


def _merge(user: User, clue: Clue, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    into = access_clue(user, data["into"])
    closing.merge_clue(user, clue, into, version=data["version"], reason=data["reason"], now=now)


def _sees_open(user: User, clue: Clue) -> bool:
    return clue.is_open and visible(user).filter(pk=clue.pk).exists()


def _judge_element(user: User, clue: Clue, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    clues.judge_element(
        user, clue, Element(data["element"]), verdict=data["verdict"], note=data["note"], now=now
    )


def _facts(user: User, clue: Clue, form: forms.StepForm, now: datetime) -> None:
    names = ("activity_class", "disguise_type", "amount", "participants", "involved_regions")
    facts = {name: form.cleaned_data[name] for name in names}
    clues.correct(user, clue, "correct", version=form.cleaned_data["version"], **facts)


def _may_identify(user: User, clue: Clue) -> bool:
    """Whom a clue is about is decided where it is judged; who entered it may mend it until then."""
    own_and_new = clue.opened_by_id == user.pk and ClueState(clue.state) is ClueState.NEW
    return _sees_open(user, clue) and (own_and_new or may_decide(user, clue))


def _identify(user: User, clue: Clue, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    row = find_company(user, data["company"])
    if row is None:
        raise DataError(_now("没有找到这家企业；请核对代码"))
    clues.correct(
        user,
        clue,
        "identify",
        version=data["version"],
        company=row.identifier,
        company_name=row.name,
        region_registered=district_of(row) or clue.region_registered,
        region_business=data["region_business"],
    )


def _may_withdraw_evidence(user: User, evidence: Evidence) -> bool:
    """What a person put in by mistake is taken back by them, or by who decides; the model's reasons stand."""
    if evidence.added_by_id is None or evidence.withdrawn_at is not None:
        return False
    mine = evidence.added_by_id == user.pk
    return _sees_open(user, evidence.clue) and (mine or may_decide(user, evidence.clue))


def _add_evidence(user: User, clue: Clue, form: forms.StepForm, now: datetime) -> None:
    data = form.cleaned_data
    file = data["file"]
    clues.add_evidence(
        user,
        clue,
        title=data["title"],
        now=now,
        element=data["element"],
        note=data["note"],
        attachment=store(file, by=user, at=now) if file else None,
    )


CLUE_ACTIONS = (
    Action("triage", _("研判定级"), forms.TriageForm, _clue_step(Verb.TRIAGE), _triage, is_main=True),
    Action("dispatch", _("分派"), forms.DispatchForm, _clue_step(Verb.DISPATCH), _dispatch, is_main=True),
    Action("close", _("办结"), forms.CloseForm, _may_close, _close, is_main=True),
    Action(
        "reopen",
        _("重新启动"),
        forms.ReasonForm,
        _clue_step(Verb.REOPEN),
        lambda user, clue, form, now: closing.reopen_clue(
            user,
            clue,
            version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
            now=now,
        ),
    ),
    Action("facts", _("补充信息"), forms.FactsForm, _sees_open, _facts),
    Action("identify", _("认定企业"), forms.IdentifyForm, _may_identify, _identify),
    Action("element", _("认定要素"), forms.ElementForm, _sees_open, _judge_element),
    Action("evidence", _("加入证据"), forms.EvidenceForm, _sees_open, _add_evidence),
    Action("merge", _("并入别的线索"), forms.MergeForm, _clue_step(Verb.MERGE), _merge),
    Action(
        "unmerge",
        _("拆出"),
        forms.ReasonForm,
        lambda user, clue: ClueState(clue.state) is ClueState.MERGED and may_decide(user, clue),
        lambda user, clue, form, now: closing.unmerge_clue(
            user, clue, version=form.cleaned_data["version"], reason=form.cleaned_data["reason"], now=now
        ),
    ),
)
EVIDENCE_ACTIONS = (
    Action(
        "withdraw",
        _("撤回证据"),
        forms.ReasonForm,
        _may_withdraw_evidence,
        lambda user, evidence, form, now: clues.withdraw_evidence(
            user, evidence, reason=form.cleaned_data["reason"], now=now
        ),
    ),
)
