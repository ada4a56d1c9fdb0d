"""Whole-column reading gives what value-by-value reading gives, or leaves the value to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.hub.quality import fast, values
from lookout.kernel.identifiers import (
    USCC_ALPHABET,
    is_registration_no,
    is_uscc,
    registration_check_digit,
    uscc_check_digit,
)

PAIRS = [
    (fast.integers, values.read_integer),
    (fast.numbers, values.read_number),
    (fast.amounts, values.money_in("元")),
    (fast.usccs, values.read_uscc),
    (fast.registration_nos, values.read_registration_no),
    (fast.person_codes, values.read_person_code),
    (fast.phones, values.read_phone),
    (fast.emails, values.read_email),
    (fast.person_names, values.read_person_name),
    (fast.days(date(1900, 1, 1), date(2026, 10, 31)), values.read_day),
]
WORDS = st.text("0123456789.-+,eE万元 ¥x@abAB一", max_size=20) | st.decimals(-(10**15), 10**15, places=2).map(
    str
)


@pytest.mark.parametrize(("quick", "slow"), PAIRS)
@given(texts=st.lists(WORDS, max_size=12))
def test_what_is_read_at_once_is_what_would_be_read_one_by_one(
    quick: Callable[[pa.Array], pa.Array], slow: Callable[[str], object], texts: list[str]
) -> None:
    texts += [
        "2026-02-28",
        "2026-02-29",
        "2024-02-29",
        "1900-02-29",
        "2026-11-01",
        "2026-13-01",
        "2026-00-10",
    ]
    for text, value in zip(texts, quick(pa.array(texts, pa.string())).to_pylist(), strict=True):
        if value is not None:
            assert value == slow(text)


@given(
    st.lists(st.text(USCC_ALPHABET, min_size=17, max_size=17), min_size=1, max_size=20), st.integers(0, 30)
)
def test_check_digits_of_a_column_agree_with_the_kernel(heads: list[str], wrong: int) -> None:
    codes = [head + uscc_check_digit(head) for head in heads] + [
        head + USCC_ALPHABET[wrong] for head in heads
    ]
    codes += ["", "企业企业企业", heads[0], heads[0] + "O"]

    kept = fast.usccs(pa.array([*codes, None])).to_pylist()

    assert kept == [code if is_uscc(code) else None for code in codes] + [None]


@given(st.lists(st.text("0123456789", min_size=14, max_size=14), min_size=1, max_size=20), st.integers(0, 9))
def test_registration_numbers_of_a_column_agree_with_the_kernel(heads: list[str], wrong: int) -> None:
    codes = [head + registration_check_digit(head) for head in heads] + [f"{head}{wrong}" for head in heads]

    kept = fast.registration_nos(pa.array([*codes, "企业企业企"])).to_pylist()

    assert kept == [code if is_registration_no(code) else None for code in codes] + [None]
