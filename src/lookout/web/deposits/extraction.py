"""What a contract's text says of parties, amount, rate and term: found by wording, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lookout.kernel.identifiers import is_person_id, is_uscc
from lookout.web.deposits.figures import chinese_amount, chinese_figures

ROLES = (
    "甲方|乙方|丙方|丁方|出借人|贷款人|借款人|担保人|保证人|转让人|受让人|出租人|承租人|投资人|投资者|委托人|"
    "管理人|基金管理人|居间人|居间方|服务方|平台方|会员|债权人|债务人|保理商|融资人"
)
_PARTY = re.compile(
    rf"(?:^|\n|[;；。])\s*({ROLES})\s*(?:\([^()\n]{{1,20}}\))?\s*[:：]\s*([^\n,，。;；:：]{{2,60}})"
)
_AFTER_NAME = re.compile(r"\s{2,}|\(|（|身份证|证件|统一社会|电话|手机|住所|地址|法定代表人")
_FIGURE = r"([0-9][0-9,]*(?:\.[0-9]+)?)"
_AMOUNT_HEAD = r"(?:借款|贷款|出借|融资|转让|认购|投资|租赁|担保|保理|授信|合同)?(?:本金|金额|总额|总价|价款|数额|额度|租金总额)"
_AMOUNT = re.compile(
    _AMOUNT_HEAD + r"[^0-9\n。;；]{0,30}?(?:人民币|RMB|CNY)?\s*[¥￥]?\s*" + _FIGURE + r"\s*(万|亿)?\s*元"
)
_AMOUNT_SIGN = re.compile(_AMOUNT_HEAD + r"[^0-9\n。;；]{0,40}?[¥￥]\s*" + _FIGURE)
_CAPITALS = re.compile(r"(?:人民币)?([壹贰叁肆伍陆柒捌玖拾佰仟万亿零整正元圆角分]{3,})")
_RATE = re.compile(
    r"(年利率|年化利率|年化收益率|年化综合成本|综合年化[^0-9\n]{0,6}|年收益率|月利率|日利率|月息|年息|日息|"
    r"逾期利率|逾期年利率|罚息利率|罚息年利率|逾期罚息)[^0-9%‰\n。;；]{0,20}?([0-9]+(?:\.[0-9]+)?)\s*(%|‰|‱)"
)
_SHARES = {"百": Decimal(100), "千": Decimal(1000), "万": Decimal(10_000)}
_RATE_WORDS = re.compile(
    r"(年利率|年化利率|月利率|日利率|逾期利率|罚息利率|日息|月息|年息)[^0-9%‰\n。;；]{0,12}?([百千万])分之([一二三四五六七八九十零点]+)"
)
_TERM = re.compile(
    r"(?:借款|贷款|出借|融资|投资|租赁|担保|合同|保理)?(?:期限|租期|存续期|封闭期)[^0-9\n。;；]{0,12}?([0-9]+)\s*(个月|月|天|日|年)"
)
_DAY = r"([12][0-9]{3})\s*[年\-./]\s*([0-9]{1,2})\s*[月\-./]\s*([0-9]{1,2})\s*日?"
_RANGE = re.compile(r"(?:自|从|由)\s*" + _DAY + r"\s*(?:起|开始)?\s*[,，]?\s*(?:至|到|—|-|~)\s*" + _DAY)
_NUMBER = re.compile(r"(?:合同|协议)编号\s*[:：]\s*([0-9A-Za-z一-鿿\-_/()\[\]]{3,80})")
_USCC = re.compile(r"(?<![0-9A-Z])([0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10})(?![0-9A-Z])")
_PERIOD = re.compile(r"(?:(?<=每)|(?<=按))[年月日]|[年月日](?=利率|息|化)")
DAYS = {"天": (1, 1), "日": (1, 1), "个月": (28, 31), "月": (28, 31), "年": (365, 366)}
A_YEAR = {"年": Decimal(1), "月": Decimal(12), "日": Decimal(365)}
MOST_TEXT = 400_000


@dataclass(frozen=True)
class Rate:
    """A rate as percent a year; `words` are those of the contract."""

    percent: Decimal
    words: str
    is_overdue: bool = False


@dataclass(frozen=True)
class Term:
    """A term in days, from the shortest to the longest that the words can mean."""

    least: int
    most: int
    words: str


@dataclass(frozen=True)
class Terms:
    """What was found; None and empty for what the text does not say. Money is yuan.

    `capital_amount` is the amount written in capital figures (大写).
    """

    parties: tuple[tuple[str, str], ...] = ()
    usccs: tuple[str, ...] = ()
    contract_no: str = ""
    amount: Decimal | None = None
    capital_amount: Decimal | None = None
    rates: tuple[Rate, ...] = ()
    term: Term | None = None

    @property
    def rate(self) -> Rate | None:
        """Return the first rate that is not one for being late."""
        return next((rate for rate in self.rates if not rate.is_overdue), None)


def tidy(text: str) -> str:
    """Return a text in one width, without the blanks that a layout puts between Chinese characters."""
    plain = unicodedata.normalize("NFKC", text[:MOST_TEXT]).replace("\r", "\n")
    # Long runs of blanks would make every pattern below slow.
    plain = re.sub(r"[^\S\n]*\n\s*", "\n", re.sub(r"[^\S\n\u200b]{2,}", "  ", plain))
    return re.sub(r"(?<=[\u4e00-\u9fff::;,。、%]) +(?=[\u4e00-\u9fff0-9¥])", "", plain)


def read_terms(text: str) -> Terms:
    """Return what a contract's text says."""
    plain = tidy(text)
    number = _NUMBER.search(plain)
    return Terms(
        parties=tuple(dict.fromkeys(_parties(plain))),
        usccs=tuple(
            dict.fromkeys(code for code in _USCC.findall(plain) if is_uscc(code) and not is_person_id(code))
        ),
        contract_no=number.group(1) if number else "",
        amount=_amount(plain),
        capital_amount=_capital_amount(plain),
        rates=tuple(dict.fromkeys(_rates(plain))),
        term=_term(plain),
    )


