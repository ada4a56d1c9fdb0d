"""The life of a clue; a pure table.

    new → triaged → handling → monitoring → done
            ↘______________↗        ↘ reopened → handling | monitoring
    new, triaged, handling, reopened → merged (and back)

Closing is one step into monitoring, so an outcome without re-monitoring cannot exist.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ClueState(TextChoices):
    """Where a clue stands (状态)."""

    NEW = "new", _("待研判")
    TRIAGED = "triaged", _("已定级")
    HANDLING = "handling", _("核查处置中")
    MONITORING = "monitoring", _("已办结，再监测")
    REOPENED = "reopened", _("重新启动")
    DONE = "done", _("已销号")
    MERGED = "merged", _("已并入")


class Verb(TextChoices):
    """What can be done to a clue (动作)."""

    TRIAGE = "triage", _("研判定级")
    DISPATCH = "dispatch", _("分派")
    RECALL = "recall", _("收回")
    CLOSE = "close", _("办结")
    REOPEN = "reopen", _("重新启动")
    FINISH = "finish", _("销号")
    MERGE = "merge", _("并入")


TRANSITIONS: dict[tuple[ClueState, Verb], ClueState] = {
    (ClueState.NEW, Verb.TRIAGE): ClueState.TRIAGED,
    (ClueState.NEW, Verb.MERGE): ClueState.MERGED,
    (ClueState.TRIAGED, Verb.TRIAGE): ClueState.TRIAGED,
    (ClueState.TRIAGED, Verb.DISPATCH): ClueState.HANDLING,
    (ClueState.TRIAGED, Verb.CLOSE): ClueState.MONITORING,
    (ClueState.TRIAGED, Verb.MERGE): ClueState.MERGED,
    (ClueState.HANDLING, Verb.DISPATCH): ClueState.HANDLING,
    (ClueState.HANDLING, Verb.RECALL): ClueState.TRIAGED,
    (ClueState.HANDLING, Verb.CLOSE): ClueState.MONITORING,
    (ClueState.HANDLING, Verb.MERGE): ClueState.MERGED,
    (ClueState.MONITORING, Verb.REOPEN): ClueState.REOPENED,
    (ClueState.MONITORING, Verb.FINISH): ClueState.DONE,
    (ClueState.DONE, Verb.REOPEN): ClueState.REOPENED,
    (ClueState.REOPENED, Verb.TRIAGE): ClueState.TRIAGED,
    (ClueState.REOPENED, Verb.DISPATCH): ClueState.HANDLING,
    (ClueState.REOPENED, Verb.CLOSE): ClueState.MONITORING,
    (ClueState.REOPENED, Verb.MERGE): ClueState.MERGED,
}
# Somebody still has to do something about it.
OPEN = (ClueState.NEW, ClueState.TRIAGED, ClueState.HANDLING, ClueState.REOPENED)
# It has an outcome.
CLOSED = (ClueState.MONITORING, ClueState.DONE)


def allowed(state: ClueState) -> tuple[Verb, ...]:
    """Return what can be done in a state."""
    return tuple(verb for (at, verb) in TRANSITIONS if at is state)


def after(state: ClueState, verb: Verb) -> ClueState | None:
    """Return where a verb leads, None when it cannot be done in that state."""
    return TRANSITIONS.get((state, verb))
