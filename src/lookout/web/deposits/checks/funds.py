"""C11: whether the money of a contract moved as agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from lookout.kernel.clock import local_day
from lookout.web.deposits.checks.facts import Compared, Facts, FiledRow, Verdict, failed, passed, unknown
from lookout.web.deposits.rules import FundRules, check_rules

TRANSACTION = "bank_transaction"
OUT = "支出"
LESS = "民法典第六百七十条：利息不得预先扣除，按实际借款数额返还"


def funds_moved(facts: Facts) -> Verdict:
    """C11: payments that name the contract add up to its amount, or one of just that amount went to a party."""
    rules = check_rules().funds
    amount = facts.amount
    if amount is None and facts.document is not None:
        amount = facts.document.terms.amount
    if amount is None:
        return unknown("没有写明金额，不能与流水核对")
    problem = _not_readable(facts)
    if problem:
        return unknown(problem)
    first = facts.signed_on - timedelta(days=rules.before_days)
    last = facts.signed_on + timedelta(days=rules.within_days)
    rows = [row for row in facts.filings.of(TRANSACTION) if first <= _day(row) <= last]
    named = list(_one_side(row for row in rows if facts.contract_no in str(row.values.get("purpose") or "")))
    if named:
        return _sum(named, amount)
    exact = [row for row in rows if _amount(row) == amount and _between_parties(facts, row)]
    if exact:
        compared = [_line(exact[0], amount)]
        return passed("签订前后有同额的款项在当事人之间流转（流水没有写合同编号）", compared)
    return _nothing_found(facts, last, rules)


def _not_readable(facts: Facts) -> str:
    filings = facts.filings
    if filings.problem:
        return filings.problem
    if not facts.usccs:
        return "当事人里没有单位，查不到银行流水"
    if not any((code, TRANSACTION) in filings.seen for code in facts.usccs):
        return "没有收到当事单位的银行流水"
    return ""


def _one_side(rows: Iterator[FiledRow]) -> Iterator[FiledRow]:
    """Yield one side of each movement: a payment stands with who pays and with who receives."""
    found = list(rows)
    paid = [row for row in found if row.values.get("direction") == OUT]
    yield from paid or found


def _sum(rows: list[FiledRow], amount: Decimal) -> Verdict:
    total = sum((_amount(row) for row in rows), Decimal(0))
    compared = [_line(row, None) for row in rows]
    compared.append(
        Compared(
            "合计",
            f"{amount:,.2f} 元",
            f"{total:,.2f} 元",
            f"{len(rows)} 笔流水",
            total == amount,
            rows[0].subject,
        )
    )
    if total == amount:
        return passed(f"写有合同编号的 {len(rows)} 笔流水合计与合同金额相符", compared)
    if total < amount:
        return failed([f"实际支付少于合同金额（{LESS}）"], compared)
    return failed(["实际支付多于合同金额"], compared)


def _between_parties(facts: Facts, row: FiledRow) -> bool:
    """Tell whether a movement can be between parties: to one of them, or to a person when one is a person."""
    other = row.values.get("counterparty_uscc")
    if other:
        return other in facts.usccs and other != row.subject
    has_person = any(party.is_person for party in facts.parties)
    return has_person and row.values.get("counterparty_kind") == "自然人"


def _nothing_found(facts: Facts, last: date, rules: FundRules) -> Verdict:
    as_of = facts.filings.as_of
    if as_of is None or local_day(as_of) < last:
        return unknown(f"签订后 {rules.within_days} 天内的流水还没有到齐，现在没有查到这笔款项")
    cut = [code for code in facts.usccs if (code, TRANSACTION) in facts.filings.cut]
    if cut:
        return unknown(f"流水太多，只看了最近 {rules.most_rows} 笔，没有查到这笔款项")
    return failed([f"签订后 {rules.within_days} 天内，当事单位的流水里没有这笔款项"])


def _amount(row: FiledRow) -> Decimal:
    return Decimal(str(row.values.get("amount_yuan") or 0))


def _day(row: FiledRow) -> date:
    found = row.values.get("transacted_on")
    return found if isinstance(found, date) else date.min


def _line(row: FiledRow, amount: Decimal | None) -> Compared:
    words = f"{row.values.get('direction')} {_amount(row):,.2f} 元，{_day(row)}"
    wanted = f"{amount:,.2f} 元" if amount is not None else "—"
    return Compared("流水", wanted, words, row.source, True if amount is not None else None, row.subject)
