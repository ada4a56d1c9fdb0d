"""Whole-column reading of the common, clean forms; what it leaves null is read value by value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lookout.kernel.identifiers import USCC_ALPHABET

Octets = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

_VALUE = np.full(256, -1, np.int64)
_VALUE[np.frombuffer(USCC_ALPHABET.encode(), np.uint8)] = np.arange(len(USCC_ALPHABET))
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


def _keep(array: pa.Array, length: int, is_valid: Callable[[Octets], Flags]) -> pa.Array:
    """Keep the texts of a length whose octets, one row a text, pass a test."""
    candidate = pc.fill_null(pc.equal(pc.binary_length(array), length), False)
    joined = "".join(array.filter(candidate).to_pylist()).encode()
    good = np.zeros(len(array), bool)
    if joined:
        good[candidate.to_numpy(zero_copy_only=False)] = is_valid(
            np.frombuffer(joined, np.uint8).reshape(-1, length)
        )
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
