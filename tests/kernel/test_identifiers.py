"""Identity codes: published vectors, and check digits that catch every single wrong character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.kernel.identifiers import (
    USCC_ALPHABET,
    clean_code,
    is_organization_code,
    is_person_id,
    is_registration_no,
    is_uscc,
    opaque_scheme,
    organization_check_digit,
    organization_code_of,
    person_check_digit,
    registration_check_digit,
    uscc_check_digit,
)

DIGITS = "0123456789"
BASE_36 = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    ("first_17", "digit"),
    [
        ("91350100M000100Y4", "3"),  # the example of GB 32100-2015 itself
        ("9144030071526726X", "G"),
        ("91440101MA59ABCD1", "D"),
        ("91330300MA2TE5XY5", "R"),
    ],
)
def test_uscc_check_digit_follows_gb_32100(first_17, digit):
    assert uscc_check_digit(first_17) == digit
    assert is_uscc(first_17 + digit)


def test_organization_code_follows_gb_11714():
    assert organization_check_digit("71526726") == "X"
    assert is_organization_code("71526726X")
    assert organization_code_of("9144030071526726XG") == "71526726X"


def test_registration_number_follows_iso_7064_mod_11_10():
    assert registration_check_digit("0794") == "5"  # the worked example of ISO 7064
    assert is_registration_no("110108000000016")  # the example of GS 15-2006


def test_identity_number_follows_gb_11643():
    assert person_check_digit("11010519491231002") == "X"  # the example of GB 11643-1999
    assert is_person_id("11010519491231002X")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "91350100M000100Y4",  # one short
        "91350100M000100Y4333",  # twenty characters
        "91350100M000100Y44",  # wrong check digit
        "9135O100M000100Y43",  # O is not in the alphabet
        "91350100m000100y43",  # codes are compared in capitals
        "９1350100M000100Y43",  # full-width
    ],
)
def test_what_is_not_a_uscc_is_refused(text):
    assert not is_uscc(text)


@pytest.mark.parametrize("text", ["", "1234567890123４5", "11000000000001", "11000000000001X"])
def test_what_is_not_a_registration_number_is_refused(text):
    assert not is_registration_no(text)


@pytest.mark.parametrize("text", ["", "1101051949123100²X", "110105194912310020", "11010519491231002x"])
def test_what_is_not_an_identity_number_is_refused(text):
    assert not is_person_id(text)


@given(st.text(USCC_ALPHABET, min_size=17, max_size=17), st.data())
def test_uscc_detects_any_single_wrong_character(first_17, data):
    code = first_17 + uscc_check_digit(first_17)

    assert is_uscc(code)
    assert not is_uscc(_with_one_wrong_character(code, USCC_ALPHABET, data))


@given(st.text(DIGITS, min_size=14, max_size=14), st.data())
def test_registration_number_detects_any_single_wrong_digit(first_14, data):
    code = first_14 + registration_check_digit(first_14)

    assert is_registration_no(code)
    assert not is_registration_no(_with_one_wrong_character(code, DIGITS, data))


@given(st.text(DIGITS, min_size=17, max_size=17), st.data())
def test_identity_number_detects_any_single_wrong_digit(first_17, data):
    code = first_17 + person_check_digit(first_17)

    assert is_person_id(code)
    assert not is_person_id(_with_one_wrong_character(code, DIGITS, data))


@given(st.text(DIGITS, min_size=8, max_size=8), st.data())
def test_organization_code_detects_any_single_wrong_digit(first_8, data):
    # Among letters the standard itself is blind: values that differ by 11 weigh the same.
    code = first_8 + organization_check_digit(first_8)

    assert is_organization_code(code)
    assert not is_organization_code(_with_one_wrong_character(code, DIGITS, data))


@given(st.text(BASE_36, min_size=8, max_size=8))
def test_every_organization_body_has_a_check_digit(first_8):
    assert is_organization_code(first_8 + organization_check_digit(first_8))


@given(st.text(max_size=30))
def test_cleaning_a_code_twice_changes_nothing(text):
    assert clean_code(clean_code(text)) == clean_code(text)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        (" 9135 0100m000100y43 ", "91350100M000100Y43"),
        ("９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43"),
        ("71526726-X", "71526726X"),
        ("", ""),
    ],
)
def test_codes_are_cleaned_to_half_width_capitals(raw, cleaned):
    assert clean_code(raw) == cleaned


def test_a_desensitised_source_has_a_scheme_of_its_own():
    assert opaque_scheme("ccf469") == "opaque:ccf469"


def _with_one_wrong_character(code: str, alphabet: str, data: st.DataObject) -> str:
    position = data.draw(st.integers(0, len(code) - 1))
    wrong = data.draw(st.sampled_from([c for c in alphabet if c != code[position]]))
    return code[:position] + wrong + code[position + 1 :]
