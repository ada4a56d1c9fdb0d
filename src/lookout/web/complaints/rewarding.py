"""Rewards for reports that proved true: within the table, by two persons, each paid once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, models, transaction

from lookout.kernel.errors import DataError
from lookout.web.accounts.models import User
from lookout.web.audit.services import record
from lookout.web.clues.models import Clue
from lookout.web.complaints.models import Complaint, Reward
from lookout.web.complaints.rules import reward_rules
from lookout.web.complaints.states import FOUND, ComplaintState
from lookout.web.complaints.words import Finding, RewardState

TRUE = (Finding.SUBSTANTIATED, Finding.PARTIAL)


def obstacles(complaint: Complaint) -> list[str]:
    """Return why a complaint earns no reward; empty when it may."""
    found = []
    if not complaint.is_real_name:
        found.append("匿名举报：没有可以领取的人")
    if ComplaintState(complaint.state) not in FOUND or complaint.finding not in TRUE:
        found.append("还没有核查属实的答复")
    same = Complaint.objects.filter(target_key=complaint.target_key).exclude(
        state__in=(ComplaintState.REFUSED, ComplaintState.DUPLICATE)
    )
    before = models.Q(received_at__lt=complaint.received_at) | models.Q(
        received_at=complaint.received_at, pk__lt=complaint.pk
    )
    first = same.filter(before).exclude(pk=complaint.pk).order_by("received_at", "pk").first()
    if first is not None:
        found.append(f"不是最先举报：{first.number} 更早")
    if complaint.company:
        known = Clue.objects.filter(company=complaint.company, opened_at__lt=complaint.received_at)
        if (clue := known.order_by("opened_at").first()) is not None:
            found.append(f"举报前已有线索 {clue.number}")
    if complaint.rewards.exclude(state=RewardState.REFUSED).exists():
        found.append("已经有一笔奖励")
    return found


def propose(
    by: User,
    complaint: Complaint,
    *,
    level: str,
    confirmed_amount: Decimal,
    amount: int,
    reason: str,
    now: datetime,
) -> Reward:
    """Propose a reward. Raises DataError when the complaint earns none, or the table does not allow the sum."""
    if problems := obstacles(complaint):
        raise DataError("不能奖励：" + "；".join(problems))
    rule = reward_rules().levels[level]
    allowed = rule.range_of(confirmed_amount)
    if not allowed.least <= amount <= allowed.most:
        raise DataError(
            f"{rule.title}、涉案 {confirmed_amount:,.0f} 元的奖励应在 {allowed.least:,} 至 {allowed.most:,} 元之间"
        )
    try:
        with transaction.atomic():
            made = Reward.objects.create(
                complaint=complaint,
                level=level,
                confirmed_amount=confirmed_amount,
                least=allowed.least,
                most=allowed.most,
                amount=amount,
                reason=reason.strip(),
                proposed_by=by,
                proposed_at=now,
            )
            _record(by, "reward_propose", made, after={"amount": amount, "level": level}, reason=reason)
    except IntegrityError:
        raise DataError("别人刚刚为这件举报提出了奖励；请刷新后再看") from None
    return made


def decide(by: User, reward: Reward, *, is_approved: bool, note: str, now: datetime) -> None:
    """Approve or refuse what another person has proposed."""
    if not is_approved and not note.strip():
        raise DataError("请写明不批准的理由")
    with transaction.atomic():
        current = _lock(reward, RewardState.PROPOSED)
        if current.proposed_by_id == by.pk:
            raise DataError("提出人不能自己批准，请另一位负责人审批")
        current.state = RewardState.APPROVED if is_approved else RewardState.REFUSED
        current.decided_by, current.decided_at, current.note = by, now, note.strip()
        current.save()
        verb = "reward_approve" if is_approved else "reward_refuse"
        _record(by, verb, current, after={"amount": current.amount}, reason=note)


def pay(by: User, reward: Reward, *, voucher: str, now: datetime) -> None:
    """Note that the money has left, with the voucher's number."""
    if not voucher.strip():
        raise DataError("请写付款凭证号")
    with transaction.atomic():
        current = _lock(reward, RewardState.APPROVED)
        current.state, current.voucher = RewardState.PAID, voucher.strip()
        current.paid_by, current.paid_at = by, now
        current.save()
        _record(by, "reward_pay", current, after={"amount": current.amount, "voucher": current.voucher})


def _lock(reward: Reward, state: RewardState) -> Reward:
    current = Reward.objects.select_for_update().select_related("complaint").get(pk=reward.pk)
    if current.state != state:
        raise DataError(f"这笔奖励现在是“{RewardState(current.state).label}”；请刷新后再看")
    return current


def _record(by: User, verb: str, reward: Reward, *, after: dict[str, object], reason: str = "") -> None:
    complaint = reward.complaint
    record(
        by, verb, reward, after=after, reason=reason, company=complaint.company, region=complaint.place_region
    )


def totals(rewards: models.QuerySet[Reward]) -> dict[str, tuple[int, int]]:
    """Return number and yuan of rewards by state, and under "" of all: the states add up to the whole."""
    counted = {
        row["state"]: (row["count"], row["yuan"])
        for row in rewards.order_by()
        .values("state")
        .annotate(count=models.Count("pk"), yuan=models.Sum("amount"))
    }
    found = {state.value: counted.get(state.value, (0, 0)) for state in RewardState}
    whole = rewards.aggregate(count=models.Count("pk"), yuan=models.Sum("amount"))
    return {**found, "": (whole["count"], whole["yuan"] or 0)}
