"""Identity codes of companies and persons: check digits, normal form, scheme names."""

from __future__ import annotations

from enum import StrEnum

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I O S V Z
_USCC_VALUE = {character: value for value, character in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997
_PERSON_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_PERSON_CHECK = "10X98765432"


class Scheme(StrEnum):
    """How a source names a company. `opaque:<source>` is made by `opaque_scheme`."""

    USCC = "uscc"
    REGISTRATION_NO = "registration_no"
    ORGANIZATION_CODE = "organization_code"
    NAME = "name"


def opaque_scheme(source: str) -> str:
    """Return the scheme of a desensitised source whose ids mean nothing outside it."""
    return f"opaque:{source}"


def clean_code(text: str) -> str:
    """Return a code in half-width capitals without spaces and separators."""
    half_width = "".join(
        chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text if not c.isspace()
    )
    return half_width.replace("-", "").upper()


def uscc_check_digit(first_17: str) -> str:
    """Return the 18th character of a 统一社会信用代码 (GB 32100-2015)."""
    total = sum(_USCC_VALUE[c] * w for c, w in zip(first_17, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def is_uscc(text: str) -> bool:
    """Tell whether a cleaned text is an 18-character code with a right check digit."""
    return len(text) == 18 and all(c in _USCC_VALUE for c in text) and uscc_check_digit(text[:17]) == text[17]


def organization_check_digit(first_8: str) -> str:
    """Return the 9th character of a 组织机构代码 (GB 11714-1997)."""
    total = sum(int(c, 36) * w for c, w in zip(first_8, _ORGANIZATION_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def is_organization_code(text: str) -> bool:
    """Tell whether a cleaned text is a 9-character 组织机构代码 with a right check digit."""
    return (
        len(text) == 9
        and text[:8].isascii()
        and text[:8].isalnum()
        and organization_check_digit(text[:8]) == text[8]
    )


def registration_check_digit(first_14: str) -> str:
    """Return the 15th digit of a 工商注册号 (ISO 7064 MOD 11,10)."""
    product = 10
    for digit in first_14:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def is_registration_no(text: str) -> bool:
    """Tell whether a cleaned text is a 15-digit 工商注册号 with a right check digit."""
    return (
        len(text) == 15
        and text.isascii()
        and text.isdigit()
        and registration_check_digit(text[:14]) == text[14]
    )


def person_check_digit(first_17: str) -> str:
    """Return the last character of an 18-character 公民身份号码 (GB 11643-1999)."""
    total = sum(int(c) * w for c, w in zip(first_17, _PERSON_WEIGHTS, strict=True))
    return _PERSON_CHECK[total % 11]


def is_person_id(text: str) -> bool:
    """Tell whether a cleaned text is an 18-character identity number with a right check digit."""
    return (
        len(text) == 18
        and text[:17].isascii()
        and text[:17].isdigit()
        and person_check_digit(text[:17]) == text[17]
    )


def organization_code_of(uscc: str) -> str:
    """Return the 组织机构代码 that a 统一社会信用代码 contains (characters 9 to 17)."""
    return uscc[8:17]
