"""Whole-column reading of the common, clean forms; what it leaves null is read value by value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lookout.kernel.identifiers import USCC_ALPHABET

Octets = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

_VALUE = np.full(256, -1, np.int64)
_VALUE[np.frombuffer(USCC_ALPHABET.encode(), np.uint8)] = np.arange(len(USCC_ALPHABET))
_MONTH_LENGTH = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0])
_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)], np.int64)  # GB 32100-2015


def _matching(array: pa.Array, pattern: str, kind: pa.DataType) -> pa.Array:
    plain = pc.match_substring_regex(array, pattern)
    return pc.if_else(plain, array, pa.scalar(None, pa.string())).cast(kind)


def integers(array: pa.Array) -> pa.Array:
    """Read plain whole numbers."""
    return _matching(array, r"^-?[0-9]{1,18}$", pa.int64())


def numbers(array: pa.Array) -> pa.Array:
    """Read plain decimal numbers."""
    return _matching(array, r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$", pa.float64())


def amounts(array: pa.Array) -> pa.Array:
    """Read plain yuan with at most two decimals."""
    return _matching(array, r"^-?[0-9]{1,15}(\.[0-9]{1,2})?$", pa.decimal128(18, 2))


def texts(pattern: str) -> Callable[[pa.Array], pa.Array]:
    """Return a reader that keeps texts already in their normal form."""
    return lambda array: _matching(array, pattern, pa.string())


# Normal forms of personal values, narrower than what the readers of `values` accept.
person_codes = texts(r"^[0-9A-Z]{4,64}$")
phones = texts(r"^(?:[1-79][0-9]|0[1-9])[0-9]{3,10}$")
emails = texts(r"^[a-z0-9._\-]+@[a-z0-9.\-]+$")
person_names = texts(r"^[\x{4e00}-\x{9fa5}]{1,12}$")


def _keep(array: pa.Array, length: int, is_valid: Callable[[Octets], Flags]) -> pa.Array:
    """Keep the texts of a length whose octets, one row a text, pass a test."""
    candidate = pc.fill_null(pc.equal(pc.binary_length(array), length), False)
    held = array.filter(candidate)
    good = np.zeros(len(array), bool)
    if len(held):
        joined = np.frombuffer(held.buffers()[2], np.uint8)[: len(held) * length]
        good[candidate.to_numpy(zero_copy_only=False)] = is_valid(joined.reshape(-1, length))
    return pc.if_else(pa.array(good), array, pa.scalar(None, pa.string()))


def _valid_uscc(characters: Octets) -> Flags:
    values = _VALUE[characters]
    check = (31 - (values[:, :-1] * _WEIGHTS).sum(axis=1) % 31) % 31
    valid: Flags = (values >= 0).all(axis=1) & (check == values[:, -1])
    return valid


def _valid_registration_no(characters: Octets) -> Flags:
    digits = characters.astype(np.int64) - ord("0")
    product = np.full(len(digits), 10)
    for place in range(14):  # ISO 7064 MOD 11,10
        total = (product + digits[:, place]) % 10
        product = np.where(total == 0, 10, total) * 2 % 11
    plain = ((digits >= 0) & (digits <= 9)).all(axis=1)
    valid: Flags = plain & ((11 - product) % 10 == digits[:, 14])
    return valid


def usccs(array: pa.Array) -> pa.Array:
    """Keep the well-formed 统一社会信用代码 with a right check digit."""
    return _keep(array, 18, _valid_uscc)


def registration_nos(array: pa.Array) -> pa.Array:
    """Keep the 15-digit 工商注册号 with a right check digit."""
    return _keep(array, 15, _valid_registration_no)


def _valid_day(characters: Octets) -> Flags:
    digits = characters.astype(np.int64) - ord("0")
    figures = digits[:, [0, 1, 2, 3, 5, 6, 8, 9]]
    year = figures[:, :4] @ np.array([1000, 100, 10, 1])
    month, day = figures[:, 4:6] @ np.array([10, 1]), figures[:, 6:] @ np.array([10, 1])
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    length = _MONTH_LENGTH[np.clip(month, 0, 13)] + ((month == 2) & is_leap)
    dashes = (characters[:, 4] == ord("-")) & (characters[:, 7] == ord("-"))
    numeric = ((figures >= 0) & (figures <= 9)).all(axis=1)
    valid: Flags = numeric & dashes & (day >= 1) & (day <= length)
    return valid


def days(first: date, last: date) -> Callable[[pa.Array], pa.Array]:
    """Return a reader of days written 2026-01-02, from `first` to `last`."""

    def read(array: pa.Array) -> pa.Array:
        found = _keep(array, 10, _valid_day).cast(pa.date32())
        inside = pc.and_(pc.greater_equal(found, pa.scalar(first)), pc.less_equal(found, pa.scalar(last)))
        return pc.if_else(inside, found, pa.scalar(None, pa.date32()))

    return read
