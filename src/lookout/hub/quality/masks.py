"""The forms in which personal values may be seen: 张*明, 4401**********1234, 138****1234."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import ColumnType

_LONGEST_QUICK = 64


def _middle(value: str, head: int, tail: int) -> str:
    return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail :]


def mask_name(name: str) -> str:
    """张三 → 张*, 张小明 → 张*明; the middle of longer names is hidden."""
    if len(name) <= 1:
        return "*" * len(name)
    return name[0] + "*" if len(name) == 2 else _middle(name, 1, 1)


def mask_code(code: str) -> str:
    """Show the first and last four of a long number, less of a short one, nothing of a very short one."""
    if len(code) >= 14:
        return _middle(code, 4, 4)
    return _middle(code, 2, 2) if len(code) >= 8 else "*" * len(code)


def mask_phone(phone: str) -> str:
    """13812341234 → 138****1234; of short numbers only the last two digits are shown."""
    if len(phone) >= 11:
        return _middle(phone, 3, 4)
    return _middle(phone, 0, 2) if len(phone) >= 6 else "*" * len(phone)


def mask_email(address: str) -> str:
    """lin@bank.cn → l***@bank.cn."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}***@{host}" if at and name else "*" * len(address)


_MASKS = {
    ColumnType.PERSON_NAME: mask_name,
    ColumnType.PERSON_ID: mask_code,
    ColumnType.PHONE: mask_phone,
    ColumnType.EMAIL: mask_email,
}


def mask(kind: ColumnType, value: str) -> str:
    """Return the visible form of a personal value; other kinds (year, age) are hidden wholly."""
    masker = _MASKS.get(kind)
    return masker(value) if masker else "*" * len(value)


def mask_column(kind: ColumnType, values: pa.Array) -> pa.Array:
    """Mask a whole column: what `mask` shows, for all values of one length at once."""
    masker = _MASKS.get(kind)
    if masker is None or masker is mask_email:
        return pa.array(
            [None if value is None else mask(kind, value) for value in values.to_pylist()], pa.string()
        )
    lengths = pc.utf8_length(values)
    masked = values
    for length in pc.unique(lengths).drop_null().to_pylist():
        held = pc.fill_null(pc.equal(lengths, length), False)
        same = values.filter(held)
        masked = pc.replace_with_mask(masked, held, _same_length(masker, length, same))
    return masked


def _same_length(masker: Callable[[str], str], length: int, values: pa.Array) -> pa.Array:
    """Masks hide by place alone, so one example of a length tells which places."""
    if length > _LONGEST_QUICK:
        return pa.array([masker(value) for value in values.to_pylist()], pa.string())
    example = masker("x" * length)
    start, stop = example.find("*"), example.rfind("*") + 1
    return pc.utf8_replace_slice(values, start, stop, "*" * (stop - start)) if stop else values