def _parties(text: str) -> Iterator[tuple[str, str]]:
    for found in _PARTY.finditer(text):
        name = _AFTER_NAME.split(found.group(2).strip(), maxsplit=1)[0].strip(" _")
        if len(name) >= 2:
            yield found.group(1), name


def _amount(text: str) -> Decimal | None:
    found = _AMOUNT.search(text)
    if found is not None:
        return _yuan(found.group(1), found.group(2) or "")
    signed = _AMOUNT_SIGN.search(text)
    return _yuan(signed.group(1), "") if signed is not None else None


def _yuan(figure: str, unit: str) -> Decimal:
    times = {"": 1, "万": 10_000, "亿": 100_000_000}[unit]
    return (Decimal(figure.replace(",", "")) * times).quantize(Decimal("0.01"))


def _capital_amount(text: str) -> Decimal | None:
    for found in _CAPITALS.finditer(text):
        if not re.search(r"[元圆]", found.group(1)):
            continue
        value = chinese_amount(found.group(1))
        if value is not None:
            return value
    return None


def _rates(text: str) -> Iterator[Rate]:
    for found in _RATE.finditer(text):
        share = {"%": Decimal(1), "‰": Decimal("0.1"), "‱": Decimal("0.01")}[found.group(3)]
        yield _rate(found.group(1), Decimal(found.group(2)) * share, found.group(0))
    for found in _RATE_WORDS.finditer(text):
        figure = chinese_figures(found.group(3))
        if figure is not None:
            yield _rate(found.group(1), figure * 100 / _SHARES[found.group(2)], found.group(0))


def _rate(head: str, percent: Decimal, words: str) -> Rate:
    periods = _PERIOD.findall(words)
    yearly = (percent * A_YEAR[periods[-1] if periods else "年"]).quantize(Decimal("0.0001")).normalize()
    is_overdue = "逾期" in head or "罚息" in head
    return Rate(Decimal(f"{yearly:f}"), " ".join(words.split()), is_overdue)


def _term(text: str) -> Term | None:
    dated = _RANGE.search(text)
    if dated is not None:
        first, last = _day(*dated.groups()[:3]), _day(*dated.groups()[3:])
        if first is not None and last is not None and last > first:
            days = (last - first).days
            return Term(days, days + 1, f"{first}至{last}")
    found = _TERM.search(text)
    if found is None:
        return None
    count, (least, most) = int(found.group(1)), DAYS[found.group(2)]
    if count > 10_000:
        return None
    # Twelve months are a year, not twelve times the longest month.
    whole = count * 365 // 12 if found.group(2) in ("个月", "月") and count >= 2 else None
    words = f"{count}{found.group(2)}"
    return (
        Term(whole - 3, whole + 4, words) if whole is not None else Term(count * least, count * most, words)
    )


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
