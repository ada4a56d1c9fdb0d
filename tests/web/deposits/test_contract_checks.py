"""Each of the twelve checks: what passes, what fails, and what cannot be told."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from lookout.contracts.constants import constants_at
from lookout.hub.reading import legal_constant
from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import CatalogueError
from lookout.web.deposits import rules
from lookout.web.deposits.checks import CHECKS, check_all
from lookout.web.deposits.checks.facts import Document, Earlier, Facts, Filings, Other, Registered, Stamp
from lookout.web.deposits.checks.parties import age_on
from lookout.web.deposits.extraction import Terms
from lookout.web.deposits.naming import names_party, shown_name
from lookout.web.deposits.words import CertificateState, CheckCode, ContractKind, Result
from tests.web.deposits.cast import (
    AS_OF,
    BORROWER,
    BORROWER_NAME,
    COMPANY,
    CONTRACT_NO,
    LENDER,
    LENDER_NAME,
    LOAN,
    PAYMENT,
    PERSON,
    PRODUCT,
    SIGNED,
    TEXT,
    document,
    filed,
    filings,
    loan,
    person_id,
    signature,
)

PASS, FAIL, UNKNOWN = Result.PASS, Result.FAIL, Result.UNKNOWN


def test_a_contract_in_order_passes_all_twelve() -> None:
    assert {code: verdict.result for code, verdict in check_all(LOAN).items()} == dict.fromkeys(
        CheckCode, PASS
    )


def _party(party: Any = PERSON, **changes: Any) -> tuple[Any, ...]:
    changed = replace(party, **changes)
    return (COMPANY, changed) if party is PERSON else (changed, PERSON)


def _signed(**changes: Any) -> Document:
    return document(signatures=(signature(LENDER_NAME), signature("张三", **changes)))


def _text(old: str, new: str) -> Document:
    assert old in TEXT
    return document(TEXT.replace(old, new))


def _company(**changes: Any) -> Filings:
    known = Registered(LENDER_NAME, "小额贷款公司", date(2016, 5, 1), None, "存续")
    return filings(PRODUCT, PAYMENT, companies={LENDER: replace(known, **changes)})


MINOR = person_id("44010620090101123")
LATE = SIGNED + timedelta(hours=1)
FUND = replace(LOAN, kind=ContractKind.OTHER, rate_percent=None)
SCAN = Document(Terms(), "", (signature(LENDER_NAME), signature("张三")))


def _fund(sentence: str) -> dict[str, Any]:
    return {"kind": ContractKind.OTHER, "document": document(f"某私募基金合同\n{sentence}\n")}


def _raising(sentence: str) -> dict[str, Any]:
    return {"kind": ContractKind.MEMBERSHIP, "document": document(f"会员协议\n{sentence}\n")}


def _loan_row(**values: Any) -> Filings:
    told = {"contract_no": CONTRACT_NO, "company_name": BORROWER_NAME, "amount_yuan": Decimal("100000.00")}
    return filings(filed("financing_loan", BORROWER, **{**told, "rate_percent": 11.5, **values}))


CORPORATE = replace(PERSON, kind=COMPANY.kind, name=BORROWER_NAME, uscc=BORROWER, id_number="")
TO_COMPANY = {"parties": (COMPANY, CORPORATE), "product_code": "", "document": None}


def _paid(**changes: Any) -> Filings:
    return filings(PRODUCT, replace(PAYMENT, values={**PAYMENT.values, **changes}))


CUT = replace(_paid(purpose="", amount_yuan=Decimal(7)), cut=frozenset({(LENDER, "bank_transaction")}))

TABLE = [
    # C1 identity
    ("C1", {"parties": _party(factors=frozenset({"name", "id_number"}))}, FAIL, "缺少身份要素 银行卡号、预留手机号"),
    ("C1", {"parties": _party(COMPANY, factors=frozenset({"uscc"}))}, FAIL, "对公打款"),
    ("C1", {"parties": _party(id_number="440106199001011231")}, FAIL, "校验位"),
    ("C1", {"parties": _party(verified_at=LATE)}, FAIL, "签订之后才核验身份"),
    ("C1", {"parties": _party(COMPANY, name="广州粤海实业有限公司")}, FAIL, "登记的名称不符"),
    ("C1", {"parties": _party(factors=frozenset())}, UNKNOWN, "没有报告核验过哪些身份要素"),
    ("C1", {"parties": _party(verified_at=None)}, UNKNOWN, "没有报告身份核验时间"),
    ("C1", {"parties": ()}, UNKNOWN, "没有写明当事人"),
    # C2 capacity
    ("C2", {"parties": _party(id_number=MINOR)}, FAIL, "签订时 17 周岁"),
    ("C2", {"filings": _company(closed_on=date(2026, 5, 1), state="注销")}, FAIL, "签订前已注销"),
    ("C2", {"filings": _company(founded_on=date(2026, 8, 1))}, FAIL, "签订时还没有成立"),
    ("C2", {"filings": _company(closed_on=date(2026, 9, 1), state="注销")}, UNKNOWN, "现为“注销”"),
    ("C2", {"parties": _party(id_number="")}, UNKNOWN, "没有可用的身份证号"),
    ("C2", {"filings": filings(PRODUCT, companies={})}, UNKNOWN, "登记数据里没有这家单位"),
    # C3 real intention
    ("C3", {"parties": _party(intended_at=LATE)}, FAIL, "签订之后才核验意愿"),
    ("C3", {"parties": _party(intended_at=SIGNED - timedelta(days=3))}, FAIL, "早于签订超过 24 小时"),
    ("C3", {"parties": _party(read_seconds=4)}, FAIL, "只阅读了 4 秒"),
    ("C3", {"parties": _party(read_seconds=10)}, PASS, ""),
    ("C3", {"parties": _party(intention=None)}, UNKNOWN, "没有报告签署时怎样核验意愿"),
    ("C3", {"parties": _party(read_seconds=None)}, UNKNOWN, "没有报告阅读时长"),
    # C4 certificates
    ("C4", {"document": _signed(certificate_state=CertificateState.EXPIRED)}, FAIL, "签署时证书已过期"),
    ("C4", {"document": _signed(certificate_state=CertificateState.REVOKED)}, FAIL, "签署时证书已吊销"),
    ("C4", {"document": _signed(certificate_state=CertificateState.UNTRUSTED)}, FAIL, "不受信任"),
    ("C4", {"document": _signed(may_sign=False)}, FAIL, "密钥用途不包括签名"),
    ("C4", {"document": _signed(is_test=True)}, PASS, "不具法律效力"),
    ("C4", {"document": _signed(certificate_state=CertificateState.UNKNOWN)}, UNKNOWN, "没有吊销信息"),
    ("C4", {"document": None}, UNKNOWN, "只存了摘要"),
    # C5 signature mathematics
    ("C5", {"document": _signed(is_intact=False)}, FAIL, "签名与内容不符"),
    ("C5", {"document": document(signatures=())}, UNKNOWN, "文件里没有电子签名"),
    ("C5", {"document": Document(Terms(), problem="不是完好的 PDF")}, UNKNOWN, "不是完好的 PDF"),
    # C6 time-stamps
    ("C6", {"document": _signed(stamp=Stamp(True, SIGNED - timedelta(minutes=9)))}, FAIL, "早于签署时间"),
    ("C6", {"document": _signed(stamp=Stamp(True, SIGNED + timedelta(days=201)))}, FAIL, "不在证书有效期内"),
    ("C6", {"document": _signed(stamp=Stamp(True, SIGNED), valid_from=LATE)}, FAIL, "不在证书有效期内"),
    ("C6", {"document": _signed(stamp=Stamp(False, None, problems=("摘要不符",)))}, FAIL, "摘要不符"),
    ("C6", {"document": _signed(stamp=None)}, UNKNOWN, "签名没有时间戳"),
    ("C6", {"document": None}, UNKNOWN, "只存了摘要"),
    # C7 the whole document
    ("C7", {"document": _signed(is_changed_after=True)}, FAIL, "加了没有签名的内容"),
    ("C7", {"document": None}, UNKNOWN, "只存了摘要"),
    # C8 all parties
    ("C8", {"document": document(signatures=(signature(LENDER_NAME),))}, FAIL, "借款人 张＊ 没有签署"),
    ("C8", {"document": document(signatures=(signature(LENDER_NAME), signature("张三丰")))}, FAIL, "张＊"),
    ("C8", {"document": document(signatures=())}, FAIL, "没有电子签名"),
    ("C8", {"parties": ()}, UNKNOWN, "没有写明当事人"),
    ("C8", {"document": None}, UNKNOWN, "只存了摘要"),
    # C9 lawful content: LPR 3.00 % on that day
    ("C9", {"rate_percent": Decimal("12.0")}, PASS, ""),
    ("C9", {"rate_percent": Decimal("12.01")}, FAIL, "超过上限 12%"),
    ("C9", {"document": _text("年利率为 11.5%", "月利率为 1.5%")}, FAIL, "年利率 18% 超过上限 12%"),
    ("C9", {"document": _text("万分之三", "万分之五")}, FAIL, "逾期年利率 18.25%"),
    ("C9", {"rate_percent": Decimal(15), "signed_at": datetime(2024, 6, 1, tzinfo=SHANGHAI)}, FAIL, "13.8%"),
    ("C9", {"rate_percent": Decimal(20), "document": None, "signed_at": datetime(2018, 1, 1, tzinfo=SHANGHAI)}, PASS, ""),
    ("C9", {"rate_percent": Decimal(25), "signed_at": datetime(2018, 1, 1, tzinfo=SHANGHAI)}, FAIL, "24%"),
    ("C9", {"rate_percent": None, "document": None}, UNKNOWN, "没有写明利率"),
    ("C9", {"signed_at": datetime(2012, 1, 1, tzinfo=SHANGHAI)}, UNKNOWN, "2015-09-01 以前签订"),
    ("C9", _fund("管理人承诺投资本金不受损失。"), FAIL, "私募投资基金监督管理暂行办法第十五条"),
    ("C9", _fund("无论市场如何，管理人到期回购全部份额。"), FAIL, "到期回购"),
    ("C9", _fund("管理人不承诺保本，也不保证最低收益。"), PASS, ""),
    ("C9", _fund("本基金不保本。但乙方另行保证差额补足。"), FAIL, "差额补足"),
    ("C9", _raising("入会满一年还本付息，另送礼品。"), FAIL, "防范和处置非法集资条例第二条"),
    ("C9", _raising("会员享受九折。"), PASS, ""),
    ("C9", {"kind": ContractKind.MEMBERSHIP, "document": SCAN}, UNKNOWN, "没有合同正文"),
    # C10 filings
    ("C10", {"amount": Decimal("90000.00")}, FAIL, "金额与合同正文不一致"),
    ("C10", {"document": _text("壹拾万元整", "壹拾壹万元整")}, FAIL, "大小写金额"),
    ("C10", {"document": _text("张三", "李四")}, FAIL, "当事人与合同正文不一致"),
    ("C10", {"rate_percent": Decimal("10.5"), "document": None}, FAIL, "年利率与"),
    ("C10", {"term_days": 180, "document": None}, FAIL, "期限与"),
    ("C10", {"document": None}, PASS, ""),
    ("C10", {**TO_COMPANY, "filings": _loan_row()}, PASS, ""),
    ("C10", {**TO_COMPANY, "filings": _loan_row(amount_yuan=Decimal("80000.00"))}, FAIL, "金额与"),
    ("C10", {**TO_COMPANY, "filings": _loan_row(bank="广州粤海小额贷款有限公司")}, PASS, ""),
    ("C10", {**TO_COMPANY, "filings": _loan_row(bank="别的银行")}, FAIL, "贷款方与"),
    ("C10", {"product_code": "CP-99"}, FAIL, "产品登记里没有产品代码“CP-99”"),
    ("C10", {"product_code": "", "document": None}, UNKNOWN, "没有填产品代码"),
    ("C10", {"filings": filings(PAYMENT)}, UNKNOWN, "没有收到这家机构的产品登记"),
    ("C10", {"filings": Filings(problem="还没有完成过评定")}, UNKNOWN, "还没有完成过评定"),
    ("C10", {"filings": filings(PAYMENT, as_of=SIGNED - timedelta(days=1))}, UNKNOWN, "晚于最近一次评定"),
    # C11 funds
    ("C11", {"filings": _paid(amount_yuan=Decimal("92000.00"))}, FAIL, "民法典第六百七十条"),
    ("C11", {"filings": _paid(amount_yuan=Decimal("110000.00"))}, FAIL, "多于合同金额"),
    ("C11", {"filings": _paid(purpose="往来款")}, PASS, "流水没有写合同编号"),
    ("C11", {"filings": _paid(purpose="", amount_yuan=Decimal(7))}, FAIL, "流水里没有这笔款项"),
    ("C11", {"filings": _paid(transacted_on=date(2026, 9, 1))}, FAIL, "流水里没有这笔款项"),
    ("C11", {"filings": filings(PRODUCT)}, UNKNOWN, "没有收到当事单位的银行流水"),
    ("C11", {"filings": replace(_paid(purpose="", amount_yuan=Decimal(7)), as_of=SIGNED + timedelta(days=9))}, UNKNOWN, "还没有到齐"),
    ("C11", {"filings": CUT}, UNKNOWN, "流水太多"),
    ("C11", {"amount": None, "document": None}, UNKNOWN, "没有写明金额"),
    # C12 duplicates
    ("C12", {"others": (Other("HT1", True, True, False, False),)}, FAIL, "另一家机构先前的存证是同一份文件"),
    ("C12", {"others": (Other("HT1", False, True, False, False),)}, FAIL, "另一家机构已经存证过"),
    ("C12", {"others": (Other("HT1", False, True, True, False),)}, FAIL, "本机构已经存证过"),
    ("C12", {"others": (Other("HT1", False, True, True, True),), "earlier": Earlier("HT1", CONTRACT_NO, SIGNED)}, PASS, ""),
    ("C12", {"earlier": Earlier("HT1", CONTRACT_NO, SIGNED, ("HT2",))}, FAIL, "已有另一份修订"),
    ("C12", {"earlier": Earlier("HT1", "别的编号", SIGNED)}, FAIL, "合同编号与原版"),
    ("C12", {"earlier": Earlier("HT1", CONTRACT_NO, LATE)}, FAIL, "早于原版"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "changes", "result", "words"),
    TABLE,
    ids=[f"{number}-{row[0]}-{row[2].value}" for number, row in enumerate(TABLE)],
)
def test_a_check_says_what_it_found(code: str, changes: dict[str, Any], result: Result, words: str) -> None:
    verdict = CHECKS[CheckCode(code)](loan(**changes))

    assert (verdict.result, words in verdict.reason) == (result, True), verdict


def test_every_check_has_a_hit_a_miss_and_a_case_that_cannot_be_told() -> None:
    found = {(code, result) for code, _changes, result, _words in TABLE}

    assert {code for code, result in found if result is FAIL} == {code.value for code in CheckCode}
    # Whether something was deposited before can always be told.
    assert {code for code, result in found if result is UNKNOWN} == {code.value for code in CheckCode} - {
        "C12"
    }


def test_instalments_that_name_the_contract_add_up() -> None:
    halves = [
        replace(PAYMENT, values={**PAYMENT.values, "amount_yuan": Decimal("50000.00"), "transacted_on": day})
        for day in (date(2026, 6, 2), date(2026, 6, 9))
    ]

    verdict = CHECKS[CheckCode.C11](loan(filings=filings(PRODUCT, *halves)))

    assert verdict.result is PASS
    assert verdict.compared[-1].other == "100,000.00 元"


def test_both_sides_of_one_payment_count_once() -> None:
    received = filed(
        "bank_transaction",
        BORROWER,
        **{**PAYMENT.values, "direction": "收入"},
    )

    assert CHECKS[CheckCode.C11](loan(filings=filings(PRODUCT, PAYMENT, received))).result is PASS


def test_a_rate_above_what_was_reported_for_the_month_is_inconsistent() -> None:
    statement = filed("offsite_statement", period=date(2026, 6, 1), max_annual_rate_percent=9.0)

    verdict = CHECKS[CheckCode.C10](loan(filings=filings(PRODUCT, statement)))

    assert verdict.result is FAIL
    assert verdict.compared[-1].other == "当月报送的最高 9%"


def test_no_reason_names_a_person_or_tells_another_companys_figures() -> None:
    for code, changes, _result, _words in TABLE:
        verdict = CHECKS[CheckCode(code)](loan(**changes))
        told = verdict.reason + "".join(line.contract + line.other for line in verdict.compared)
        assert "张三" not in told, code
        assert PERSON.id_number not in told
        if code in ("C10", "C11"):
            assert "92,000" not in verdict.reason
            assert all(
                line.about for line in verdict.compared if "第 2 行" in line.source and line.what != "年利率"
            )


def test_the_limit_follows_the_published_rate_of_the_day() -> None:
    for day in (date(2020, 8, 20), date(2022, 1, 20), date(2024, 10, 21), date(2026, 6, 1)):
        known = legal_constant("LPR1Y", day)
        assert known is not None
        assert known.value == constants_at(day)["LPR1Y"]
        assert known.source
    assert legal_constant("LPR1Y", date(2019, 8, 19)) is None


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 5, 31), 17), (date(2026, 6, 1), 18), (date(2026, 6, 2), 18)]
)
def test_a_year_is_full_on_the_birthday(day: date, age: int) -> None:
    assert age_on(date(2008, 6, 1), day) == age


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("张三", True),
        ("张三@440106199001011234", True),
        ("张三丰", False),
        ("李张三", False),
        ("张 三", True),
    ],
)
def test_a_certificate_names_a_party_by_its_whole_name(text: str, fits: bool) -> None:
    assert names_party(text, "张三") is fits


def test_brackets_and_width_do_not_tell_companies_apart() -> None:
    assert names_party("广州(粤海)有限公司", "广州（粤海）有限公司")
    assert names_party(f"X@{LENDER}", "", LENDER)


def test_names_are_shown_masked_unless_they_are_a_companys() -> None:
    assert shown_name("张三@440106199001011230") == "张＊"
    assert shown_name(LENDER_NAME) == LENDER_NAME


def test_the_catalogue_tells_all_that_is_wrong_with_it() -> None:
    with pytest.raises(CatalogueError) as caught:
        rules.read_content_rules(
            {
                "rate_limits": [{"from": "2020-08-20", "percent": 24, "times": 4, "basis": "x"}],
                "rate_kinds": ["nonsense"],
                "promises": {},
                "raising_kinds": [],
                "denials": [],
                "negations": [],
                "denial_reach": 0,
                "fund_words": [],
            }
        )

    assert len(caught.value.problems) >= 3
    with pytest.raises(CatalogueError, match="缺少核验项"):
        rules.read_check_rules({**rules._read("contract_check.yaml"), "checks": {}})


def test_every_check_has_words_and_law() -> None:
    assert set(rules.check_rules().checks) == set(CheckCode) == set(CHECKS)


def test_facts_without_anything_leave_everything_open() -> None:
    bare = Facts("X", ContractKind.OTHER, SIGNED, "", filings=Filings(as_of=AS_OF))

    results = {verdict.result for code, verdict in check_all(bare).items() if code not in ("C9", "C12")}

    assert results == {UNKNOWN}


def test_a_check_is_told_in_the_language_of_the_page() -> None:
    with translation.override("en"):
        told = [entry.words for entry in rules.check_rules().checks.values()]

    assert not [one for one in told if re.search(r"[\u4e00-\u9fff]", one.model_dump_json())]
    assert rules.check_rules().checks[CheckCode.C1].words.title == "身份真实"


def test_a_check_without_english_words_is_refused() -> None:
    content = copy.deepcopy(rules._read("contract_check.yaml"))
    del content["checks"]["C7"]["en"]

    with pytest.raises(CatalogueError) as caught:
        rules.read_check_rules(content)

    assert [problem.where for problem in caught.value.problems] == ["contract_check.yaml checks.C7.en"]
