"""Encodings: UTF-8 with and without BOM and GB18030 are read, anything else is refused clearly."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.sources import FileProblem
from lookout.sources.encoding import as_utf8

TEXT = "企业名称,注册资本\n广东甲公司,100\n"


@pytest.mark.parametrize(
    ("data", "declared", "found"),
    [
        (TEXT.encode(), "auto", "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "auto", "utf-8-sig"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8", "utf-8-sig"),
        (TEXT.encode("gb18030"), "auto", "gb18030"),
        (TEXT.encode("gbk"), "gbk", "gb18030"),
        (b"a,b\n1,2\n", "auto", "utf-8"),
    ],
)
def test_known_encodings_give_the_same_text(data: bytes, declared: str, found: str) -> None:
    assert as_utf8("甲.csv", data, declared) == (TEXT.encode() if b"a,b" not in data else data, found)


@pytest.mark.parametrize(
    ("data", "declared", "words"),
    [
        (b"", "auto", "是空文件"),
        (b" \n\n", "auto", "是空文件"),
        (TEXT.encode("utf-16"), "auto", "UTF-16"),
        (b"a,b\n1,\x002\n", "auto", "第 2 行.*含有 NUL"),
        (TEXT.encode("gb18030"), "utf-8", "第 1 行.*不是 UTF-8.*gb18030"),
        (
            TEXT.encode() + "乙公司".encode()[:-1] + b"\xc4\xe3\n",
            "auto",
            "第 3 行.*是 UTF-8 编码，但有坏字节",
        ),
        (b"a\n\xff\xff\n", "auto", "第 2 行.*既不是 UTF-8 也不是 GB18030"),
        (b"a\n\xff\xff\n", "gb18030", "第 2 行.*不是 GB18030"),
        (codecs.BOM_UTF8 + TEXT.encode(), "gb18030", "BOM"),
    ],
)
def test_other_bytes_are_refused_with_place_and_remedy(data: bytes, declared: str, words: str) -> None:
    with pytest.raises(FileProblem, match=words) as refusal:
        as_utf8("甲.csv", data, declared)

    assert "处理办法" in str(refusal.value)


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1))
def test_any_text_survives_gb18030(text: str) -> None:
    if text.strip().strip("\ufeff"):
        data = text.encode("gb18030")
        if not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
            assert as_utf8("甲.csv", data, "gb18030")[0].decode() == text
