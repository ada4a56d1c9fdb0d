"""The contracts of the demonstration: invented people, a company of the synthetic province, real signatures."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from lookout.hub.reading import CompanyFilter, CompanyRow, NothingPublishedError
from lookout.kernel.errors import LookoutError
from lookout.kernel.identifiers import person_check_digit
from lookout.proof import sha256_hex, sm3_hex
from lookout.proof.authority import open_authority
from lookout.proof.certificates import Purpose
from lookout.proof.pdf import seal_pdf
from lookout.proof.places import authority_folder
from lookout.proof.signing import Signer
from lookout.proof.stamps import BuiltInAuthority
from lookout.web import published
from lookout.web.accounts.models import Agency, User
from lookout.web.deposits.checking import check_contract
from lookout.web.deposits.checks.facts import Party
from lookout.web.deposits.checks.filed import PRODUCT
from lookout.web.deposits.demo_papers import pdf_of
from lookout.web.deposits.models import ContractDeposit
from lookout.web.deposits.services import Declared, Paper, deposit_contract
from lookout.web.deposits.words import ContractKind, Factor, Intention, PartyKind, PartyRole

logger = logging.getLogger(__name__)
AGENCY, DEPOSITOR = "gz-tianhe-fund", "jigou"
CANDIDATES = 10


@dataclass(frozen=True)
class _Fund:
    """The company the demo institution stands for, with one of its filed products."""

    company: CompanyRow
    product: str
    rate: Decimal
    days: int


def seed_demo_contracts(now: datetime) -> int:
    """Deposit the demo contracts once, when a province was published; return how many were made."""
    agency = Agency.objects.filter(code=AGENCY).first()
    user = User.objects.filter(username=DEPOSITOR).first()
    if agency is None or user is None or ContractDeposit.objects.filter(agency=agency).exists():
        return 0
    try:
        fund = _find_fund(agency.region)
        return _deposit_for(agency, user, fund, now) if fund is not None else 0
    except NothingPublishedError:
        return 0
    except LookoutError:
        # A demonstration without contracts still starts.
        logger.exception("the contracts of the demonstration were not made")
        return 0


def _deposit_for(agency: Agency, user: User, fund: _Fund, now: datetime) -> int:
    agency.company = fund.company.identifier
    agency.save(update_fields=["company"])
    contracts = _contracts(fund, now)
    for declared, paper in contracts:
        check_contract(deposit_contract(user, agency, declared, paper, now=now), now=now)
    return len(contracts)


def _find_fund(region: str) -> _Fund | None:
    """Return the first private fund of a region that filed a product, or of the whole province."""
    reader = published.reader()
    for place in (region, region[:4], region[:2]):
        asked = CompanyFilter(organization_type="private_fund", region=place)
        for company in reader.list_companies(asked, sort="name", limit=CANDIDATES).rows:
            group = reader.table_rows(company.identifier, PRODUCT, None, 1)
            for row in group.rows if group is not None else ():
                values = row.values
                if values.get("annual_yield_percent") is not None and values.get("tenor_days"):
                    rate = Decimal(str(values["annual_yield_percent"]))
                    return _Fund(company, str(values["product_code"]), rate, int(values["tenor_days"]))
    return None


class _Desk:
    """Who signs the demo contracts, one after the other and a little before now."""

    def __init__(self, now: datetime) -> None:
        self.at = now - timedelta(minutes=30)
        self._authority = open_authority(authority_folder(Path(settings.LOOKOUT_HOME)), now=now)
        self._stamper = BuiltInAuthority(self._authority.folder, lambda: now, authority=self._authority)
        self._signers: dict[str, Signer] = {}

    def sign(self, paper: bytes, *names: str) -> bytes:
        """Return the paper signed by each, with certificates of the test authority."""
        for name in names:
            if name not in self._signers:
                issued = self._authority.issue(name, Purpose.SIGNING, at=self.at)
                self._signers[name] = Signer.of_identity(issued)
            paper = seal_pdf(paper, self._signers[name], self._stamper, at=self.at)
        return paper


def _contracts(fund: _Fund, now: datetime) -> list[tuple[Declared, Paper]]:
    desk, name, code = _Desk(now), fund.company.name, fund.company.identifier
    manager = _manager(fund, desk.at)
    months = f"期限：{fund.days}天"
    good = [
        *_head("基金合同", "JJ-2026-001", name, code, "周小明"),
        "第一条 认购金额为人民币壹佰万元整（小写：¥1,000,000.00元）。",
        f"第二条 业绩比较基准年化收益率 {fund.rate}%，管理人不承诺保本，不保证最低收益。",
        f"第三条 存续{months}。",
    ]
    promised = [
        *_head("基金合同补充协议", "JJ-2026-002", name, code, "吴大伟"),
        "第一条 认购金额为人民币伍拾万元整（小写：¥500,000.00元）。",
        f"第二条 年化收益率 {fund.rate + 6}%，管理人承诺投资本金不受损失，到期回购全部份额。",
        f"第三条 存续{months}。",
    ]
    loan = [
        *_head("借款合同", "JK-2026-003", name, code, "郑一凡", "出借人", "借款人"),
        "第一条 借款金额为人民币贰拾万元整（小写：¥210,000.00元）。",
        "第二条 年利率为 18%，逾期利率为日利率万分之五。",
        "第三条 借款期限12个月。",
    ]
    common: dict[str, Any] = {"product_code": fund.product, "rate_percent": fund.rate, "term_days": fund.days}
    return [
        (
            _declared("JJ-2026-001", desk.at, manager, _person("周小明", 1, desk.at), "1000000.00", **common),
            _paper(desk.sign(pdf_of(good), name, "周小明"), "基金合同.pdf"),
        ),
        (
            _declared("JJ-2026-002", desk.at, manager, _person("吴大伟", 2, desk.at), "500000.00", **common),
            _paper(desk.sign(pdf_of(promised), name), "补充协议.pdf"),
        ),
        (
            _declared(
                "JK-2026-003",
                desk.at,
                _manager(fund, desk.at, PartyRole.LENDER),
                _person("郑一凡", 3, desk.at, PartyRole.BORROWER, read_seconds=4),
                "200000.00",
                kind=ContractKind.LENDING,
                rate_percent=Decimal(18),
                term_days=365,
            ),
            # A page was added after everybody had signed.
            _paper(desk.sign(pdf_of(loan), name, "郑一凡") + b"\n% appendix\n", "借款合同.pdf"),
        ),
        (
            _declared("JJ-2026-004", now - timedelta(days=60), None, None, "300000.00", **common),
            Paper(sha256_hex(b"JJ-2026-004"), sm3_hex(b"JJ-2026-004"), 182_044),
        ),
    ]


def _head(
    title: str, number: str, name: str, code: str, person: str, one: str = "管理人", other: str = "投资人"
) -> list[str]:
    return [
        title,
        f"合同编号：{number}",
        f"甲方（{one}）：{name}（统一社会信用代码 {code}）",
        f"乙方（{other}）：{person}",
    ]


def _paper(content: bytes, name: str) -> Paper:
    return Paper(sha256_hex(content), sm3_hex(content), len(content), name, content)


def _declared(
    number: str, at: datetime, one: Party | None, other: Party | None, amount: str, **more: Any
) -> Declared:
    parties = [party for party in (one, other) if party is not None]
    values = {"kind": ContractKind.OTHER, **more}
    return Declared(contract_no=number, signed_at=at, amount=Decimal(amount), parties=parties, **values)


def _manager(fund: _Fund, at: datetime, role: PartyRole = PartyRole.MANAGER) -> Party:
    return Party(
        role=role,
        kind=PartyKind.COMPANY,
        name=fund.company.name,
        uscc=fund.company.identifier,
        factors=frozenset({Factor.USCC, Factor.TRANSFER, Factor.AUTHORISATION}),
        verified_at=at - timedelta(days=30),
        verified_by="演示认证服务",
        intention=Intention.OTP,
        intended_at=at - timedelta(minutes=5),
        read_seconds=60,
    )


def _person(
    name: str,
    number: int,
    at: datetime,
    role: PartyRole = PartyRole.INVESTOR,
    *,
    read_seconds: int = 185,
) -> Party:
    first = f"4401061985010{number}00{number}"
    return Party(
        role=role,
        kind=PartyKind.PERSON,
        name=name,
        id_number=first + person_check_digit(first),
        phone=f"1380013800{number}",
        bank_card=f"622202000000000000{number}",
        factors=frozenset({Factor.NAME, Factor.ID_NUMBER, Factor.BANK_CARD, Factor.PHONE}),
        verified_at=at - timedelta(hours=1),
        verified_by="演示认证服务",
        intention=Intention.SMS,
        intended_at=at - timedelta(minutes=2),
        read_seconds=read_seconds,
    )
