"""A person's judgement of a rating beside the model's (等级复核): proposed by one, decided by another, over by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lookout.hub.reading.model import CompanyRow
from lookout.kernel.errors import DataError
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role
from lookout.web.attachments import services as attachments
from lookout.web.attachments.models import Attachment
from lookout.web.audit.services import record
from lookout.web.companies.models import BAND_CHOICES, RatingReview
from lookout.web.companies.states import LIVE, ReviewState, ReviewVerb, after
from lookout.web.notices.services import notify

LONGEST = timedelta(days=90)
PROPOSES = frozenset({Role.ANALYST, Role.PROVINCE_ADMIN, Role.CITY_SUPERVISOR})
DECIDES = frozenset({Role.PROVINCE_ADMIN, Role.CITY_SUPERVISOR})


# ---- who may --------------------------------------------------------------------------------------
def visible(user: User) -> models.QuerySet[RatingReview]:
    """Return the reviews of companies in the person's regions."""
    found, scope = (
        RatingReview.objects.select_related("proposed_by", "decided_by", "attachment"),
        scope_of(user),
    )
    if scope is None:
        return found
    inside = models.Q(pk__in=())
    for prefix in scope:
        inside |= models.Q(region__startswith=prefix)
    return found.filter(inside)


def access_review(user: User, number: int) -> RatingReview:
    """Return a review; unknown and foreign ones are both 404."""
    found = visible(user).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def may_propose(user: User) -> bool:
    """Tell whether a person may judge ratings at all."""
    return Role(user.role) in PROPOSES


def may_do(user: User, review: RatingReview, verb: ReviewVerb) -> bool:
    """Tell whether a person may take a step now: deciding is for a second person of the city or the province."""
    if after(ReviewState(review.state), verb) is None or verb is ReviewVerb.LAPSE:
        return False
    if verb is ReviewVerb.WITHDRAW:
        return review.proposed_by_id == user.pk
    second = verb is ReviewVerb.END or review.proposed_by_id != user.pk
    return second and Role(user.role) in DECIDES and visible(user).filter(pk=review.pk).exists()


def may_read_attachment(user: User, attachment: Attachment) -> bool:
    """Answer for files that speak for a review."""
    return visible(user).filter(attachment=attachment).exists()


# ---- changes --------------------------------------------------------------------------------------
def propose(
    by: User,
    row: CompanyRow,
    *,
    run_id: str,
    band: str,
    reason: str,
    expires_on: date,
    now: datetime,
    upload: UploadedFile[bytes] | None = None,
) -> RatingReview:
    """Propose another level for a company. Raises DataError with everything that is wrong."""
    today, problems = timezone.localdate(now), []
    if not may_propose(by):
        raise DataError("您的角色不能提出等级复核")
    if row.band is None:
        problems.append("这家企业没有评级，无从复核")
    if band not in dict(BAND_CHOICES) or band == row.band:
        problems.append("请选择与模型评级不同的等级")
    if not reason.strip():
        problems.append("请写明依据")
    if not today < expires_on <= today + LONGEST:
        problems.append(f"有效期应在明天和 {today + LONGEST} 之间（最长 {LONGEST.days} 天）")
    if problems:
        raise DataError("；".join(problems))
    try:
        with transaction.atomic():
            review = RatingReview.objects.create(
                company=row.identifier,
                company_name=row.name,
                region=row.region,
                run_id=run_id,
                model_band=row.band or "",
                model_score=row.score,
                proposed_band=band,
                reason=reason.strip(),
                attachment=attachments.store(upload, by=by, at=now) if upload else None,
                expires_on=expires_on,
                proposed_by=by,
                proposed_at=now,
            )
            _record(by, "review_propose", review, after={"model_band": row.band, "proposed_band": band,
                    "expires_on": expires_on}, reason=reason)  # fmt: skip
            said = _("等级复核待您决定：%(company)s") % {"company": review}
            notify(_second_people(by, row.region), "review", said, _link(review), now=now)
    except IntegrityError:
        raise DataError("这家企业已有一条等复核或生效的人工复核；先结束它再提") from None
    return review


def take(
    by: User, review: RatingReview, verb: ReviewVerb, *, version: int, note: str, now: datetime
) -> RatingReview:
    """Decide, withdraw or end a review."""
    if not may_do(by, review, verb):
        raise DataError(f"现在不能“{verb.label}”：别人可能刚刚办过，或不归您办")
    if verb is not ReviewVerb.APPROVE and not note.strip():
        raise DataError("请写明理由")
    decided = verb in (ReviewVerb.APPROVE, ReviewVerb.REFUSE)
    if verb is ReviewVerb.APPROVE and review.expires_on < timezone.localdate(now):
        raise DataError("有效期已过，不能再同意；请重新提出")
    values: dict[str, Any] = (
        {"decided_by": by, "decided_at": now, "decision_note": note.strip()} if decided else {"ended_at": now}
    )
    with transaction.atomic():
        current = _advance(by, review, verb, version=version, reason=note, **values)
        said = _("等级复核“%(verb)s”：%(company)s") % {"verb": verb.label, "company": current}
        notify([one for one in (current.proposed_by,) if one != by], "review", said, _link(current), now=now)
    return current


def lapse_due(now: datetime) -> int:
    """Let reviews whose day is over lapse, and tell who proposed them; return how many."""
    due = RatingReview.objects.filter(state__in=LIVE, expires_on__lt=timezone.localdate(now))
    reviews = list(due.select_related("proposed_by"))
    for review in reviews:
        with transaction.atomic():
            _advance(None, review, ReviewVerb.LAPSE, version=review.version, ended_at=now)
            said = _("等级复核已到期，恢复模型评级：%(company)s") % {"company": review}
            notify([review.proposed_by], "review", said, _link(review), now=now)
    return len(reviews)


def _advance(
    by: User | None, review: RatingReview, verb: ReviewVerb, *, version: int, reason: str = "", **values: Any
) -> RatingReview:
    current = RatingReview.objects.select_for_update().select_related("proposed_by").get(pk=review.pk)
    target = after(ReviewState(current.state), verb)
    if current.version != version or target is None:
        raise DataError("别人刚刚办过这条复核，您的操作没有保存；请刷新后看过再办")
    before = current.state
    for name, value in {**values, "state": target}.items():
        setattr(current, name, value)
    current.version += 1
    current.save()
    _record(by, f"review_{verb.value}", current, before={"state": before}, after={"state": target},
            reason=reason)  # fmt: skip
    return current


def _record(by: User | None, verb: str, review: RatingReview, **more: Any) -> None:
    record(by, verb, review, company=review.company, region=review.region, **more)


def _second_people(by: User, region: str) -> Iterable[User]:
    people = User.objects.filter(role__in=DECIDES, is_active=True).exclude(pk=by.pk)
    return [one for one in people if one.region and region.startswith(one.region)]


def _link(review: RatingReview) -> str:
    return reverse("companies:page", args=[review.company]) + "#review"


# ---- reads ----------------------------------------------------------------------------------------
def reviews_in_force(companies: Collection[str] | None, today: date) -> dict[str, RatingReview]:
    """Return the reviews that count today by company; `companies` None for all.

    One whose day is over does not count, whether or not the job has run.
    """
    found = RatingReview.objects.filter(state=ReviewState.APPROVED, expires_on__gte=today)
    if companies is not None:
        found = found.filter(company__in=companies)
    return {review.company: review for review in found}


def reviews_of(company: str) -> list[RatingReview]:
    """Return all reviews of a company, newest first."""
    return list(
        RatingReview.objects.filter(company=company).select_related("proposed_by", "decided_by", "attachment")
    )
