"""What time alone must do about clues: remind, push up, check effects, finish."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lookout.hub.reading.model import Dossier
from lookout.web import published
from lookout.web.accounts.models import Agency
from lookout.web.clues import services as clues
from lookout.web.clues.states import ClueState, Verb
from lookout.web.dispatch.deadlines import RUNNING, deadline_title, deciding_agency
from lookout.web.dispatch.models import Deadline, EffectCheck, SentForm
from lookout.web.notices.services import notify, people_of

REMIND_BEFORE = timedelta(days=1)
KEEP_FORMS = timedelta(days=30)
# DOMAIN §1.5: what each sign of an effect weighs.
FALL, NO_COMPLAINT, NO_ADVERT, NO_PHOENIX = Decimal("0.4"), Decimal("0.3"), Decimal("0.2"), Decimal("0.1")
FULL_FALL = Decimal(40)  # a fall of the score by so much counts in full


def remind(now: datetime) -> int:
    """Tell owners of what is due within a day, once; return how many deadlines."""
    found = Deadline.objects.filter(
        RUNNING, due_at__lte=now + REMIND_BEFORE, due_at__gt=now, reminded_at=None
    ).select_related("clue", "owner")
    for deadline in found:
        with transaction.atomic():
            said = _("%(what)s快到期：%(clue)s") % {"what": deadline_title(deadline), "clue": deadline.clue}
            _tell(deadline, [deadline.owner], "deadline", said, now)
            Deadline.objects.filter(pk=deadline.pk).update(reminded_at=now)
    return len(found)


def escalate(now: datetime) -> int:
    """Tell owners and whoever sent the order of what is overdue, once; return how many deadlines."""
    found = Deadline.objects.filter(RUNNING, due_at__lte=now, escalated_at=None).select_related(
        "clue", "owner", "order__from_agency"
    )
    for deadline in found:
        with transaction.atomic():
            sender = deadline.order.from_agency if deadline.order else None
            above = sender or deciding_agency(deadline.clue)
            said = _("%(what)s已超期：%(clue)s") % {"what": deadline_title(deadline), "clue": deadline.clue}
            _tell(deadline, [deadline.owner, above], "overdue", said, now)
            Deadline.objects.filter(pk=deadline.pk).update(escalated_at=now)
    return len(found)


def forget_forms(now: datetime) -> int:
    """Forget the forms nobody can send again: their pages are long gone; return how many."""
    return SentForm.objects.filter(at__lt=now - KEEP_FORMS).delete()[0]


def _tell(deadline: Deadline, agencies: list[Agency], kind: str, said: str, now: datetime) -> None:
    link = reverse("dispatch:clue", args=[deadline.clue.number])
    people = [person for agency in agencies for person in people_of(agency)]
    notify(people, kind, said, link, now=now, due=deadline.due_at)


def check_effects(now: datetime) -> int:
    """Compute the checks that are due from the newest run, and finish clues whose last check is done; return how many.

    Without a published run nothing is computed: the check waits.
    """
    reader = published.reader()
    run = reader.current()
    if run is None:
        return 0
    due = EffectCheck.objects.filter(
        computed_at=None, due_on__lte=timezone.localdate(now), clue__state=ClueState.MONITORING
    ).select_related("clue")
    for check in due:
        company = check.clue.company
        dossier = reader.get_company(company, None) if company else None
        with transaction.atomic():
            _compute(check, dossier, now)
            check.run_id = run.run_id
            check.save()
            left = EffectCheck.objects.filter(
                clue=check.clue, closed_at=check.closed_at, computed_at=None
            ).exists()
            if not left:
                clues.advance(None, check.clue, Verb.FINISH)
    return len(due)


def _compute(check: EffectCheck, dossier: Dossier | None, now: datetime) -> None:
    check.computed_at = now
    if dossier is None:
        return
    since = timezone.localdate(check.closed_at)
    later = [event for event in dossier.timeline if event.on > since]
    check.score_now = dossier.row.score
    check.new_complaints = sum(event.table == "complaint" for event in later)
    check.adverts_online = sum(event.table == "advertisement" for event in later)
    check.effect = effect(
        score_then=check.score_then,
        score_now=check.score_now,
        new_complaints=check.new_complaints,
        adverts_online=check.adverts_online,
        new_companies=check.new_companies,
    )


def effect(
    *,
    score_then: Decimal | None,
    score_now: Decimal | None,
    new_complaints: int | None,
    adverts_online: int | None,
    new_companies: int | None,
) -> Decimal | None:
    """Return how far handling helped, 0 to 1 in thousandths; None when nothing is known.

    A sign that is not known is left out, and the others are weighed by their sum.
    """
    parts: list[tuple[Decimal, Decimal]] = []
    if score_then is not None and score_now is not None:
        fallen = min(Decimal(1), max(Decimal(0), (score_then - score_now) / FULL_FALL))
        parts.append((FALL, fallen))
    for weight, count in (
        (NO_COMPLAINT, new_complaints),
        (NO_ADVERT, adverts_online),
        (NO_PHOENIX, new_companies),
    ):
        if count is not None:
            parts.append((weight, Decimal(count == 0)))
    if not parts:
        return None
    total = sum((weight for weight, _part in parts), Decimal(0))
    value = sum((weight * part for weight, part in parts), Decimal(0)) / total
    return value.quantize(Decimal("0.001"))
