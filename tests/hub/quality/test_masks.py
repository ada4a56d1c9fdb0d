"""Masks: what may be seen of a personal value."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.contracts import ColumnType
from lookout.hub.quality import mask, mask_column


@pytest.mark.parametrize(
    ("kind", "value", "seen"),
    [
        (ColumnType.PERSON_NAME, "张小明", "张*明"),
        (ColumnType.PERSON_NAME, "张三", "张*"),
        (ColumnType.PERSON_NAME, "欧阳小明", "欧**明"),
        (ColumnType.PERSON_NAME, "张", "*"),
        (ColumnType.PERSON_ID, "440106199001011234", "4401**********1234"),
        (ColumnType.PERSON_ID, "E12345678", "E1*****78"),
        (ColumnType.PERSON_ID, "1234567", "*******"),
        (ColumnType.PHONE, "13812341234", "138****1234"),
        (ColumnType.PHONE, "8123456", "*****56"),
        (ColumnType.EMAIL, "lin@bank.cn", "l***@bank.cn"),
        (ColumnType.EMAIL, "lin.bank", "********"),
        (ColumnType.YEAR, "1980", "****"),
    ],
)
def test_a_personal_value_is_seen_only_in_part(kind: ColumnType, value: str, seen: str) -> None:
    assert mask(kind, value) == seen


@given(st.sampled_from(list(ColumnType)), st.text("0123456789X张三@a", min_size=1, max_size=24))
def test_no_mask_shows_the_whole_value(kind: ColumnType, value: str) -> None:
    if kind is not ColumnType.EMAIL or "@" not in value:
        assert mask(kind, value) != value


@given(
    st.sampled_from(list(ColumnType)),
    st.lists(st.text("0123456789X张三@a", min_size=1, max_size=70) | st.none(), max_size=12),
)
def test_a_column_is_masked_as_its_values_are(kind: ColumnType, values: list[str | None]) -> None:
    masked = mask_column(kind, pa.array(values, pa.string())).to_pylist()

    assert masked == [None if value is None else mask(kind, value) for value in values]
