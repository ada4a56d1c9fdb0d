"""C9: what the law does not let a contract say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from lookout.hub.reading import legal_constant
from lookout.web.deposits.checks.facts import Compared, Facts, Verdict, weigh
from lookout.web.deposits.extraction import tidy
from lookout.web.deposits.rules import ContentRules, content_rules
from lookout.web.ui.masking import mask_text

AROUND = 12  # characters of the sentence shown beside a forbidden word
_CLAUSE_END = re.compile(r"[。;；,，!！?？]")
PRIVATE_FUND = {"private_fund", "私募基金"}  # the register's code, and its word


def lawful_content(facts: Facts) -> Verdict:
    """C9: no rate above the lawful one, no promise that may not be made."""
    rules = content_rules()
    wrong, missing, compared = list[str](), list[str](), list[Compared]()
    if facts.kind in rules.rate_kinds:
        _weigh_rates(facts, rules, wrong, missing, compared)
    _weigh_promises(facts, rules, wrong, missing, compared)
    return weigh(wrong, missing, "没有发现违法的利率和承诺", compared)


def _rates(facts: Facts) -> Iterator[tuple[str, Decimal, str]]:
    if facts.rate_percent is not None:
        yield "年利率", facts.rate_percent, "存证时填写"
    if facts.document is not None:
        for rate in facts.document.terms.rates:
            yield ("逾期年利率" if rate.is_overdue else "年利率"), rate.percent, f"合同正文：{rate.words}"


def _weigh_rates(
    facts: Facts, rules: ContentRules, wrong: list[str], missing: list[str], compared: list[Compared]
) -> None:
    found = list(_rates(facts))
    if not found:
        missing.append("没有写明利率，不能与法定上限比较")
        return
    limit, basis = _limit(facts, rules)
    if limit is None:
        missing.append(basis)
        return
    above = list[str]()
    for what, percent, source in found:
        agrees = percent <= limit
        told, most = f"{percent.normalize():f}%", f"{limit.normalize():f}%"
        compared.append(Compared(what, told, f"上限 {most}", source, agrees))
        if not agrees:
            above.append(f"{what} {told} 超过上限 {most}")
    if above:
        wrong.append(f"{'，'.join(dict.fromkeys(above))}（{basis}）")


def _limit(facts: Facts, rules: ContentRules) -> tuple[Decimal | None, str]:
    """Return the highest lawful rate on the day of signing and its basis; None with the reason why none is known."""
    limit = rules.limit_on(facts.signed_on)
    if limit is None:
        return None, f"{rules.rate_limits[0].start} 以前签订，规则里没有当时的利率上限"
    if limit.percent is not None:
        return limit.percent, limit.basis
    rate = legal_constant("LPR1Y", facts.signed_on)
    if rate is None or limit.times is None:
        return None, "签订当日没有公布的一年期 LPR"
    return limit.times * rate.value, f"{limit.basis}；签订日一年期 LPR 为 {rate.value}%（{rate.source}）"


def _weigh_promises(
    facts: Facts, rules: ContentRules, wrong: list[str], missing: list[str], compared: list[Compared]
) -> None:
    where = _where(facts, rules)
    if where is None:
        return
    document = facts.document
    if document is None or not document.text.strip():
        missing.append("没有合同正文，不能检查有没有承诺保本保收益")
        return
    promises = rules.promises[where]
    text = tidy(document.text)
    for term in promises.terms:
        place = _promised(text, term, rules)
        if place is None:
            continue
        words = mask_text(" ".join(text[max(0, place - AROUND) : place + len(term) + AROUND].split()))
        compared.append(Compared("承诺", f"…{words}…", term, promises.basis, False))
        wrong.append(f"写有“{term}”（{promises.basis}）")


def _where(facts: Facts, rules: ContentRules) -> str | None:
    """Return whose promises are looked for: those of private funds, of raising money, or None."""
    kinds = {one.organization_type for one in facts.filings.companies.values()}
    text = tidy(facts.document.text) if facts.document is not None else ""
    if kinds & PRIVATE_FUND or any(word in text for word in rules.fund_words):
        return "fund"
    return "raising" if facts.kind in rules.raising_kinds else None


def _promised(text: str, term: str, rules: ContentRules) -> int | None:
    """Return where a term stands that is not denied in the words before it, None when nowhere."""
    place = text.find(term)
    while place >= 0:
        clause = _CLAUSE_END.split(text[max(0, place - rules.denial_reach) : place])[-1].replace("\n", "")
        if not (clause.endswith(rules.negations) or any(word in clause for word in rules.denials)):
            return place
        place = text.find(term, place + 1)
    return None
