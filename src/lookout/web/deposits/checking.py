"""Gather what the checks look at, and keep what they found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db import models, transaction

from lookout.kernel.errors import ConfigError, DataError
from lookout.web import published
from lookout.web.accounts.models import User
from lookout.web.attachments import vault
from lookout.web.audit.services import record
from lookout.web.deposits.checks import check_all
from lookout.web.deposits.checks.facts import Document, Earlier, Facts, Other, Signature, Verdict
from lookout.web.deposits.documents import read_document
from lookout.web.deposits.extraction import Terms
from lookout.web.deposits.filings import read_filings
from lookout.web.deposits.models import (
    ContractCheck,
    ContractDeposit,
    ContractSignature,
    ContractStamp,
)
from lookout.web.deposits.naming import shown_name
from lookout.web.deposits.persons import party_of
from lookout.web.deposits.rules import check_rules
from lookout.web.deposits.trust import trusted_roots
from lookout.web.deposits.words import CheckCode, ContractKind, Result
from lookout.web.ui.masking import mask_text

MOST_OTHERS = 20
# What a run that comes later may answer.
WAITS_FOR_DATA = (CheckCode.C1, CheckCode.C2, CheckCode.C10, CheckCode.C11)


def facts_of(deposit: ContractDeposit, now: datetime) -> Facts:
    """Return everything the checks look at, as it stands now."""
    parties = tuple(party_of(row) for row in deposit.parties.select_related("deposit"))
    bare = Facts(
        contract_no=deposit.contract_no,
        kind=ContractKind(deposit.kind),
        signed_at=deposit.signed_at,
        institution=deposit.company,
        parties=parties,
    )
    return replace(
        bare,
        product_code=deposit.product_code,
        amount=deposit.amount,
        rate_percent=deposit.rate_percent,
        term_days=deposit.term_days,
        document=_document(deposit, now),
        filings=read_filings(bare.usccs),
        others=_others(deposit),
        earlier=_earlier(deposit),
    )


def _document(deposit: ContractDeposit, now: datetime) -> Document | None:
    if not deposit.stored:
        return None
    try:
        content = vault.get_sealed(deposit.stored, deposit.sha256)
    except InvalidTag:
        return Document(Terms(), problem="密封的文件打不开：已被改动，或不是本系统密封的；请从备份恢复")
    except DataError as error:
        return Document(Terms(), problem=str(error))
    try:
        return read_document(content, roots=trusted_roots(now), at=now)
    except ConfigError as error:
        return Document(Terms(), problem=f"可信根证书有问题，签名没有核验：{error}")


def _others(deposit: ContractDeposit) -> tuple[Other, ...]:
    alike = models.Q(sha256=deposit.sha256) | models.Q(contract_no=deposit.contract_no)
    earlier = ContractDeposit.objects.filter(alike, pk__lt=deposit.pk).order_by("pk")[:MOST_OTHERS]
    kin = _kin(deposit)
    return tuple(
        Other(
            number=one.number,
            same_digest=one.sha256 == deposit.sha256,
            same_contract_no=one.contract_no == deposit.contract_no,
            is_own=one.agency_id == deposit.agency_id,
            is_kin=one.pk in kin,
        )
        for one in earlier
    )


def _kin(deposit: ContractDeposit) -> set[int]:
    """Return the versions that a deposit revises, the nearest and all before it."""
    found = set[int]()
    one = deposit.version_of
    while one is not None and one.pk not in found:
        found.add(one.pk)
        one = one.version_of
    return found


def _earlier(deposit: ContractDeposit) -> Earlier | None:
    earlier = deposit.version_of
    if earlier is None:
        return None
    rivals = earlier.revisions.filter(pk__lt=deposit.pk).order_by("pk").values_list("number", flat=True)
    return Earlier(earlier.number, earlier.contract_no, earlier.signed_at, tuple(rivals))


def check_contract(deposit: ContractDeposit, *, now: datetime, by: User | None = None) -> ContractDeposit:
    """Check a contract. A new round is kept when anything is answered differently from the last.

    `by` None is the system itself, which is recorded only when the answers changed.
    """
    facts = facts_of(deposit, now)
    verdicts = check_all(facts)
    with transaction.atomic():
        current = ContractDeposit.objects.select_for_update().get(pk=deposit.pk)
        _keep_signatures(current, facts)
        is_new = _differs(current, verdicts)
        if is_new:
            current.checked_round += 1
            _keep_verdicts(current, verdicts, facts, now)
        results = [verdict.result for verdict in verdicts.values()]
        before = {"failed": current.failed, "unknown": current.unknown}
        current.failed, current.unknown = results.count(Result.FAIL), results.count(Result.UNKNOWN)
        current.checked_at, current.run_id = now, facts.filings.run_id
        current.extracted = _shown_terms(facts)
        current.save()
        if is_new or by is not None:
            record(
                by,
                "contract_check",
                current,
                before=before,
                after={"failed": current.failed, "unknown": current.unknown, "round": current.checked_round},
                company=current.company,
                region=current.region,
            )
    return current


def _differs(deposit: ContractDeposit, verdicts: Mapping[CheckCode, Verdict]) -> bool:
    last = {row.code: row for row in deposit.checks.filter(round=deposit.checked_round)}
    return any(
        code not in last or (last[code].result, last[code].reason) != (verdict.result, verdict.reason)
        for code, verdict in verdicts.items()
    )


def _keep_verdicts(
    deposit: ContractDeposit, verdicts: Mapping[CheckCode, Verdict], facts: Facts, now: datetime
) -> None:
    rules = check_rules().checks
    ContractCheck.objects.bulk_create(
        ContractCheck(
            deposit=deposit,
            round=deposit.checked_round,
            code=code,
            result=verdict.result,
            reason=verdict.reason,
            basis=rules[code].basis,
            compared=[asdict(line) for line in verdict.compared],
            checked_at=now,
            run_id=facts.filings.run_id,
            as_of=facts.filings.as_of,
        )
        for code, verdict in verdicts.items()
    )


def _keep_signatures(deposit: ContractDeposit, facts: Facts) -> None:
    deposit.signatures.all().delete()
    found = facts.document.signatures if facts.document is not None else ()
    for place, one in enumerate(found, 1):
        row = ContractSignature.objects.create(
            deposit=deposit,
            place=place,
            signer=one.signer[:200],
            serial=one.serial[:80],
            issuer=one.issuer[:200],
            algorithm=one.algorithm[:40],
            signed_at=one.signed_at,
            is_intact=one.is_intact,
            covers_file=one.covers_file,
            certificate_state=one.certificate_state,
            problems=[mask_text(problem) for problem in one.problems],
        )
        _keep_stamp(row, one)


def _keep_stamp(row: ContractSignature, one: Signature) -> None:
    if one.stamp is None:
        return
    ContractStamp.objects.create(
        signature=row,
        authority=one.stamp.authority[:200],
        serial=one.stamp.serial[:80],
        policy=one.stamp.policy[:80],
        stamped_at=one.stamp.stamped_at,
        is_ok=one.stamp.is_ok,
        is_test=one.stamp.is_test,
        problems=list(one.stamp.problems),
    )


def _shown_terms(facts: Facts) -> dict[str, Any]:
    """Return what the document says, as pages may show it: names of persons masked."""
    if facts.document is None:
        return {}
    terms = facts.document.terms
    return {
        "parties": [[role, shown_name(name)] for role, name in terms.parties[:20]],
        "contract_no": terms.contract_no,
        "amount": str(terms.amount) if terms.amount is not None else "",
        "capital_amount": str(terms.capital_amount) if terms.capital_amount is not None else "",
        "rates": [[f"{rate.percent:f}", mask_text(rate.words)] for rate in terms.rates[:10]],
        "term": terms.term.words if terms.term is not None else "",
        "has_text": bool(facts.document.text.strip()),
    }


def check_waiting(now: datetime, *, most: int = 200) -> int:
    """Check contracts that never were, and those a newer run may answer more about; return how many."""
    run = published.reader().current()
    run_id = run.run_id if run is not None else ""
    never = models.Q(checked_round=0)
    may_be_answered = models.Exists(
        ContractCheck.objects.filter(
            deposit=models.OuterRef("pk"),
            round=models.OuterRef("checked_round"),
            code__in=WAITS_FOR_DATA,
            result=Result.UNKNOWN,
        )
    )
    waiting = ContractDeposit.objects.filter(never | (~models.Q(run_id=run_id) & may_be_answered))
    waiting = waiting.order_by("checked_round", "checked_at", "pk")
    found = list(waiting.select_related("version_of")[:most])
    for deposit in found:
        check_contract(deposit, now=now)
    return len(found)
