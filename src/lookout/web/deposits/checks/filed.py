"""C10: what the institution declares, beside its own document and beside what was filed (交叉认证关键信息)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lookout.web.deposits.checks.facts import Compared, Document, Facts, FiledRow, Verdict, weigh
from lookout.web.deposits.extraction import tidy
from lookout.web.deposits.naming import plain_name, same_company
from lookout.web.deposits.rules import check_rules

PRODUCT, STATEMENT = "offsite_product", "offsite_statement"
LOAN, GUARANTEE = "financing_loan", "financing_guarantee"
WHOLE_TEXT = "合同正文"


def consistent_with_filings(facts: Facts) -> Verdict:
    """C10: parties, amount, rate and term agree wherever they were told."""
    compared, missing = list[Compared](), list[str]()
    if facts.document is not None and not facts.document.problem:
        compared += _with_document(facts, facts.document)
    projects = list(_projects(facts))
    for row in projects:
        compared += [replace(one, about=row.subject) for one in _with_project(facts, row)]
    compared += _with_statement(facts)
    wrong = [f"{one.what}与{one.source}不一致" for one in compared if one.agrees is False]
    if not projects:
        _without_project(facts, wrong, missing)
    return weigh(wrong, missing, "与合同正文和报送的记录一致", compared)


def _without_project(facts: Facts, wrong: list[str], missing: list[str]) -> None:
    filings = facts.filings
    if filings.problem:
        missing.append(filings.problem)
    elif filings.as_of is not None and facts.signed_at > filings.as_of:
        missing.append(f"签订晚于最近一次评定的数据时点（{filings.as_of:%Y-%m-%d}），报送还没有到")
    elif facts.product_code and (facts.institution, PRODUCT) in filings.seen:
        if (facts.institution, PRODUCT) in filings.cut:
            missing.append(f"产品登记太多，最近的里面没有产品代码“{facts.product_code}”")
        else:
            wrong.append(f"报送的产品登记里没有产品代码“{facts.product_code}”")
    elif facts.product_code:
        missing.append("没有收到这家机构的产品登记")
    else:
        missing.append("没有填产品代码，报送的贷款和担保里也没有这个合同编号")


def _with_document(facts: Facts, document: Document) -> Iterator[Compared]:
    terms = document.terms
    if terms.contract_no:
        yield _same("合同编号", facts.contract_no, terms.contract_no, WHOLE_TEXT)
    if facts.amount is not None and terms.amount is not None:
        yield _money("金额", facts.amount, terms.amount, WHOLE_TEXT)
    if terms.amount is not None and terms.capital_amount is not None:
        yield _money("大小写金额", terms.amount, terms.capital_amount, "合同正文的大写金额")
    if facts.rate_percent is not None and terms.rate is not None:
        yield _percent("年利率", facts.rate_percent, terms.rate.percent, f"合同正文：{terms.rate.words}")
    if facts.term_days is not None and terms.term is not None:
        yield _days(
            "期限", facts.term_days, terms.term.least, terms.term.most, f"合同正文：{terms.term.words}"
        )
    text = plain_name(tidy(document.text))
    if text:
        for party in facts.parties:
            agrees = plain_name(party.name or party.uscc) in text
            yield Compared("当事人", party.shown, "写有" if agrees else "没有写", WHOLE_TEXT, agrees)


def _projects(facts: Facts) -> Iterator[FiledRow]:
    """Yield what was filed about this contract: its product, its loan, its guarantee, each the newest row."""
    for table, column, wanted in (
        (PRODUCT, "product_code", facts.product_code),
        (LOAN, "contract_no", facts.contract_no),
        (GUARANTEE, "contract_no", facts.contract_no),
    ):
        found = next(
            (row for row in facts.filings.of(table) if wanted and row.values.get(column) == wanted), None
        )
        if found is not None:
            yield found


def _with_project(facts: Facts, row: FiledRow) -> Iterator[Compared]:
    amount, rate, term = _told(facts)
    values = row.values
    if row.table == PRODUCT:
        yield Compared(
            "产品发行机构", facts.institution, row.subject, row.source, facts.institution == row.subject
        )
        if rate is not None and (filed := _number(values.get("annual_yield_percent"))) is not None:
            yield _percent("年利率", rate, filed, row.source)
        if term is not None and (days := values.get("tenor_days")) is not None:
            yield _days("期限", term, int(days), int(days), row.source)
        return
    yield _party(facts, row)
    if row.table == LOAN:
        if amount is not None and (filed := _number(values.get("amount_yuan"))) is not None:
            yield _money("金额", amount, filed, row.source)
        if rate is not None and (filed := _number(values.get("rate_percent"))) is not None:
            yield _percent("年利率", rate, filed, row.source)
        if bank := values.get("bank"):
            yield _named("贷款方", facts, str(bank), row.source)
    else:
        if amount is not None and (filed := _number(values.get("balance_yuan"))) is not None:
            yield Compared("担保余额", _yuan(amount), _yuan(filed), row.source, filed <= amount)
        if name := values.get("counterparty_name"):
            yield _named("对方", facts, str(name), row.source)


def _told(facts: Facts) -> tuple[Decimal | None, Decimal | None, int | None]:
    """Return amount, rate and term as declared, or as the document says where nothing was declared."""
    terms = facts.document.terms if facts.document is not None else None
    amount, rate, term = facts.amount, facts.rate_percent, facts.term_days
    if terms is not None:
        amount = terms.amount if amount is None else amount
        rate = terms.rate.percent if rate is None and terms.rate is not None else rate
        term = terms.term.least if term is None and terms.term is not None else term
    return amount, rate, term


def _with_statement(facts: Facts) -> Iterator[Compared]:
    """Yield the rate beside the highest one the institution reported for the month of signing."""
    _amount, rate, _term = _told(facts)
    month = facts.signed_on.replace(day=1)
    for row in facts.filings.of(STATEMENT):
        highest = _number(row.values.get("max_annual_rate_percent"))
        period = row.values.get("period")
        is_month = getattr(period, "year", 0) == month.year and getattr(period, "month", 0) == month.month
        if rate is not None and highest is not None and is_month and row.subject == facts.institution:
            text = f"当月报送的最高 {_plain(highest)}%"
            yield Compared("年利率", f"{_plain(rate)}%", text, row.source, rate <= highest)
            return


def _party(facts: Facts, row: FiledRow) -> Compared:
    is_in = any(party.uscc == row.subject for party in facts.parties)
    name = str(row.values.get("company_name") or row.subject)
    return Compared("报送的企业", "、".join(party.shown for party in facts.parties), name, row.source, is_in)


def _named(what: str, facts: Facts, name: str, source: str) -> Compared:
    agrees = any(same_company(party.name, name) for party in facts.parties)
    return Compared(what, "、".join(party.shown for party in facts.parties), name, source, agrees)


def _number(value: Any) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _yuan(value: Decimal) -> str:
    return f"{value:,.2f} 元"


def _same(what: str, one: str, other: str, source: str) -> Compared:
    return Compared(what, one, other, source, plain_name(one) == plain_name(other))


def _money(what: str, one: Decimal, other: Decimal, source: str) -> Compared:
    return Compared(what, _yuan(one), _yuan(other), source, one == other)


def _percent(what: str, one: Decimal, other: Decimal, source: str) -> Compared:
    agrees = abs(one - other) < Decimal("0.005")
    return Compared(what, f"{_plain(one)}%", f"{_plain(other)}%", source, agrees)


def _days(what: str, told: int, least: int, most: int, source: str) -> Compared:
    slack = check_rules().term_tolerance_days
    other = f"{least} 天" if least == most else f"{least}–{most} 天"
    return Compared(what, f"{told} 天", other, source, least - slack <= told <= most + slack)
