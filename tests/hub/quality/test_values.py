"""Reading one value: every accepted form, and a plain reason for every refused one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.hub.quality import values

USCC = "91350100M000100Y43"  # the example of GB 32100-2015


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-02", date(2026, 1, 2)),
        ("2026/1/2", date(2026, 1, 2)),
        ("2026.01.02", date(2026, 1, 2)),
        ("20260102", date(2026, 1, 2)),
        ("２０２６年１月２日", date(2026, 1, 2)),
        ("2026-01-02 13:45:00", date(2026, 1, 2)),
        ("2026-01-02T00:00:00Z", date(2026, 1, 2)),
        ("46024", date(2026, 1, 2)),
        ("46024.75", date(2026, 1, 2)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_dates_are_read_in_every_form_departments_use(text: str, day: date) -> None:
    assert values.read_day(text) == day


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-02-30", "不存在"),
        ("2026-13-01", "不存在"),
        ("20260230", "不存在"),
        ("1899-12-31", "早于 1900 年"),
        ("民国113年1月2日", "民国纪年"),
        ("113/01/02", "民国纪年"),
        ("26-1-2", "缺少世纪"),
        ("昨天", "不是日期"),
        ("2小时前", "不是日期"),
        ("1", "不是日期"),
    ],
)
def test_a_refused_date_says_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        values.read_day(text)

    assert text in str(refusal.value)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_any_date_survives_every_form(day: date) -> None:
    forms = (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    )
    assert {values.read_day(form) for form in forms} == {day}


@pytest.mark.parametrize(
    "text", ["2026-10", "202610", "2026/10", "2026年10月", "2026-10-31", "20261031", "202610.0"]
)
def test_a_month_is_stored_as_its_first_day(text: str) -> None:
    assert values.read_month(text) == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.read_year, "2017.0", 2017),
        (values.read_year, "2017年", 2017),
        (values.money_in("元"), "¥1,234.565", Decimal("1234.57")),
        (values.money_in("元"), "－5", Decimal("-5.00")),
        (values.money_in("万元"), "12.5", Decimal("125000.00")),
        (values.money_in("亿元"), "1", Decimal("100000000.00")),
        (values.read_integer, "1,000.0", 1000),
        (values.read_number, "１２．５", 12.5),
        (values.ratio_in("1"), "0.51", 0.51),
        (values.ratio_in("%"), "51", 0.51),
        (values.read_boolean, "是", True),
        (values.read_boolean, "N", False),
        (values.read_uscc, "91350100-m000100y43", USCC),
        (values.read_registration_no, "110108000000016", "110108000000016"),
        (values.read_registration_no, "1101080000000", "1101080000000"),
        (values.code_in({"active": "存续"}), "存续", "active"),
        (values.code_in({"active": "存续"}), "ACTIVE", "active"),
        (values.code_in({"police110": "110"}), "110", "police110"),
        (values.read_person_name, " 阿依古丽 • 买买提", "阿依古丽·买买提"),
        (values.read_phone, "+86 138-1234-1234", "13812341234"),
        (values.read_phone, "(020) 8123 4567", "02081234567"),
        (values.read_person_code, "44010619900101123x", "44010619900101123X"),
        (values.read_email, " Lin@Bank.CN", "lin@bank.cn"),
        (values.with_format("%d.%m.%Y"), "02.01.2026", date(2026, 1, 2)),
    ],
)
def test_a_value_is_read_into_its_store_form(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (values.money_in("元"), "100万元", "自带单位"),
        (values.money_in("元"), "约五百", "不是金额"),
        (values.money_in("元"), "1e17", "超过一京元"),
        (values.money_in("元"), "NaN0", "不是"),
        (values.read_integer, "3.5", "不是整数"),
        (values.read_integer, "三", "不是整数"),
        (values.read_integer, "9" * 30, "过大"),
        (values.read_number, "inf", "有限"),
        (values.ratio_in("1"), "51", "不在 0 到 1 之间.*unit"),
        (values.ratio_in("1"), "51%", "自带百分号"),
        (values.ratio_in("%"), "101", "不在 0 到 1 之间"),
        (values.read_year, "17", "不是年份"),
        (values.read_year, "1017", "早于 1900 年"),
        (values.read_month, "2026-13", "不存在"),
        (values.read_boolean, "也许", "不是是非值"),
        (values.read_uscc, "91350100M000100Y4312", "有 20 位，应为 18 位"),
        (values.read_uscc, "91350100M000100Y44", "校验码不符"),
        (values.read_uscc, "9135010OM000100Y43", "校验码不符"),
        (values.read_registration_no, "110108000000017", "校验码不符"),
        (values.read_registration_no, "123", "有 3 位"),
        (
            values.code_in({"active": "存续", "moved": "迁出"}),
            "在营",
            "不在代码表中；应为 active（存续）、moved（迁出）",
        ),
        (values.with_format("%d.%m.%Y"), "2026-01-02", "与映射声明的格式"),
        (
            values.not_after(values.read_day, date(2026, 1, 1), "日期"),
            "2026-01-02",
            "晚于报送时间 2026-01-01",
        ),
    ],
)
def test_a_refusal_quotes_the_value_and_says_what_to_do(
    read: Callable[[str], object], text: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        read(text)

    assert text in str(refusal.value)


@pytest.mark.parametrize(
    ("read", "text"),
    [(values.read_phone, "1380000x"), (values.read_person_code, "12"), (values.read_email, "lin.bank")],
)
def test_a_refusal_of_a_personal_value_never_quotes_it(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match="请核对") as refusal:
        read(text)

    assert text not in str(refusal.value)
