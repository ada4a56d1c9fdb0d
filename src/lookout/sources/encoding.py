"""Which encoding a text file is in, and its text as UTF-8 blocks. Knows UTF-8 (BOM or not) and GB18030.

A few lines in another encoding do not stop a file: their bytes become a mark (NUL and the byte in
hexadecimal), and the readers set rows with a mark aside. Text that is no Chinese when read as GB18030
is refused, since Big5 and other encodings pass for GB18030 and land as nonsense.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lookout.sources.problems import Fault, FileProblem

BLOCK = 1 << 22
MARK = "\0"
_SURELY_UTF8 = 8  # characters beyond ASCII before the first fault
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ALIASES = {
    "auto": "auto", "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8",
    "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
}  # fmt: skip
ENCODINGS = tuple(_ALIASES)
_OTHER_FORMATS = {
    b"PK\x03\x04": "Excel 工作簿或压缩包", b"\xd0\xcf\x11\xe0": "旧式 Excel 工作簿", b"%PDF": "PDF 文档",
    b"\x1f\x8b": "gzip 压缩包",
}  # fmt: skip
_SAMPLE = 1 << 19
_MOST_NULS = 0.02  # of the first block: more is UTF-16 without a mark, or no text
# Kana, Greek, Cyrillic, bopomofo, lines and private use: where Big5 lands when read as GB18030.
_STRANGE = re.compile("[\u0370-\u04ff\u2500-\u259f\u3040-\u312f\ue000-\uf8ff]")
_HANZI = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_MOST_STRANGE = 0.1
_MOST_RARE, _ENOUGH_HANZI = 0.85, 20
# Two Chinese characters of UTF-8 side by side.
_UTF8_PAIR = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2}")

Opener = Callable[[], BinaryIO]


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    octets = error.object[error.start : error.end]
    return "".join(f"{MARK}\\x{octet:02x}" for octet in octets), error.end


codecs.register_error("lookout-mark", _marked)


@dataclass(frozen=True)
class _Scan:
    """What a first look found: the offset of the first byte that is not UTF-8 and the block it is in."""

    first: bytes
    fault: int | None = None
    line: int = 0
    beyond_ascii: int = 0
    block: bytes = b""

    @property
    def is_damaged_utf8(self) -> bool:
        """Tell a UTF-8 file with some bad bytes from one in another encoding."""
        return self.first.startswith(codecs.BOM_UTF8) or self.beyond_ascii >= _SURELY_UTF8


def _blocks(open_file: Opener) -> Iterator[bytes]:
    with open_file() as source:
        while block := source.read(BLOCK):
            yield block


def _sample(block: bytes, fault: int) -> bytes:
    """Return whole lines from the one with the fault on, enough to judge the encoding by."""
    start = block.rfind(b"\n", 0, fault) + 1
    sample = block[start : start + _SAMPLE]
    return sample[: sample.rfind(b"\n") + 1 or None] if len(sample) == _SAMPLE else sample


def _scan(file: str, open_file: Opener) -> _Scan:
    decoder = codecs.getincrementaldecoder("utf-8")()
    first, before, lines, beyond, blank = b"", 0, 0, 0, True
    for block in _blocks(open_file):
        first = first or block
        blank = blank and not block.removeprefix(codecs.BOM_UTF8).strip()
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            at = error.start - pending
            good = error.object[: error.start].decode("utf-8", "ignore")
            line = lines + block.count(b"\n", 0, max(at, 0)) + 1
            found = beyond + len(_BEYOND_ASCII.findall(good))
            return _Scan(first, before + at, line, found, _sample(error.object, error.start))
        before += len(block)
        lines += block.count(b"\n")
        if not text.isascii() and beyond < _SURELY_UTF8:
            beyond += len(_BEYOND_ASCII.findall(text.removeprefix("\ufeff")))
    if blank and not decoder.getstate()[0]:
        raise FileProblem(file, Fault("是空文件", "确认导出是否成功后重新报送"))
    tail = decoder.getstate()[0]
    if tail:
        return _Scan(first, before - len(tail), lines + 1, beyond, tail)
    return _Scan(first, beyond_ascii=beyond)


def _refuse_other_formats(file: str, first: bytes) -> None:
    if first.startswith(_UTF16_MARKS):
        raise FileProblem(file, Fault("是 UTF-16 编码，本系统不读", "另存为 UTF-8 或 GB18030 编码"))
    for mark, kind in _OTHER_FORMATS.items():
        if first.startswith(mark):
            raise FileProblem(file, Fault(f"内容是{kind}，扩展名却写成文本文件", "改正扩展名后重新报送"))
    if first.count(b"\0") > _MOST_NULS * len(first):
        what = "含有大量 NUL 字符，不是文本文件，或是没有标记的 UTF-16 编码"
        line = first.count(b"\n", 0, first.find(b"\0")) + 1
        raise FileProblem(file, Fault(what, "另存为 UTF-8 或 GB18030 编码的文本文件", f"第 {line} 行起"))


def _is_level_one(character: str) -> bool:
    octets = character.encode("gb18030")
    return len(octets) == 2 and 0xB0 <= octets[0] <= 0xD7 and octets[1] >= 0xA1


def _implausible(block: bytes) -> str:
    """Return why a block is no Chinese text in GB18030, '' when it may be."""
    text = block.decode("gb18030", "lookout-mark")
    beyond = len(_BEYOND_ASCII.findall(text))
    faults = text.count(MARK) - block.count(b"\0")
    if faults > _MOST_STRANGE * (beyond + faults):
        return "既不是 UTF-8 也不是 GB18030 编码"
    hanzi = _HANZI.findall(text)
    rare = len(hanzi) - sum(map(_is_level_one, hanzi))
    strange = len(_STRANGE.findall(text)) > _MOST_STRANGE * beyond
    if strange or (len(hanzi) >= _ENOUGH_HANZI and rare > _MOST_RARE * len(hanzi)):
        return "不是 UTF-8，按 GB18030 读出来也不成中文（可能是 Big5 等其他编码）"
    return ""


def detect(file: str, open_file: Opener, declared: str = "auto") -> tuple[str, bool]:
    """Return the encoding (utf-8, utf-8-sig, gb18030) and whether all bytes belong to it for certain.

    Raises FileProblem for empty files, other formats, and text in another encoding.
    """
    wanted = _ALIASES[declared.lower()]
    scan = _scan(file, open_file)
    _refuse_other_formats(file, scan.first)
    marked = scan.first.startswith(codecs.BOM_UTF8)
    if marked and wanted == "gb18030":
        raise FileProblem(
            file, Fault("声明为 GB18030，文件却带 UTF-8 标记（BOM）", "把映射中的 encoding 改为 utf-8")
        )
    utf8 = "utf-8-sig" if marked else "utf-8"
    if wanted == "gb18030" and scan.fault is None and scan.beyond_ascii >= _SURELY_UTF8:
        fix = "把映射中的 encoding 改为 auto 或 utf-8，或另存为 GB18030"
        raise FileProblem(file, Fault("声明为 GB18030，文件却是 UTF-8 编码", fix))
    if scan.fault is None and (wanted != "gb18030" or not scan.beyond_ascii):
        return utf8, True
    if wanted != "gb18030" and scan.is_damaged_utf8:
        return utf8, False
    where = f"第 {scan.line} 行（第 {(scan.fault or 0) + 1} 字节）"
    if wanted == "utf-8":
        fix = "另存为 UTF-8 编码；如文件实为 GBK/GB18030，把映射中的 encoding 改为 gb18030"
        raise FileProblem(file, Fault("声明为 UTF-8，但有字节不是 UTF-8", fix, where))
    if reason := _implausible(scan.block):
        fix = "用原系统重新导出，编码选 UTF-8 或 GB18030"
        raise FileProblem(file, Fault(reason, fix, where))
    return "gb18030", False


def _without_utf8_lines(block: bytes) -> bytes:
    """Mark lines of a GB18030 file that are UTF-8: they would decode, into nonsense."""
    if not _UTF8_PAIR.search(block):
        return block
    lines = block.split(b"\n")
    for place, line in enumerate(lines):
        if _UTF8_PAIR.search(line) and _is_utf8(line):
            lines[place] = b"\0" + line.decode().encode("gb18030", "replace")
    return b"\n".join(lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut blocks at line ends, so that no line lies in two of them (very long ones excepted)."""
    rest = b""
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if not end and len(rest) < 4 * BLOCK:
            rest += block
            continue
        yield rest + block[:end]
        rest = block[end:]
    if rest:
        yield rest


def utf8_blocks(open_file: Opener, encoding: str, certain: bool) -> Iterator[bytes]:
    """Return the text as UTF-8 blocks without BOM; bytes of other encodings are marked."""
    blocks = _blocks(open_file)
    if encoding == "utf-8-sig":
        first = next(blocks).removeprefix(codecs.BOM_UTF8)
        blocks = _then(first, blocks)
    if certain:
        yield from blocks
        return
    name = "gb18030" if encoding == "gb18030" else "utf-8"
    decoder = codecs.getincrementaldecoder(name)("lookout-mark")
    for block in _whole_lines(blocks):
        text = decoder.decode(_without_utf8_lines(block) if name == "gb18030" else block)
        yield text.encode()
    yield decoder.decode(b"", final=True).encode()


def _then(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
