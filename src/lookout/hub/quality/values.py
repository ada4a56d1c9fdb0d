"""Read one value: text in, the store's value out, ValueError with a plain Chinese sentence otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypeVar

from lookout.kernel.identifiers import clean_code, is_registration_no, is_uscc
from lookout.kernel.money import yuan

# What departments write where they have no value; only in columns that are not text.
NOTHING = frozenset({"", "-", "--", "—", "——", "null", "none", "nan", "n/a", "nil", "\\n"})
EARLIEST_YEAR = 1900
# No term or licence runs longer, except the day registers write for "no end".
LAST_DAY, NO_END = date(2100, 12, 31), date(9999, 12, 31)
UNCOMPUTED = "是公式，文件里没有它的计算结果，或结果是错误值；请在 Excel 中算出后粘贴为数值再报送"
MASKED = "是遮蔽后的写法，不是原值；请填写原值"
GARBLED = "含有乱码或控制字符；请检查导出编码后改正"
DIGITS_LOST = "是被电子表格转成科学计数法的长编号，末几位已丢失；请把这一列设为文本后重新导出"
_LARGEST_MONEY = Decimal(10) ** 16  # DECIMAL(18,2)
_EXCEL_EPOCH = date(1899, 12, 30)  # Excel counts days so, its false 29 February 1900 included
_DATE = re.compile(
    r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?$"
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:\.0)?$")
_MONTH = re.compile(r"^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?(?:\.0)?$")
_SERIAL = re.compile(r"^(\d{5})(?:\.\d+)?$")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_YEAR = re.compile(r"^(\d{4})(?:\.0+|年)?$")
_MINGUO = re.compile(r"民国|^\s*0?\d{2,3}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?$")
_WHOLE = re.compile(r"^[+-]?\d+(?:\.0+)?$")
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0", "是", "有", "真"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0", "否", "无", "假"})

Parser = Callable[[str], object]
_Moment = TypeVar("_Moment", date, int)


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _checked_day(text: str, year: int, month: int, day: int) -> date:
    if year < EARLIEST_YEAR:
        raise ValueError(f"日期“{text}”早于 {EARLIEST_YEAR} 年；请核对年份")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"日期“{text}”不存在；请核对月份与日期") from None


def read_day(text: str) -> date:
    """Read 2026-01-02, 2026/1/2, 2026.1.2, 2026年1月2日, 20260102, with or without time, or an Excel number."""
    plain = _half_width(text)
    if found := _DATE.match(plain) or _COMPACT.match(plain):
        return _checked_day(text, *map(int, found.groups()))
    if found := _SERIAL.match(plain):
        return _EXCEL_EPOCH + timedelta(days=int(found[1]))
    if _MINGUO.search(plain):
        raise ValueError(f"日期“{text}”像是民国纪年或缺少世纪；请写四位公历年份，如 2026-01-02")
    raise ValueError(f"“{text}”不是日期；请写成 2026-01-02")


def read_month(text: str) -> date:
    """Read 2026-10, 202610, 2026年10月 or a whole date; return the first day of the month."""
    if found := _MONTH.match(_half_width(text)):
        return _checked_day(text, int(found[1]), int(found[2]), 1)
    try:
        return read_day(text).replace(day=1)
    except ValueError as error:
        raise ValueError(str(error).replace("2026-01-02", "2026-01")) from None


def read_year(text: str) -> int:
    """Read 2026, 2026年 or the 2026.0 of spreadsheets."""
    found = _YEAR.match(_half_width(text))
    if not found:
        raise ValueError(f"“{text}”不是年份；请写四位公历年份，如 2026")
    if int(found[1]) < EARLIEST_YEAR:
        raise ValueError(f"年份“{text}”早于 {EARLIEST_YEAR} 年；请核对")
    return int(found[1])


def with_format(pattern: str) -> Callable[[str], date]:
    """Return a reader of the dates a mapping declares."""

    def read(text: str) -> date:
        try:
            moment = datetime.strptime(text.strip(), pattern)  # noqa: DTZ007 a day has no zone
        except ValueError:
            raise ValueError(f"日期“{text}”与映射声明的格式 {pattern} 不符；请改正数据或映射") from None
        return _checked_day(text, moment.year, moment.month, moment.day)

    return read


def not_after(read: Callable[[str], _Moment], last: _Moment, what: str) -> Callable[[str], _Moment]:
    """Return a reader that refuses what lies after the delivery."""

    def checked(text: str) -> _Moment:
        value = read(text)
        if value > last and last == LAST_DAY and value != NO_END:
            raise ValueError(f"{what}“{text}”晚于 {LAST_DAY.year} 年，不像真实日期；没有期限的请留空")
        if value > last and last != LAST_DAY:
            raise ValueError(f"{what}“{text}”晚于报送时间 {last}；请核对，尚未发生的不报")
        return value

    return checked


def money_in(unit: str) -> Callable[[str], Decimal]:
    """Return a reader of amounts in a unit, giving yuan."""

    def read(text: str) -> Decimal:
        amount = yuan(_half_width(text), unit)
        if abs(amount) >= _LARGEST_MONEY:
            raise ValueError(f"金额“{text}”超过一京元；请核对单位")
        return amount

    return read


def _decimal(text: str) -> Decimal:
    plain = _half_width(text).replace(",", "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise ValueError(f"“{text}”不是数字；请只写数字，不带单位和文字") from None
    if not number.is_finite():
        raise ValueError(f"“{text}”不是有限的数；请只写数字")
    return number


def read_integer(text: str) -> int:
    """Read a whole number; thousands separators and a `.0` are dropped."""
    plain = _half_width(text).replace(",", "")
    if not _WHOLE.match(plain):
        raise ValueError(f"“{text}”不是整数；请只写整数，不带单位和文字")
    value = int(plain.split(".")[0])
    if abs(value) >= 1 << 63:
        raise ValueError(f"“{text}”过大；请核对")
    return value


def read_number(text: str) -> float:
    """Read a number."""
    return float(_decimal(text))


def ratio_in(unit: str) -> Callable[[str], float]:
    """Return a reader of ratios (0..1), sent as such or as percent. A % in the cell is refused."""

    def read(text: str) -> float:
        if _half_width(text).endswith("%"):
            raise ValueError(
                f'比例“{text}”自带百分号；请写 0 到 1 的小数，或写百分数并在映射中声明 unit: "%"'
            )
        value = _decimal(text)
        if unit == "%":
            value = (value / 100).quantize(Decimal("0.000000001"), ROUND_HALF_UP)
        if not 0 <= value <= 1:
            raise ValueError(f'比例“{text}”不在 0 到 1 之间；若为百分数，请在映射中声明 unit: "%"')
        return float(value)

    return read


def read_boolean(text: str) -> bool:
    """Read 是/否, 有/无, true/false, 1/0, Y/N."""
    word = _half_width(text).lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError(f"“{text}”不是是非值；请写 是 或 否")


def read_uscc(text: str) -> str:
    """Read a 统一社会信用代码; wrong length, characters and check digit are told apart."""
    code = clean_code(text)
    if is_uscc(code):
        return code
    if len(code) != 18:
        raise ValueError(f"统一社会信用代码“{text}”有 {len(code)} 位，应为 18 位；请核对")
    raise ValueError(f"统一社会信用代码“{text}”的校验码不符；请核对是否抄错")


def read_registration_no(text: str) -> str:
    """Read a 工商注册号 of 15 digits; the 13 digits used before 2007 carry no check digit."""
    code = clean_code(text)
    if is_registration_no(code) or (len(code) == 13 and code.isascii() and code.isdigit()):
        return code
    if len(code) != 15:
        raise ValueError(f"工商注册号“{text}”有 {len(code)} 位，应为 15 位；请核对")
    raise ValueError(f"工商注册号“{text}”的校验码不符；请核对是否抄错")


def code_in(codes: Mapping[str, str]) -> Callable[[str], str]:
    """Return a reader of a code list: the code itself or its Chinese name."""
    known = {_half_width(zh).lower(): code for code, zh in codes.items()} | {code: code for code in codes}
    listed = "、".join(f"{code}（{zh}）" for code, zh in codes.items())

    def read(text: str) -> str:
        code = known.get(_half_width(text).lower())
        if code is None:
            raise ValueError(f"“{text}”不在代码表中；应为 {listed} 之一")
        return code

    return read


def read_person_name(text: str) -> str:
    """Normalise a name for joining: half-width, no spaces, one kind of middle dot. Never quotes it."""
    if "*" in text or "＊" in text:
        raise ValueError(f"姓名{MASKED}")
    if _CONTROL.search(text):
        raise ValueError(f"姓名{GARBLED}")
    return re.sub(r"[·•・‧]", "·", re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))


def read_person_code(text: str) -> str:
    """Normalise an identity or account number. Never quotes it."""
    code = clean_code(text)
    if "E+" in code:
        raise ValueError(f"证件号码或账号{DIGITS_LOST}")
    if "*" in code:
        raise ValueError(f"证件号码或账号{MASKED}")
    if _CONTROL.search(code):
        raise ValueError(f"证件号码或账号{GARBLED}")
    if not 4 <= len(code) <= 64:
        raise ValueError("证件号码或账号的长度应在 4 到 64 位之间；请核对")
    return code


def read_phone(text: str) -> str:
    """Normalise a telephone number to digits, without country code. Never quotes it."""
    if "*" in text:
        raise ValueError(f"电话号码{MASKED}")
    digits = re.sub(r"[\s()\-—+.]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(?:00)?86(?=1\d{10}$|0\d{9,11}$)", "", digits)
    if not (digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 15):
        raise ValueError("电话号码应为 5 到 15 位数字，每格一个；请核对")
    return digits


def read_email(text: str) -> str:
    """Normalise an address to lower case. Never quotes it."""
    address = _half_width(text).lower()
    if "*" in address:
        raise ValueError(f"电子邮箱{MASKED}")
    if not re.fullmatch(r"[^@\s\x00-\x1f\x7f\ufffd]+@[^@\s\x00-\x1f\x7f\ufffd]+", address):
        raise ValueError("电子邮箱应写成 name@example.cn；请核对")
    return address
