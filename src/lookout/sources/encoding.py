"""Which encoding a text file is in, and its bytes as UTF-8. Knows UTF-8 (BOM or not) and GB18030."""

from __future__ import annotations

import codecs

from lookout.sources.problems import Fault, FileProblem

_CHUNK = 1 << 24
_SURELY_UTF8 = 8  # characters beyond ASCII before the first fault
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ALIASES = {
    "auto": "auto", "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8",
    "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
}  # fmt: skip
ENCODINGS = tuple(_ALIASES)


def _fault_at(data: bytes, encoding: str) -> int | None:
    """Return the offset of the first byte that does not decode, None when all does."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), _CHUNK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None


def _is_damaged_utf8(data: bytes, fault: int) -> bool:
    """Tell a UTF-8 file with a bad byte from one in another encoding.

    GB18030 text does not keep to UTF-8 for many characters, while a damaged UTF-8 file may well decode
    as GB18030, into nonsense that no later check would notice.
    """
    before = data[:fault].decode("utf-8", "ignore")
    return sum(not character.isascii() for character in before[:_CHUNK]) >= _SURELY_UTF8


def _to_utf8(data: bytes, encoding: str) -> bytes:
    decoder = codecs.getincrementaldecoder(encoding)()
    parts = [decoder.decode(data[at : at + _CHUNK]).encode() for at in range(0, len(data), _CHUNK)]
    return b"".join(parts)


def _where(data: bytes, offset: int) -> str:
    line = data.count(b"\n", 0, offset) + 1
    return f"第 {line} 行（第 {offset + 1} 字节）"


def _check_bytes(file: str, data: bytes) -> None:
    if not data.strip():
        raise FileProblem(file, Fault("是空文件", "确认导出是否成功后重新报送"))
    if data.startswith(_UTF16_MARKS):
        raise FileProblem(file, Fault("是 UTF-16 编码，本系统不读", "另存为 UTF-8 或 GB18030 编码"))
    if (nul := data.find(b"\0")) >= 0:
        raise FileProblem(
            file, Fault("含有 NUL 字符，文件已损坏或不是文本文件", "重新导出为文本文件", _where(data, nul))
        )


def as_utf8(file: str, data: bytes, declared: str = "auto") -> tuple[bytes, str]:
    """Return the text as UTF-8 bytes without BOM, and the encoding it came in.

    `declared` 'auto' tries UTF-8, then GB18030. Raises FileProblem for empty files, NULs, UTF-16 and
    bytes that do not belong to the encoding.
    """
    _check_bytes(file, data)
    wanted = _ALIASES[declared.lower()]
    marked = data.startswith(codecs.BOM_UTF8)
    if marked and wanted == "gb18030":
        raise FileProblem(
            file, Fault("声明为 GB18030，文件却带 UTF-8 标记（BOM）", "把映射中的 encoding 改为 utf-8")
        )
    body = data[3:] if marked else data
    utf8_fault = _fault_at(body, "utf-8") if wanted != "gb18030" else 0
    if utf8_fault is None:
        return body, "utf-8-sig" if marked else "utf-8"
    if wanted == "utf-8" or marked:
        fix = "另存为 UTF-8 编码；如文件实为 GBK/GB18030，把映射中的 encoding 改为 gb18030"
        raise FileProblem(file, Fault("声明为 UTF-8，但有字节不是 UTF-8", fix, _where(body, utf8_fault)))
    gb_fault = _fault_at(body, "gb18030")
    if wanted == "auto" and _is_damaged_utf8(body, utf8_fault):
        fix = "找出并改正坏字节（可能是截断或拼接造成），或重新导出"
        raise FileProblem(file, Fault("是 UTF-8 编码，但有坏字节", fix, _where(body, utf8_fault)))
    if gb_fault is None:
        return _to_utf8(body, "gb18030"), "gb18030"
    if wanted == "gb18030":
        fix = "把映射中的 encoding 改为文件的真实编码，或另存为 GB18030"
        raise FileProblem(file, Fault("声明为 GB18030，但有字节不是 GB18030", fix, _where(body, gb_fault)))
    fix = "用原系统重新导出，编码选 UTF-8 或 GB18030"
    raise FileProblem(
        file, Fault("既不是 UTF-8 也不是 GB18030 编码", fix, _where(body, max(utf8_fault, gb_fault)))
    )
