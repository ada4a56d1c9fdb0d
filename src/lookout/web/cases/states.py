"""The life of a case; pure tables.

filed → investigating → determined → disposing → penalised → repaying → closed
beside it, with the police: transferred → filed | rejected → prosecuted → judged → executing → done
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseState(TextChoices):
    """Where the administrative case stands (状态)."""

    FILED = "filed", _("已立案")
    INVESTIGATING = "investigating", _("调查中")
    DETERMINED = "determined", _("已认定")
    DISPOSING = "disposing", _("处置中")
    PENALISED = "penalised", _("已处罚")
    REPAYING = "repaying", _("清退中")
    CLOSED = "closed", _("已结案")


class PoliceState(TextChoices):
    """Where the case stands with police and courts (刑事进展); '' when it was not transferred."""

    TRANSFERRED = "transferred", _("已移送公安")
    FILED = "police_filed", _("公安已立案")
    REJECTED = "police_rejected", _("公安不予立案")
    PROSECUTED = "prosecuted", _("已起诉")
    JUDGED = "judged", _("已判决")
    EXECUTING = "executing", _("资产处置中")
    DONE = "police_done", _("执行完毕")


class Determination(TextChoices):
    """What was found (性质认定)."""

    ILLEGAL = "illegal", _("属于非法集资")
    NOT_ILLEGAL = "not_illegal", _("不属于非法集资")
    NO_FINDING = "no_finding", _("未能认定")


class CaseVerb(TextChoices):
    """What happens to a case; each is an event (事件)."""

    FILE = "file", _("立案")
    INVESTIGATE = "investigate", _("开始调查")
    SUSPEND = "suspend", _("要求暂停集资")
    RESUME = "resume", _("解除暂停")
    DETERMINE = "determine", _("性质认定")
    DISPOSE = "dispose", _("处置（责令停止、查封、追回）")
    PENALISE = "penalise", _("行政处罚")
    REPAY = "repay", _("开始清退")
    TRANSFER = "transfer", _("移送公安")
    POLICE_FILE = "police_file", _("公安立案侦查")
    POLICE_REJECT = "police_reject", _("公安不予立案")
    PROSECUTE = "prosecute", _("起诉")
    JUDGE = "judge", _("判决")
    EXECUTE = "execute", _("资产处置")
    POLICE_FINISH = "police_finish", _("执行完毕")
    MASS_EVENT = "mass_event", _("群体性事件")
    STABILITY = "stability", _("稳定形势研判")
    CLOSE = "close", _("结案")


S, P, V = CaseState, PoliceState, CaseVerb
# A determination is no precondition of criminal process; repayment goes before the fine.
TRANSITIONS: dict[tuple[CaseState, CaseVerb], CaseState] = {
    (S.FILED, V.INVESTIGATE): S.INVESTIGATING,
    (S.INVESTIGATING, V.DETERMINE): S.DETERMINED,
    (S.DETERMINED, V.DISPOSE): S.DISPOSING,
    (S.DISPOSING, V.PENALISE): S.PENALISED,
    (S.DISPOSING, V.REPAY): S.REPAYING,
    (S.PENALISED, V.REPAY): S.REPAYING,
    (S.REPAYING, V.PENALISE): S.REPAYING,
    **{(state, V.CLOSE): S.CLOSED for state in S if state is not S.CLOSED},
}
POLICE_TRANSITIONS: dict[tuple[str, CaseVerb], PoliceState] = {
    ("", V.TRANSFER): P.TRANSFERRED,
    (P.REJECTED, V.TRANSFER): P.TRANSFERRED,
    (P.TRANSFERRED, V.POLICE_FILE): P.FILED,
    (P.TRANSFERRED, V.POLICE_REJECT): P.REJECTED,
    (P.FILED, V.PROSECUTE): P.PROSECUTED,
    (P.PROSECUTED, V.JUDGE): P.JUDGED,
    (P.JUDGED, V.EXECUTE): P.EXECUTING,
    (P.EXECUTING, V.POLICE_FINISH): P.DONE,
}
# They change no state.
MARKS = (V.SUSPEND, V.RESUME, V.MASS_EVENT, V.STABILITY)
WITH_POLICE = (P.TRANSFERRED, P.FILED, P.PROSECUTED, P.JUDGED, P.EXECUTING)


def after(state: CaseState, police: str, verb: CaseVerb) -> tuple[CaseState, str] | None:
    """Return where a verb leads on both tracks, None when it cannot be done."""
    if state is S.CLOSED:
        return None
    if verb in MARKS:
        return state, police
    if (found := POLICE_TRANSITIONS.get((police, verb))) is not None:
        return state, found
    target = TRANSITIONS.get((state, verb))
    return None if target is None else (target, police)


def may_close(state: CaseState, police: str, determination: str) -> bool:
    """Tell whether nothing is left to do: not with the police, and repaid, found not to be one, or judged and executed."""
    if state is S.CLOSED or police in WITH_POLICE:
        return False
    not_one = state is S.DETERMINED and determination != Determination.ILLEGAL
    return state is S.REPAYING or not_one or police == P.DONE


def allowed(state: CaseState, police: str, *, suspended: bool, determination: str) -> tuple[CaseVerb, ...]:
    """Return what can happen next, in the order of a case's life."""
    found = [verb for verb in V if after(state, police, verb) is not None]
    out = {V.FILE, V.RESUME if not suspended else V.SUSPEND}
    if not may_close(state, police, determination):
        out.add(V.CLOSE)
    if determination and determination != Determination.ILLEGAL:
        out |= {V.DISPOSE}
    return tuple(verb for verb in found if verb not in out)
