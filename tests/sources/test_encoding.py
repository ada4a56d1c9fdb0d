"""Encodings: UTF-8 and GB18030 are read, anything else is refused; stray lines stand alone."""

from __future__ import annotations

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.sources import FileProblem
from lookout.sources.csv_reader import stream_csv
from lookout.sources.encoding import detect, utf8_blocks
from lookout.sources.raw import RawFile, collect

TEXT = "企业名称,注册资本\n广东甲公司,100\n"
RARE = "name,note\n燚喆堃㛃,1\n"
TRADITIONAL = "企業名稱,註冊資本\n廣東創業投資有限公司,100\n臺灣貿易行,5\n"
HANZI = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=30)


def as_utf8(data: bytes, declared: str = "auto") -> tuple[str, str]:
    found, certain = detect("甲.csv", lambda: io.BytesIO(data), declared)
    return b"".join(utf8_blocks(lambda: io.BytesIO(data), found, certain)).decode(), found


def rows(data: bytes, declared: str = "auto") -> RawFile:
    found, certain = detect("甲.csv", lambda: io.BytesIO(data), declared)
    blocks = utf8_blocks(lambda: io.BytesIO(data), found, certain)
    return collect(stream_csv("甲.csv", blocks, found))


@pytest.mark.parametrize(
    ("data", "declared", "found"),
    [
        (TEXT.encode(), "auto", "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "auto", "utf-8-sig"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8", "utf-8-sig"),
        (TEXT.encode("gb18030"), "auto", "gb18030"),
        (TEXT.encode("gbk"), "gbk", "gb18030"),
        (b"a,b\n1,2\n", "gb18030", "utf-8"),
    ],
)
def test_known_encodings_give_the_same_text(data: bytes, declared: str, found: str) -> None:
    assert as_utf8(data, declared) == (TEXT if b"a,b" not in data else data.decode(), found)


@pytest.mark.parametrize("text", [RARE, TRADITIONAL, "单位①,Ⅱ类（㎡）\n甲,1\n", "a,b\n,鎏\n", "·、，。\n1\n"])
def test_rare_and_traditional_characters_of_gb18030_are_read(text: str) -> None:
    assert as_utf8(text.encode("gb18030"))[0] == text


@pytest.mark.parametrize(
    ("data", "declared", "words"),
    [
        (b"", "auto", "是空文件"),
        (b" \n\n", "auto", "是空文件"),
        (codecs.BOM_UTF8, "auto", "是空文件"),
        (TEXT.encode("utf-16"), "auto", "UTF-16"),
        ("name,note\nabc,1\n".encode("utf-16-le"), "auto", "NUL"),
        (b"PK\x03\x04 a workbook", "auto", "扩展名"),
        (TEXT.encode("gb18030"), "utf-8", "第 1 行.*不是 UTF-8.*gb18030"),
        (TRADITIONAL.encode("big5"), "auto", "第 1 行.*Big5.*导出"),
        (TRADITIONAL.encode("big5"), "gb18030", "Big5"),
        (("name\n" + "臺灣貿易行\n" * 9).encode("big5"), "auto", "第 2 行.*Big5"),
        (b"a\n\xff\xff\n", "auto", "第 2 行.*既不是 UTF-8 也不是 GB18030"),
        (b"a\n\xff\xff\n", "gb18030", "第 2 行.*不是 UTF-8 也不是 GB18030"),
        (codecs.BOM_UTF8 + TEXT.encode(), "gb18030", "BOM"),
        (TEXT.encode(), "gb18030", "文件却是 UTF-8"),
    ],
)
def test_other_bytes_are_refused_with_place_and_remedy(data: bytes, declared: str, words: str) -> None:
    with pytest.raises(FileProblem, match=words) as refusal:
        as_utf8(data, declared)

    assert "处理办法" in str(refusal.value)


@pytest.mark.parametrize(
    ("main", "stray"),
    [("utf-8", "gb18030"), ("utf-8-sig", "gb18030"), ("gb18030", "utf-8"), ("utf-8", "big5")],
)
def test_lines_in_another_encoding_are_set_aside_and_the_rest_goes_on(main: str, stray: str) -> None:
    data = (
        TEXT.encode(main) + "東風公司,7\n".encode(stray) + "广东乙公司,9\n".encode(main.removesuffix("-sig"))
    )

    raw = rows(data)

    assert raw.columns["企业名称"].to_pylist() == ["广东甲公司", "广东乙公司"]
    assert raw.lines.to_pylist() == [2, 4]
    [broken] = raw.broken
    assert broken.line == 3
    assert "与文件编码不同的字节" in broken.reason
    assert broken.text.endswith(",7")
    assert raw.rows == 3


def test_a_damaged_byte_costs_one_row_and_keeps_its_value_in_hexadecimal() -> None:
    data = TEXT.encode() + "乙公司".encode()[:-1] + b",5\n" + "丙公司,6\n".encode()

    raw = rows(data)

    assert raw.lines.to_pylist() == [2, 4]
    assert raw.broken[0].text == "乙公\\xe5\\x8f,5"


@given(HANZI)
def test_any_chinese_text_survives_gb18030_when_it_is_declared(text: str) -> None:
    common = "广东省企业名称有限公司注册资本" * 3
    data = f"{common}\n{text}".encode("gb18030")

    assert as_utf8(data, "gb18030")[0] == f"{common}\n{text}"
