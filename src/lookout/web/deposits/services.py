"""Deposit contracts, and reveal who is in them. Each change runs in one transaction and is recorded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex, sm3_hex
from lookout.web.accounts.models import Agency, User
from lookout.web.attachments import vault
from lookout.web.attachments.kinds import find_kind
from lookout.web.attachments.services import tidy_name
from lookout.web.audit.services import record
from lookout.web.deposits.checks.facts import Party
from lookout.web.deposits.models import ContractDeposit, ContractParty, DepositBatch, DepositCounter
from lookout.web.deposits.persons import Identity, identity_of, party_row
from lookout.web.deposits.words import ContractKind
from lookout.web.evidence.models import Kind
from lookout.web.evidence.services import KeptFile, seal

MOST_BYTES = 20 * 2**20
PDF = "application/pdf"
SUBJECT = "contract"  # how evidence knows the records of this app


@dataclass(frozen=True)
class Paper:
    """What is deposited: digests and length, and the document itself or None when it stays with the institution."""

    sha256: str
    sm3: str
    size: int
    name: str = ""
    content: bytes | None = None


@dataclass(frozen=True)
class Declared:
    """What an institution says of a contract; None and '' for what it does not."""

    contract_no: str
    kind: ContractKind
    signed_at: datetime
    product_code: str = ""
    amount: Decimal | None = None
    rate_percent: Decimal | None = None
    term_days: int | None = None
    parties: Sequence[Party] = ()
    version_of: ContractDeposit | None = None


class KnownContractError(DataError):
    """The institution deposited this very file before; `number` is that deposit's."""

    def __init__(self, number: str) -> None:
        super().__init__(f"这份文件已经存证过，编号 {number}，不用再存")
        self.number = number


def paper_of(upload: UploadedFile[bytes]) -> Paper:
    """Take a PDF in. Raises DataError with what is wrong and what to do."""
    if upload.size is None or upload.size > MOST_BYTES:
        raise DataError(f"文件超过 {MOST_BYTES // 2**20} MB；请只存摘要，或压缩后再存")
    content = upload.read()
    if not content:
        raise DataError("文件是空的；请检查后重新选择")
    kind = find_kind(content)
    if kind.media_type != PDF:
        raise DataError("合同请交 PDF 文件；别的格式请只存摘要")
    name = tidy_name(upload.name or "", kind.extension)
    return Paper(sha256_hex(content), sm3_hex(content), len(content), name, content)


def deposit_contract(
    by: User,
    agency: Agency,
    declared: Declared,
    paper: Paper,
    *,
    now: datetime,
    batch: DepositBatch | None = None,
) -> ContractDeposit:
    """Deposit a contract; it is sealed at once, and not checked yet.

    Raises DataError with everything that is wrong, KnownContractError when the institution has deposited the
    file before.
    """
    _check(agency, declared, now)
    known = ContractDeposit.objects.filter(agency=agency, sha256=paper.sha256).first()
    if known is not None:
        raise KnownContractError(known.number)
    stored = vault.put_sealed(paper.content, paper.sha256) if paper.content is not None else ""
    try:
        with transaction.atomic():
            return _write(by, agency, declared, paper, stored, now, batch)
    except IntegrityError:
        again = ContractDeposit.objects.filter(agency=agency, sha256=paper.sha256).first()
        if again is None:
            raise
        raise KnownContractError(again.number) from None


def _check(agency: Agency, declared: Declared, now: datetime) -> None:
    problems = []
    if not agency.company:
        problems.append("本机构还没有登记统一社会信用代码；请联系系统管理员在“管理—单位”里补上")
    if not declared.contract_no.strip():
        problems.append("请写明合同编号")
    if declared.signed_at > now:
        problems.append("签订时间在将来；签订之后再存证")
    if declared.version_of is not None and declared.version_of.agency_id != agency.pk:
        problems.append("被修订的合同不是本机构存证的")
    if problems:
        raise DataError("；".join(problems))


def _write(
    by: User,
    agency: Agency,
    declared: Declared,
    paper: Paper,
    stored: str,
    now: datetime,
    batch: DepositBatch | None,
) -> ContractDeposit:
    number = _next_number(now)
    kept = KeptFile("contract.pdf", PDF, paper.size, paper.sha256, paper.sm3, stored, is_sealed=True)
    evidence = seal(
        by=by,
        kind=Kind.CONTRACT,
        name=f"合同 {declared.contract_no.strip()}",
        sha256=paper.sha256,
        sm3=paper.sm3,
        size=paper.size,
        media_type=PDF if stored else "",
        about=(SUBJECT, number),
        files=[kept] if stored else [],
        now=now,
        at_once=batch is None,
    )
    earlier = declared.version_of
    deposit = ContractDeposit.objects.create(
        number=number,
        agency=agency,
        company=agency.company,
        region=agency.region,
        contract_no=declared.contract_no.strip(),
        kind=declared.kind,
        product_code=declared.product_code.strip(),
        amount=declared.amount,
        rate_percent=declared.rate_percent,
        term_days=declared.term_days,
        signed_at=declared.signed_at,
        sha256=paper.sha256,
        sm3=paper.sm3,
        size=paper.size,
        stored=stored,
        file_name=paper.name,
        version_of=earlier,
        revision=earlier.revision + 1 if earlier is not None else 1,
        batch=batch,
        deposited_by=by,
        deposited_at=now,
        evidence=evidence,
    )
    rows = [party_row(party, number, place) for place, party in enumerate(declared.parties, 1)]
    for row in rows:
        row.deposit = deposit
    ContractParty.objects.bulk_create(rows)
    record(
        by,
        "contract_deposit",
        deposit,
        after={
            "sha256": paper.sha256,
            "parties": len(rows),
            "digest_only": not stored,
            "version_of": earlier.number if earlier is not None else "",
        },
        company=agency.company,
        region=agency.region,
    )
    return deposit


def _next_number(now: datetime) -> str:
    day = timezone.localdate(now)
    DepositCounter.objects.get_or_create(day=day)
    counter = DepositCounter.objects.select_for_update().get(day=day)
    counter.last += 1
    counter.save()
    return f"HT{day:%Y%m%d}{counter.last:08d}"


def reveal(by: User, deposit: ContractDeposit, *, reason: str) -> list[tuple[ContractParty, Identity]]:
    """Return the parties in the clear; recorded with the reason. Raises DataError without one."""
    if not reason.strip():
        raise DataError("请写明为什么要看；会记入审计")
    rows = list(deposit.parties.select_related("deposit"))
    with transaction.atomic():
        record(
            by,
            "contract_reveal",
            deposit,
            reason=reason.strip(),
            company=deposit.company,
            region=deposit.region,
        )
    return [(row, identity_of(row)) for row in rows]


def document_of(by: User, deposit: ContractDeposit) -> bytes:
    """Return the document as it was deposited; recorded. Raises DataError when there is none."""
    if not deposit.stored:
        raise DataError("这份合同只存了摘要，文件由机构保管")
    content = vault.get_sealed(deposit.stored, deposit.sha256)
    with transaction.atomic():
        record(by, "contract_open", deposit, company=deposit.company, region=deposit.region)
    return content
