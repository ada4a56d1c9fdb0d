"""Files with the digests of many contracts: read the same way for the preview and for the deposit."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from lookout.kernel.errors import DataError, LookoutError
from lookout.kernel.identifiers import clean_code, is_uscc
from lookout.web.accounts.models import Agency, User
from lookout.web.attachments.services import store
from lookout.web.attachments.sheets import (
    Head,
    Sheet,
    SheetLine,
    filled_lines,
    find_head,
    moment_of,
    read_rows,
)
from lookout.web.audit.services import record
from lookout.web.deposits.checks.facts import Party
from lookout.web.deposits.forms import DIGEST
from lookout.web.deposits.models import ContractDeposit, DepositBatch
from lookout.web.deposits.services import Declared, KnownContractError, Paper, deposit_contract
from lookout.web.deposits.words import BatchState, ContractKind, PartyKind, PartyRole
from lookout.web.evidence.ledger import enter_deposits

logger = logging.getLogger(__name__)
MOST_LINES = 5_000
CHUNK = 200  # lines written together
# Our field → the names of the column, the first of which is the one in the sample.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "contract_no": ("合同编号", "协议编号"),
    "kind": ("合同类型",),
    "sha256": ("SHA-256", "SHA256"),
    "sm3": ("SM3",),
    "size": ("文件字节数", "文件大小"),
    "signed_at": ("签订时间", "签署时间", "签订日期"),
    "amount": ("金额（元）", "金额(元)", "金额"),
    "rate_percent": ("年利率（%）", "年利率(%)", "年利率"),
    "term_days": ("期限（天）", "期限(天)", "期限"),
    "product_code": ("产品（项目）代码", "产品代码", "项目代码"),
    "companies": ("当事单位代码",),
}
REQUIRED = ("contract_no", "kind", "sha256", "sm3", "size", "signed_at")
SAMPLE = (
    "HT-2026-0001",
    "借款",
    "64 位十六进制",
    "64 位十六进制",
    "182044",
    "2026-11-01 10:30",
    "100000.00",
    "12.5",
    "365",
    "CP-2026-01",
    "91440101……；91440106……",
)
_KINDS = {str(kind.label): kind for kind in ContractKind} | {kind.value: kind for kind in ContractKind}


@dataclass
class Line(SheetLine):
    """One line of a file, with the deposit it would be."""

    declared: Declared | None = None
    paper: Paper | None = None


def upload(by: User, agency: Agency, file: UploadedFile[bytes], *, now: datetime) -> DepositBatch:
    """Keep a file and look whether it can be read. Raises DataError when none of it can."""
    with transaction.atomic():
        made = DepositBatch.objects.create(agency=agency, file=store(file, by=by, at=now), by=by, at=now)
        read(made, now)
        record(by, "contract_batch_upload", made, after={"sha256": made.file.sha256}, region=agency.region)
    return made


def read(batch: DepositBatch, now: datetime) -> Sheet[Line]:
    """Read the file of a batch: the same file gives the same lines. Raises DataError when none can be read."""
    rows = read_rows(batch.file)
    head = _head(rows[0])
    lines = [_line(number, cells, now) for number, cells in filled_lines(rows, head)]
    if len(lines) > MOST_LINES:
        raise DataError(f"一次最多存证 {MOST_LINES:,} 行，这里有 {len(lines):,} 行；请分开上传")
    _mark_known(lines, batch)
    return Sheet(tuple(lines), head.unread)


def take_in(by: User, batch: DepositBatch, *, now: datetime) -> DepositBatch:
    """Deposit the good lines; each counts once however often its file comes. One bad line stops no other."""
    current = DepositBatch.objects.select_related("file", "agency").get(pk=batch.pk)
    if current.state == BatchState.DONE:
        return current
    sheet = read(current, now)
    taken, fresh = 0, sheet.fresh
    for start in range(0, len(fresh), CHUNK):
        with transaction.atomic():
            taken += sum(_deposit(by, current, line, now) for line in fresh[start : start + CHUNK])
    try:
        enter_deposits()
    except (LookoutError, OSError):
        logger.exception("the deposits of batch %s wait for the log", current.pk)
    with transaction.atomic():
        current.state, current.done_at, current.taken = BatchState.DONE, now, taken
        current.refused = len(sheet.refused)
        current.known = len(sheet.lines) - taken - current.refused
        current.save()
        record(
            by,
            "contract_batch_take_in",
            current,
            after={"taken": taken, "refused": current.refused},
            region=current.agency.region,
        )
    return current


def _deposit(by: User, batch: DepositBatch, line: Line, now: datetime) -> bool:
    """Deposit a line; tell whether it was new."""
    if line.declared is None or line.paper is None:
        return False
    try:
        deposit_contract(by, batch.agency, line.declared, line.paper, now=now, batch=batch)
    except KnownContractError as known:
        line.known_as = known.number
        return False
    return True


def _head(row: Sequence[Any]) -> Head:
    head = find_head(row, COLUMNS)
    missing = [COLUMNS[name][0] for name in REQUIRED if name not in head.places]
    if missing:
        raise DataError(f"第一行里没有找到“{'”“'.join(missing)}”；请对照样表改列名")
    return head


def _line(number: int, cells: dict[str, str], now: datetime) -> Line:
    line = Line(number, cells)
    problems = line.problems
    problems += [f"缺“{COLUMNS[name][0]}”" for name in REQUIRED if not cells[name]]
    kind = _KINDS.get(cells["kind"])
    if cells["kind"] and kind is None:
        problems.append(
            f"合同类型“{cells['kind']}”不认识；可用：{'、'.join(str(one.label) for one in ContractKind)}"
        )
    digests = {name: cells[name].lower() for name in ("sha256", "sm3")}
    for name, digest in digests.items():
        if digest and not DIGEST.fullmatch(digest):
            problems.append(f"“{COLUMNS[name][0]}”应为 64 位十六进制")
    signed_at = _moment(cells["signed_at"], problems, now)
    amount = _decimal(cells, "amount", Decimal(10) ** 15, problems)
    rate = _decimal(cells, "rate_percent", Decimal(10) ** 5, problems)
    term, size = _whole(cells, "term_days", 36_500, problems), _whole(cells, "size", 2**50, problems)
    parties = _parties(cells.get("companies", ""), problems)
    for name in ("contract_no", "product_code"):
        if len(cells.get(name, "")) > 80:
            problems.append(f"“{COLUMNS[name][0]}”超过 80 字")
    if not problems and kind is not None and signed_at is not None and size is not None:
        line.declared = Declared(
            contract_no=cells["contract_no"],
            kind=kind,
            signed_at=signed_at,
            product_code=cells.get("product_code", ""),
            amount=amount.quantize(Decimal("0.01")) if amount is not None else None,
            rate_percent=rate.quantize(Decimal("0.0001")) if rate is not None else None,
            term_days=term,
            parties=parties,
        )
        line.paper = Paper(digests["sha256"], digests["sm3"], size)
    return line


def _moment(text: str, problems: list[str], now: datetime) -> datetime | None:
    if not text:
        return None
    found = moment_of(text.replace("T", " "))
    if found is None:
        problems.append(f"签订时间“{text}”看不懂；请写成 2026-11-01 10:30")
    elif found > now:
        problems.append(f"签订时间“{text}”还没有到")
    return found


def _decimal(cells: Mapping[str, str], name: str, below: Decimal, problems: list[str]) -> Decimal | None:
    text = cells.get(name, "").replace(",", "").replace("，", "").removesuffix("%")
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found < below:
        problems.append(f"“{COLUMNS[name][0]}”不是可用的数：{text}")
        return None
    return found


def _whole(cells: Mapping[str, str], name: str, most: int, problems: list[str]) -> int | None:
    found = _decimal(cells, name, Decimal(most), problems)
    if found is None:
        return None
    if found != int(found) or found < 1:
        problems.append(f"“{COLUMNS[name][0]}”应为不小于 1 的整数")
        return None
    return int(found)


def _parties(text: str, problems: list[str]) -> list[Party]:
    for mark in "；;、,，":
        text = text.replace(mark, " ")
    codes = [clean_code(code) for code in text.split()]
    wrong = [code for code in codes if not is_uscc(code)]
    if wrong:
        problems.append(f"当事单位代码应为 18 位且校验位相符：{'、'.join(wrong)}")
        return []
    return [Party(PartyRole.OTHER, PartyKind.COMPANY, "", uscc=code) for code in dict.fromkeys(codes)]


def _mark_known(lines: Sequence[Line], batch: DepositBatch) -> None:
    """Mark what was deposited before, in an earlier file or higher up in this one."""
    digests = [line.paper.sha256 for line in lines if line.paper is not None]
    known: dict[str, str] = {}
    for start in range(0, len(digests), 500):
        some = ContractDeposit.objects.filter(agency=batch.agency, sha256__in=digests[start : start + 500])
        known.update(some.values_list("sha256", "number"))
    for line in lines:
        if line.paper is None:
            continue
        line.known_as = known.get(line.paper.sha256, "")
        known.setdefault(line.paper.sha256, f"第 {line.number} 行")
