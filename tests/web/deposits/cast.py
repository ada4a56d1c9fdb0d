"""A loan on which every check passes; each test changes the one thing it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.identifiers import person_check_digit, uscc_check_digit
from lookout.web.deposits.checks.facts import (
    Document,
    Facts,
    FiledRow,
    Filings,
    Party,
    Registered,
    Signature,
    Stamp,
)
from lookout.web.deposits.extraction import read_terms
from lookout.web.deposits.words import CertificateState, ContractKind, Factor, Intention, PartyKind, PartyRole


def uscc(first_17: str) -> str:
    return first_17 + uscc_check_digit(first_17)


def person_id(first_17: str) -> str:
    return first_17 + person_check_digit(first_17)


LENDER, BORROWER = uscc("91440106MA5D00001"), uscc("91440101MA5D00002")
LENDER_NAME, BORROWER_NAME = "广州粤海小额贷款有限公司", "广州云山商贸有限公司"
ZHANG = person_id("44010619900101123")
SIGNED = datetime(2026, 6, 1, 10, 30, tzinfo=SHANGHAI)
AS_OF = datetime(2026, 10, 31, 23, 59, tzinfo=SHANGHAI)
CONTRACT_NO = "TH-2026-0001"
TEXT = f"""借款合同
合同编号：{CONTRACT_NO}
甲方（出借人）：{LENDER_NAME}（统一社会信用代码 {LENDER}）
乙方（借款人）：张三  身份证号：{ZHANG}
第一条 借款金额为人民币壹拾万元整（小写：¥100,000.00元）。
第二条 借款期限自2026年6月1日起至2027年5月31日止。
第三条 年利率为 11.5%，逾期利率为日利率万分之三。
"""

COMPANY = Party(
    role=PartyRole.LENDER,
    kind=PartyKind.COMPANY,
    name=LENDER_NAME,
    uscc=LENDER,
    factors=frozenset({Factor.USCC, Factor.TRANSFER, Factor.AUTHORISATION}),
    verified_at=SIGNED - timedelta(days=30),
    intention=Intention.OTP,
    intended_at=SIGNED - timedelta(minutes=3),
    read_seconds=60,
)
PERSON = Party(
    role=PartyRole.BORROWER,
    kind=PartyKind.PERSON,
    name="张三",
    id_number=ZHANG,
    phone="13800138000",
    bank_card="6222020000000001234",
    factors=frozenset({Factor.NAME, Factor.ID_NUMBER, Factor.BANK_CARD, Factor.PHONE}),
    verified_at=SIGNED - timedelta(minutes=20),
    intention=Intention.SMS,
    intended_at=SIGNED - timedelta(minutes=2),
    read_seconds=95,
)


def signature(*names: str, **more: Any) -> Signature:
    base = Signature(
        names=names,
        serial="0a1b",
        issuer="某证书机构",
        algorithm="ECDSA-SHA256",
        signed_at=SIGNED,
        is_intact=True,
        covers_file=False,
        is_changed_after=False,
        certificate_state=CertificateState.VALID,
        valid_from=SIGNED - timedelta(days=100),
        valid_to=SIGNED + timedelta(days=200),
        stamp=Stamp(True, SIGNED + timedelta(seconds=5), "某时间戳机构", "7"),
    )
    return replace(base, **more)


def document(text: str = TEXT, signatures: tuple[Signature, ...] | None = None) -> Document:
    signed = (signature(LENDER_NAME), signature(f"张三@{ZHANG}", covers_file=True))
    return Document(read_terms(text), text, signed if signatures is None else signatures)


def filed(table: str, subject: str = LENDER, **values: Any) -> FiledRow:
    return FiledRow(table, subject, values, f"{table}（2026-10/{table}.csv 第 2 行）")


PRODUCT = filed(
    "offsite_product", product_code="CP-01", annual_yield_percent=Decimal("11.50"), tenor_days=364
)
PAYMENT = filed(
    "bank_transaction",
    direction="支出",
    amount_yuan=Decimal("100000.00"),
    purpose=f"放款 {CONTRACT_NO}",
    transacted_on=date(2026, 6, 2),
    counterparty_kind="自然人",
)


def filings(*rows: FiledRow, **more: Any) -> Filings:
    by_table: dict[str, tuple[FiledRow, ...]] = {}
    for row in rows:
        by_table[row.table] = (*by_table.get(row.table, ()), row)
    base = Filings(
        run_id="run-2",
        as_of=AS_OF,
        companies={LENDER: Registered(LENDER_NAME, "小额贷款公司", date(2016, 5, 1), None, "存续")},
        rows=by_table,
        seen=frozenset((row.subject, row.table) for row in rows),
    )
    return replace(base, **more)


LOAN = Facts(
    contract_no=CONTRACT_NO,
    kind=ContractKind.LOAN,
    signed_at=SIGNED,
    institution=LENDER,
    parties=(COMPANY, PERSON),
    product_code="CP-01",
    amount=Decimal("100000.00"),
    rate_percent=Decimal("11.5"),
    term_days=364,
    document=document(),
    filings=filings(PRODUCT, PAYMENT),
)


def loan(**changes: Any) -> Facts:
    return replace(LOAN, **changes)
