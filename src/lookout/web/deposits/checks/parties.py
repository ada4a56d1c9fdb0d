"""C1–C3: who the parties are, whether they could contract, and whether they meant to."""

from __future__ import annotations

from datetime import date, timedelta

from lookout.kernel.clock import local_day
from lookout.kernel.identifiers import is_person_id, is_uscc
from lookout.web.deposits.checks.facts import Compared, Facts, Party, Registered, Verdict, unknown, weigh
from lookout.web.deposits.naming import same_company
from lookout.web.deposits.rules import check_rules
from lookout.web.deposits.words import Factor, Intention

OF_AGE = 18
NOBODY = "没有写明当事人"


def verified_identity(facts: Facts) -> Verdict:
    """C1: every party was verified by all factors, before or at signing, and its codes are codes."""
    if not facts.parties:
        return unknown(NOBODY)
    wrong, missing, compared = list[str](), list[str](), list[Compared]()
    for party in facts.parties:
        wrong += _wrong_codes(party)
        registered = facts.filings.companies.get(party.uscc)
        if registered is not None and party.name:
            agrees = same_company(party.name, registered.name)
            compared.append(Compared("单位名称", party.name, registered.name, "企业登记", agrees))
            if not agrees:
                wrong.append(f"{party.shown}：与统一社会信用代码 {party.uscc} 登记的名称不符")
        _weigh_factors(party, facts, wrong, missing)
    return weigh(wrong, missing, f"{len(facts.parties)} 方身份均已按规定的要素核验", compared)


def _wrong_codes(party: Party) -> list[str]:
    wrong = []
    if party.is_person and party.id_number and not is_person_id(party.id_number):
        wrong.append(f"{party.shown}：身份证号校验位不符")
    if not party.is_person and party.uscc and not is_uscc(party.uscc):
        wrong.append(f"{party.shown}：统一社会信用代码校验位不符")
    return wrong


def _weigh_factors(party: Party, facts: Facts, wrong: list[str], missing: list[str]) -> None:
    rules = check_rules().identity
    if not party.factors:
        missing.append(f"{party.shown}：没有报告核验过哪些身份要素")
        return
    lacking = (rules.person if party.is_person else rules.company) - party.factors
    if lacking:
        words = "、".join(str(factor.label) for factor in Factor if factor in lacking)
        wrong.append(f"{party.shown}：缺少身份要素 {words}")
    if party.verified_at is None:
        missing.append(f"{party.shown}：没有报告身份核验时间")
    elif party.verified_at > facts.signed_at:
        wrong.append(f"{party.shown}：签订之后才核验身份")


def capable(facts: Facts) -> Verdict:
    """C2: persons were of age at signing, companies existed."""
    if not facts.parties:
        return unknown(NOBODY)
    wrong, missing, compared = list[str](), list[str](), list[Compared]()
    for party in facts.parties:
        if party.is_person:
            _weigh_age(party, facts.signed_on, wrong, missing, compared)
        else:
            _weigh_company(party, facts, wrong, missing, compared)
    return weigh(wrong, missing, "签订时自然人均已成年，单位均存续", compared)


def _weigh_age(
    party: Party, day: date, wrong: list[str], missing: list[str], compared: list[Compared]
) -> None:
    born = born_on(party.id_number)
    if born is None:
        missing.append(f"{party.shown}：没有可用的身份证号，不能推算年龄")
        return
    age = age_on(born, day)
    compared.append(Compared("签订时年龄", party.shown, f"{age} 周岁", "身份证号", age >= OF_AGE))
    if age < OF_AGE:
        wrong.append(f"{party.shown}：签订时 {age} 周岁，未满十八周岁")


def _weigh_company(
    party: Party, facts: Facts, wrong: list[str], missing: list[str], compared: list[Compared]
) -> None:
    registered: Registered | None = facts.filings.companies.get(party.uscc) if party.uscc else None
    if registered is None:
        missing.append(
            f"{party.shown}：{facts.filings.problem or '登记数据里没有这家单位，不能确认签订时是否存续'}"
        )
        return
    gone = registered.closed_on is not None and registered.closed_on <= facts.signed_on
    if registered.closed_on is not None and not gone:
        missing.append(f"{party.shown}：现为“{registered.state}”，不能确认签订时是否存续")
    early = registered.founded_on is not None and registered.founded_on > facts.signed_on
    compared.append(
        Compared("签订时存续", party.shown, registered.state or "存续", "企业登记", not (gone or early))
    )
    if gone:
        wrong.append(f"{party.shown}：签订前已注销或吊销（{registered.closed_on}）")
    if early:
        wrong.append(f"{party.shown}：签订时还没有成立（{registered.founded_on} 成立）")


def born_on(id_number: str) -> date | None:
    """Return the day of birth in an identity number, None when it is none."""
    if not is_person_id(id_number):
        return None
    try:
        return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None


def age_on(born: date, day: date) -> int:
    """Return full years on a day; a year is full on the birthday (民法典第二百条起的期间计算)."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def intended(facts: Facts) -> Verdict:
    """C3: at signing every party proved its will, and had time to read."""
    if not facts.parties:
        return unknown(NOBODY)
    rules = check_rules().intention
    wrong, missing = list[str](), list[str]()
    for party in facts.parties:
        if party.intention is None:
            missing.append(f"{party.shown}：没有报告签署时怎样核验意愿")
            continue
        if party.intended_at is None:
            missing.append(f"{party.shown}：没有报告意愿核验的时间")
        elif party.intended_at > facts.signed_at:
            wrong.append(f"{party.shown}：签订之后才核验意愿")
        elif facts.signed_at - party.intended_at > timedelta(hours=rules.most_hours_before_signing):
            day = local_day(party.intended_at)
            wrong.append(
                f"{party.shown}：意愿在 {day} 核验，早于签订超过 {rules.most_hours_before_signing} 小时"
            )
        if party.read_seconds is None:
            if party.intention is not Intention.OFFLINE:
                missing.append(f"{party.shown}：没有报告阅读时长")
        elif party.read_seconds < rules.least_read_seconds:
            wrong.append(
                f"{party.shown}：只阅读了 {party.read_seconds} 秒，少于 {rules.least_read_seconds} 秒"
            )
    return weigh(wrong, missing, "各方签署前都核验了意愿，并有时间阅读")
