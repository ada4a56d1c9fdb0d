"""Sort a new report in: alone, the same matter told twice, or part of something that looks organised."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.audit.services import record
from lookout.web.complaints import signals
from lookout.web.complaints.detection import Pattern, Seen, find_pattern, find_repeat
from lookout.web.complaints.models import Bundle, Complaint
from lookout.web.complaints.rules import detection_rules
from lookout.web.complaints.words import FROM_PUBLIC, BundleVerdict
from lookout.web.notices.services import notify, people_of

# Comparing with more would tell nothing new: hundreds within the month are a burst anyway.
MOST_COMPARED = 600
# For so long a person's judgement of a wave holds for what comes after it: found genuine, its size alone is no reason
# to hold further ones back; found organised, more of the same does not count either.
TRUSTED_FOR = timedelta(days=1)


def sort_in(complaint: Complaint, now: datetime) -> None:
    """Decide whether a new report counts by itself; call it inside the transaction that takes it in."""
    rules = detection_rules()
    since = complaint.received_at - timedelta(days=rules.look_back_days)
    found = Complaint.objects.filter(
        target_key=complaint.target_key, received_at__gte=since, origin__in=FROM_PUBLIC
    ).exclude(pk=complaint.pk)
    columns = ("pk", "text", "received_at", "sender_digest", "contact_digest", "bundle_id")
    rows = found.order_by("-received_at", "-pk").values_list(*columns)[:MOST_COMPARED]
    others = [
        Seen(pk, text, at, sender, contact, bundle is not None)
        for pk, text, at, sender, contact, bundle in rows
    ]
    new = Seen(
        complaint.pk,
        complaint.text,
        complaint.received_at,
        complaint.sender_digest,
        complaint.contact_digest,
    )
    repeated = find_repeat(new, others, rules)
    if repeated is not None:
        complaint.resembles_id, complaint.is_signal = repeated, False
        complaint.save(update_fields=["resembles", "is_signal"])
    pattern = find_pattern(new, others, rules)
    if pattern is not None and not _is_trusted(complaint, pattern):
        _bundle(complaint, pattern, now)


def _is_trusted(complaint: Complaint, pattern: Pattern) -> bool:
    only_many = all(kind.startswith("burst") or kind == "same_minute" for kind in pattern.kinds)
    return only_many and (
        Bundle.objects.filter(
            target_key=complaint.target_key,
            verdict=BundleVerdict.GENUINE,
            judged_at__gte=complaint.received_at - TRUSTED_FOR,
        ).exists()
    )


def _bundle(complaint: Complaint, pattern: Pattern, now: datetime) -> None:
    judged = Bundle.objects.filter(
        target_key=complaint.target_key,
        verdict=BundleVerdict.BRIGADE,
        judged_at__gte=complaint.received_at - TRUSTED_FOR,
    ).first()
    if judged is not None:  # more of what a person has found organised
        complaint.bundle, complaint.is_signal = judged, False
        complaint.save(update_fields=["bundle", "is_signal"])
        return
    bundle, is_new = Bundle.objects.get_or_create(
        target_key=complaint.target_key,
        verdict=BundleVerdict.OPEN,
        defaults={
            "company": complaint.company,
            "company_name": complaint.company_name,
            "region": complaint.region,
            "company_region": complaint.company_region,
            "opened_at": now,
        },
    )
    kinds = sorted({*bundle.patterns, *pattern.kinds})
    if kinds != bundle.patterns:
        bundle.patterns = kinds
        bundle.save(update_fields=["patterns"])
    Complaint.objects.filter(pk__in=pattern.members, bundle=None).update(bundle=bundle)
    complaint.bundle = bundle
    complaint.save(update_fields=["bundle"])
    _count_one(bundle, complaint, now)
    if is_new:
        _tell(bundle, now)


def _count_one(bundle: Bundle, newest: Complaint, now: datetime) -> None:
    """Let only the first report of a bundle count; correct what was sent before."""
    first = bundle.complaints.filter(resembles=None).order_by("received_at", "pk").first()
    for one in bundle.complaints.filter(is_signal=True):
        if first is None or one.pk != first.pk:
            one.is_signal = False
            one.save(update_fields=["is_signal"])
            signals.follow(one, now)
    newest.refresh_from_db(fields=["is_signal"])


def _tell(bundle: Bundle, now: datetime) -> None:
    prefixes = {code[:length] for code in (bundle.region, bundle.company_region) for length in (4, 6) if code}
    for agency in Agency.objects.filter(kind=AgencyKind.LEAD, region__in=prefixes or {"44"}, is_active=True):
        notify(
            people_of(agency),
            "bundle",
            f"{bundle.company_name}：疑似有组织举报，请判断是否真实",
            reverse("complaints:bundle", args=[bundle.pk]),
            now=now,
        )


def judge(by: User, bundle: Bundle, verdict: BundleVerdict, *, note: str, now: datetime) -> None:
    """Say what a bundle is: genuine, then each report counts; organised, then none does."""
    with transaction.atomic():
        current = Bundle.objects.select_for_update().get(pk=bundle.pk)
        before = current.verdict
        current.verdict, current.note = verdict, note.strip()
        current.judged_by, current.judged_at = by, now
        current.save()
        for one in current.complaints.all():
            does = verdict == BundleVerdict.GENUINE and one.resembles_id is None
            if one.is_signal != does:
                one.is_signal = does
                one.save(update_fields=["is_signal"])
                signals.follow(one, now)
        record(
            by,
            "bundle_judge",
            current,
            before={"verdict": before},
            after={"verdict": verdict, "complaints": current.complaints.count()},
            reason=note.strip(),
            company=current.company,
            region=current.region or current.company_region,
        )
