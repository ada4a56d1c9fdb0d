"""What is read out of a contract's wording."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lookout.web.deposits.documents import read_text
from lookout.web.deposits.extraction import read_terms
from lookout.web.deposits.figures import chinese_amount, chinese_figures
from tests.web.deposits.cast import CONTRACT_NO, LENDER, LENDER_NAME, TEXT
from tests.web.deposits.papers import contract


def test_the_terms_of_a_plain_loan() -> None:
    terms = read_terms(TEXT)

    assert terms.parties == (("甲方", LENDER_NAME), ("乙方", "张三"))
    assert (terms.contract_no, terms.usccs) == (CONTRACT_NO, (LENDER,))
    assert terms.amount == terms.capital_amount == Decimal("100000.00")
    assert [(rate.percent, rate.is_overdue) for rate in terms.rates] == [
        (Decimal("11.5"), False),
        (Decimal("10.95"), True),
    ]
    assert terms.term is not None
    assert (terms.term.least, terms.term.most) == (364, 365)


def test_the_text_layer_of_a_pdf_is_read() -> None:
    assert read_terms(read_text(contract(lender=LENDER))).parties == (("甲方", LENDER_NAME), ("乙方", "张三"))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", contract(lender=LENDER)[:500], b"no pdf at all"])
def test_a_torn_file_has_no_text_and_breaks_nothing(content: bytes) -> None:
    assert read_text(content) == ""


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("借款本金：人民币50万元", "500000.00"),
        ("贷款金额为 RMB 1,234,567.89 元", "1234567.89"),
        ("转让价款共计1.5亿元", "150000000.00"),
        ("借款金额：人民币伍万元整（￥50000.00）", "50000.00"),
        ("认购金额：１００万元", "1000000.00"),
        ("本合同一式三份", None),
    ],
)
def test_amounts(text: str, amount: str | None) -> None:
    assert read_terms(text).amount == (Decimal(amount) if amount else None)


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("年利率为百分之十二", "12"),
        ("年化利率：8.88%", "8.88"),
        ("月利率1.5%", "18"),
        ("月息 2%", "24"),
        ("日利率万分之五", "18.25"),
        ("日息0.5‰", "18.25"),
        ("综合年化资金成本为 15.4 %", "15.4"),
        ("年利率百分之五点五", "5.5"),
        ("利率随行就市", None),
    ],
)
def test_rates_are_told_a_year(text: str, percent: str | None) -> None:
    rate = read_terms(text).rate

    assert (rate.percent if rate else None) == (Decimal(percent) if percent else None)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("借款期限12个月", 365),
        ("期限：1年", 365),
        ("融资期限为180天", 180),
        ("自2026-01-01起至2026-12-31止", 364),
        ("自2026年2月30日至2026年12月31日", None),
    ],
)
def test_terms(text: str, days: int | None) -> None:
    term = read_terms(text).term

    assert (term is None) if days is None else (term is not None and term.least <= days <= term.most)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("壹拾万元整", "100000"),
        ("拾万元整", "100000"),
        ("壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分", "1234567.89"),
        ("壹万零伍拾元整", "10050"),
        ("壹亿贰仟万元整", "120000000"),
        ("元整", None),
        ("壹贰叁", None),
    ],
)
def test_capital_amounts(text: str, value: str | None) -> None:
    assert chinese_amount(text) == (Decimal(value) if value else None)


def test_plain_figures_in_characters() -> None:
    assert [chinese_figures(text) for text in ("十二", "二十", "五", "五点五", "百")] == [
        12,
        20,
        5,
        Decimal("5.5"),
        None,
    ]


def test_a_name_ends_where_its_number_begins() -> None:
    assert read_terms("借款人：李四 身份证号码：440106199001011230\n").parties == (("借款人", "李四"),)
    assert read_terms("乙方：李 四（以下简称乙方）\n").parties == (("乙方", "李四"),)


def test_hostile_text_is_read_in_time() -> None:
    assert read_terms("借款金额" * 20_000 + "：" + " " * 50_000).amount is None
