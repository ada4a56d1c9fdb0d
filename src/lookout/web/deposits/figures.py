"""Numbers written in Chinese characters: capital amounts (大写金额) and plain figures."""

from __future__ import annotations

from decimal import Decimal

_DIGITS = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
_UNITS = {"拾": 10, "佰": 100, "仟": 1000}
_SECTIONS = {"万": 10_000, "亿": 100_000_000}
_PLAIN = {sign: value for value, sign in enumerate("零一二三四五六七八九")}


def chinese_amount(text: str) -> Decimal | None:
    """Return yuan of a capital amount such as 壹拾万零伍佰元伍角整; None when it is no amount."""
    whole, _sign, rest = text.replace("圆", "元").partition("元")
    value = _whole(whole)
    if value is None or not _sign:
        return None
    cents = _cents(rest.rstrip("整正"))
    return Decimal(value) + cents if cents is not None else None


def _whole(text: str) -> int | None:
    total, section, digit, seen = 0, 0, 0, False
    for sign in text:
        if sign in _DIGITS:
            digit, seen = _DIGITS[sign], True
        elif sign in _UNITS:
            # 拾万 without 壹 is how people write ten thousand times ten.
            section, digit, seen = section + (digit or 1) * _UNITS[sign], 0, True
        elif sign in _SECTIONS:
            times = _SECTIONS[sign]
            # 万亿: what stands before 亿 counts as a whole.
            whole = (total + section + digit) * times if sign == "亿" else total + (section + digit) * times
            total, section, digit = whole, 0, 0
        else:
            return None
    return total + section + digit if seen else None


def _cents(text: str) -> Decimal | None:
    value, digit = Decimal(0), 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in ("角", "分"):
            value, digit = value + Decimal(digit) / (10 if sign == "角" else 100), 0
        else:
            return None
    return value


def chinese_figures(text: str) -> Decimal | None:
    """Return a plain figure up to 99 with decimals, such as 十二 or 五点五; None when it is none."""
    whole, _sign, decimals = text.partition("点")
    value = _tens(whole)
    if value is None or any(sign not in _PLAIN for sign in decimals):
        return None
    digits = "".join(str(_PLAIN[sign]) for sign in decimals)
    return Decimal(f"{value}.{digits}") if digits else Decimal(value)


def _tens(text: str) -> int | None:
    tens, ten, ones = text.partition("十")
    if not ten:
        return _PLAIN.get(text)
    if (tens and tens not in _PLAIN) or (ones and ones not in _PLAIN):
        return None
    return (_PLAIN[tens] if tens else 1) * 10 + (_PLAIN[ones] if ones else 0)
