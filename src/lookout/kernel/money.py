"""Money is Decimal yuan with two places, everywhere."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

FEN = Decimal("0.01")
LARGEST_EXPONENT = 20  # beyond it Decimal cannot be rounded to fen; the checks set the real limit
YUAN_PER_UNIT = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}


def yuan(text: str, unit: str = "元") -> Decimal:
    """Read an amount in the declared unit and return yuan.

    Thousands separators (half- and full-width) and a leading ¥ are dropped; a unit written in the
    cell itself is refused, since it may contradict the declared one. Raises ValueError.
    """
    cleaned = text.strip().replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥")
    if cleaned.endswith(tuple("元万亿")):
        raise ValueError(f"金额“{text}”自带单位，而映射声明的单位是“{unit}”；请删去单位或改正映射")
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        raise ValueError(f"“{text}”不是金额；应为数字，如 1234567.89") from None
    in_yuan = amount * YUAN_PER_UNIT[unit] if amount.is_finite() else amount
    if not in_yuan.is_finite() or in_yuan.adjusted() > LARGEST_EXPONENT:
        raise ValueError(f"“{text}”不是金额，或大到不可能是真的；请核对数值和单位")
    return in_yuan.quantize(FEN, ROUND_HALF_UP)
