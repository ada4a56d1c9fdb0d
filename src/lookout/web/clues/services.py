"""Changes to clues. Each runs in one transaction, is refused when somebody was faster, and is recorded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.audit.services import record
from lookout.web.clues.models import Clue, ElementFinding, Evidence, NumberCounter
from lookout.web.clues.states import OPEN, ClueState, Verb, after
from lookout.web.clues.words import Element, Outcome, Source

NOWHERE = "000000"
MODEL_EVENT = "warning"
# Sent inside the transaction in which a clue begins to wait for a person's judgement, with `clue` and `now`.
to_be_judged = Signal()


class StaleObjectError(DataError):
    """Somebody changed the object since the person looked at it."""


class NotNowError(DataError):
    """The step cannot be taken in the state the object is in."""


def advance(
    by: User | None,
    clue: Clue,
    verb: Verb,
    *,
    version: int | None = None,
    reason: str = "",
    **values: Any,
) -> Clue:
    """Take one step of a clue's life and set the fields that belong to it; return the clue as it is now.

    `version` is what the person saw; None for jobs and for steps inside another step.
    """
    with transaction.atomic():
        current = lock(clue, version)
        state = ClueState(current.state)
        target = after(state, verb)
        if target is None:
            raise NotNowError(f"线索现在是“{state.label}”，不能{verb.label}；请刷新后再看")
        change(by, current, verb.value, {**values, "state": target}, reason=reason)
    return current


def lock(clue: Clue, version: int | None) -> Clue:
    """Return the clue as the database has it, held until the transaction ends."""
    current = Clue.objects.select_for_update().get(pk=clue.pk)
    if version is not None and current.version != version:
        raise StaleObjectError("别人刚刚改过这条线索，您的修改没有保存；请刷新后看过再改")
    return current


def change(by: User | None, clue: Clue, verb: str, values: Mapping[str, Any], *, reason: str = "") -> None:
    """Set fields of a locked clue and record old and new; nothing is written when nothing differs."""
    before = {name: getattr(clue, name) for name in values}
    names = [name for name, value in values.items() if before[name] != value]
    if not names:
        return
    for name in names:
        setattr(clue, name, values[name])
    clue.version += 1
    clue.save()
    record(
        by,
        f"clue_{verb}",
        clue,
        before={name: before[name] for name in names},
        after={name: values[name] for name in names},
        reason=reason,
        company=clue.company,
        region=place_of(clue),
    )


def place_of(clue: Clue) -> str:
    """Return the region a clue lies in: where the company trades, else where it is registered."""
    return clue.region_business or clue.region_registered


@dataclass(frozen=True)
class Found:
    """What is known when a clue is opened; money in yuan, regions as six digits, '' and None for unknown."""

    source: Source
    company_name: str
    company: str = ""
    event_key: str = ""
    band: str = ""
    score: Decimal | None = None
    coverage: float | None = None
    run_id: str = ""
    hit_rules: Sequence[str] = ()
    hit_labels: Sequence[str] = ()
    found_at: datetime | None = None
    region_registered: str = ""
    region_business: str = ""
    activity_class: str = ""
    amount: Decimal | None = None
    participants: int | None = None
    summary: str = ""
    advice: str = ""
    secrecy: str = "internal"
    disguise_type: int | None = None
    involved_regions: Sequence[str] = ()
    imported_key: str = ""
    is_back: bool = False  # warned now and not so in the run before


def open_clue(by: User | None, found: Found, *, now: datetime, **more: Any) -> Clue:
    """Put a clue into the ledger. Raises DataError when the company has an open one for the same event."""
    if not found.company_name.strip():
        raise DataError("请写明企业或项目名称")
    region = found.region_business or found.region_registered
    try:
        with transaction.atomic():
            clue = Clue.objects.create(
                number=next_number(region, now),
                source=found.source,
                company=found.company,
                company_name=found.company_name.strip(),
                event_key=found.event_key,
                band=found.band,
                score=found.score,
                coverage=found.coverage,
                run_id=found.run_id,
                hit_rules=list(found.hit_rules),
                hit_labels=list(found.hit_labels),
                found_at=found.found_at or now,
                region_registered=found.region_registered,
                region_business=found.region_business,
                activity_class=found.activity_class,
                amount=found.amount,
                participants=found.participants,
                summary=found.summary,
                advice=found.advice,
                secrecy=found.secrecy,
                disguise_type=found.disguise_type,
                involved_regions=list(found.involved_regions),
                imported_key=found.imported_key,
                opened_at=now,
                opened_by=by,
                **more,
            )
            ElementFinding.objects.bulk_create(
                ElementFinding(clue=clue, element=element) for element in Element
            )
            record(
                by,
                "clue_open",
                clue,
                after={"source": found.source, "band": found.band, "score": found.score},
                company=clue.company,
                region=place_of(clue),
            )
            if ClueState(clue.state) is ClueState.NEW:
                to_be_judged.send(Clue, clue=clue, now=now)
    except IntegrityError:
        earlier = open_one(found.company, found.event_key) or _of_the_same_form(found)
        if earlier is None:
            raise
        raise DataError(f"这家企业已有一条未办结的线索 {earlier.number}；请在那条线索上补充") from None
    return clue


def _of_the_same_form(found: Found) -> Clue | None:
    return Clue.objects.filter(imported_key=found.imported_key).exclude(imported_key="").first()


def open_one(company: str, event_key: str) -> Clue | None:
    """Return the open clue of a company for an event."""
    return Clue.objects.filter(company=company, event_key=event_key, state__in=OPEN).first()


def next_number(region: str, now: datetime) -> str:
    """Return the next number of a region and day. Call inside the transaction that uses it."""
    place, day = (region or NOWHERE).ljust(6, "0")[:6], timezone.localdate(now)
    NumberCounter.objects.get_or_create(region=place, day=day)
    counter = NumberCounter.objects.select_for_update().get(region=place, day=day)
    counter.last += 1
    counter.save()
    return f"{place}{day:%Y%m%d}{counter.last:04d}"


def triage(
    by: User,
    clue: Clue,
    *,
    version: int,
    now: datetime,
    band: str,
    activity_class: str,
    summary: str,
    advice: str,
    secrecy: str,
) -> Clue:
    """Judge a clue: its level, class, and what should be done."""
    if not band:
        raise DataError("请选定等级")
    return advance(
        by,
        clue,
        Verb.TRIAGE,
        version=version,
        band=band,
        activity_class=activity_class,
        summary=summary,
        advice=advice,
        secrecy=secrecy,
        triaged_at=now,
        triaged_by=by,
    )


def close(
    by: User,
    clue: Clue,
    *,
    version: int | None,
    now: datetime,
    outcome: str,
    outcome_reason: str,
    rated: tuple[str, Decimal | None] = ("", None),
) -> Clue:
    """Close a clue with its outcome; re-monitoring begins with it.

    `rated` is the level and score of its company on that day, against which it is judged whether it stirs.
    """
    if outcome not in Outcome.values:
        raise DataError("请选定核查结果")
    if not outcome_reason.strip():
        raise DataError("请写明结果的依据")
    return advance(
        by,
        clue,
        Verb.CLOSE,
        version=version,
        outcome=outcome,
        outcome_reason=outcome_reason.strip(),
        closed_at=now,
        closed_by=by,
        closing_band=rated[0],
        closing_score=rated[1],
    )


def reopen(by: User | None, clue: Clue, *, reason: str, version: int | None = None, **values: Any) -> Clue:
    """Start a closed clue again; what was concluded stays in the record."""
    if not reason.strip():
        raise DataError("请写明重新启动的理由")
    return advance(
        by,
        clue,
        Verb.REOPEN,
        version=version,
        reason=reason,
        reopened_times=clue.reopened_times + 1,
        outcome="",
        outcome_reason="",
        closed_at=None,
        closed_by=None,
        closing_band="",
        closing_score=None,
        **values,
    )


def merge(by: User, clue: Clue, into: Clue, *, version: int, reason: str) -> Clue:
    """Let a clue go on as part of another one; it can be taken out again."""
    if clue.pk == into.pk:
        raise DataError("不能并入自己")
    if not into.is_open:
        raise DataError(f"线索 {into.number} 已不在办理中，不能并入")
    if not reason.strip():
        raise DataError("请写明合并的理由")
    return advance(
        by,
        clue,
        Verb.MERGE,
        version=version,
        reason=reason,
        merged_into=into,
        state_before_merge=clue.state,
    )


def unmerge(by: User, clue: Clue, *, version: int, reason: str) -> Clue:
    """Take a clue out of another one; it stands where it stood before."""
    with transaction.atomic():
        current = lock(clue, version)
        if ClueState(current.state) is not ClueState.MERGED:
            raise NotNowError("这条线索没有并入别的线索")
        twin = open_one(current.company, current.event_key) if current.event_key else None
        if twin is not None:
            raise DataError(f"这家企业现在有一条未办结的线索 {twin.number}，不能再拆出一条")
        values = {"state": current.state_before_merge, "merged_into": None, "state_before_merge": ""}
        change(by, current, "unmerge", values, reason=reason)
    return current


def correct(by: User, clue: Clue, verb: str, *, version: int | None, **values: Any) -> Clue:
    """Write down what has become known of an open clue: whom it is about, how much money, how many people."""
    try:
        with transaction.atomic():
            current = lock(clue, version)
            if not current.is_open:
                raise NotNowError("线索已经了结，不能再补充；请先重新启动")
            change(by, current, verb, values)
    except IntegrityError:
        raise DataError("这家企业同一件事已有一条未办结的线索；请把这条并入那一条") from None
    return current


def judge_element(
    by: User, clue: Clue, element: Element, *, verdict: str, note: str, now: datetime
) -> ElementFinding:
    """Say how far an element is shown."""
    with transaction.atomic():
        finding = ElementFinding.objects.select_for_update().get(clue=clue, element=element)
        before = {"verdict": finding.verdict, "note": finding.note}
        finding.verdict, finding.note, finding.judged_by, finding.judged_at = verdict, note, by, now
        finding.save()
        record(
            by,
            "clue_judge_element",
            clue,
            before={element.value: before["verdict"], "note": before["note"]},
            after={element.value: verdict, "note": note},
            company=clue.company,
            region=place_of(clue),
        )
    return finding


def add_evidence(
    by: User | None,
    clue: Clue,
    *,
    title: str,
    now: datetime,
    element: str = "",
    note: str = "",
    attachment: Attachment | None = None,
    code: str = "",
    run_id: str = "",
) -> Evidence:
    """Put something into the file of a clue."""
    if not title.strip():
        raise DataError("请写明证据名称")
    with transaction.atomic():
        added = Evidence.objects.create(
            clue=clue,
            element=element,
            title=title.strip(),
            note=note,
            attachment=attachment,
            code=code,
            run_id=run_id,
            added_by=by,
            added_at=now,
        )
        after_ = {"title": added.title, "element": element}
        if attachment is not None:
            after_ |= {"sha256": attachment.sha256, "sm3": attachment.sm3}
        record(by, "clue_add_evidence", clue, after=after_, company=clue.company, region=place_of(clue))
    return added


def withdraw_evidence(by: User, evidence: Evidence, *, reason: str, now: datetime) -> None:
    """Take back what was put in by mistake; it stays in the record."""
    if not reason.strip():
        raise DataError("请写明撤回的理由")
    with transaction.atomic():
        evidence.withdrawn_at = now
        evidence.save()
        record(
            by,
            "clue_withdraw_evidence",
            evidence.clue,
            before={"title": evidence.title},
            reason=reason,
            company=evidence.clue.company,
            region=place_of(evidence.clue),
        )
