"""What may not be inside a Word file that somebody hands in: macros, foreign content, bombs."""

from __future__ import annotations

import io
import re
import zipfile
from urllib.parse import urlsplit

from lxml import etree

from lookout.kernel.errors import DataError, Problem

MOST_BYTES = 10 * 2**20
MOST_UNPACKED = 80 * 2**20
MOST_ENTRIES = 1000
MOST_TIMES = 200  # a blank page of XML packs well, but not better than this
PACKAGE = "文件"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TYPE = "http://schemas.openxmlformats.org/package/2006/content-types"
# Kinds of relationship whose target is fetched or run when the file is opened.
FOREIGN = ("oleobject", "package", "control", "activexcontrol", "frame", "subdocument", "afchunk")
# Fields that only show what is in the document itself. All others may fetch or run something, some by building the
# name of another field, so they are not listed one by one.
QUIET_FIELDS = frozenset(
    {
        "PAGE",
        "NUMPAGES",
        "SECTION",
        "SECTIONPAGES",
        "HYPERLINK",
        "TOC",
        "REF",
        "PAGEREF",
        "SEQ",
        "STYLEREF",
        "EQ",
        "DATE",
        "TIME",
    }
)
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ADDRESS = re.compile(r'HYPERLINK\s+(?:\\[a-z]\s+)*"([^"]*)"', re.I)


def open_package(data: bytes) -> dict[str, bytes]:
    """Return the parts of a Word file by name. Raises DataError for what is no docx, or a bomb."""
    if len(data) > MOST_BYTES:
        raise DataError(f"文件超过 {MOST_BYTES // 2**20} MB；请压缩其中的图片后再上传")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _parts(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise DataError("文件打不开：不是 docx，或已损坏、加密；请用 Word 另存为 docx 后再上传") from None


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise DataError(f"文件里有 {len(entries)} 个部件，不像正常的 Word 文件；请另存一份再试")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise DataError("文件里有重名的部件，不是正常的 Word 文件；请另存一份再试")
    parts: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for entry in entries:
        # The declared size may lie; what is read does not.
        with archive.open(entry) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0 or (len(content) > 2**20 and len(content) > MOST_TIMES * max(entry.compress_size, 1)):
            raise DataError("文件解压后异常巨大，不能上传；请另存一份再试")
        parts[entry.filename] = content
    if "word/document.xml" not in parts or "[Content_Types].xml" not in parts:
        raise DataError("这不是 Word 文件；请上传 docx")
    return parts


def check_package(parts: dict[str, bytes]) -> list[Problem]:
    """Return everything in a Word file that may not be there."""
    problems = [problem for name in sorted(parts) for problem in _of_name(name)]
    # A document type could make the reader fetch or multiply text: nothing else is read before this is out.
    typed = [name for name in sorted(parts) if _is_xml(name) and _has_document_type(parts[name])]
    if typed:
        return [
            *problems,
            *(Problem(name, "带有 DOCTYPE 声明；Word 不会写这个，请另存一份") for name in typed),
        ]
    for name in sorted(parts):
        if _is_xml(name):
            problems += _of_part(name, parts[name])
    return problems


def _has_document_type(content: bytes) -> bool:
    # UTF-16 hides the word from a search of bytes; Word writes UTF-8.
    return b"<!DOCTYPE" in content or content[:2] in {b"\xff\xfe", b"\xfe\xff"} or content[:1] == b"\0"


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels"))


def _of_name(name: str) -> list[Problem]:
    low = name.lower()
    if ".." in name.split("/") or name.startswith("/") or "\\" in name:
        return [Problem(PACKAGE, f"部件名“{name[:60]}”越出文件；请另存一份")]
    if low.endswith(("vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin")):
        return [Problem(PACKAGE, "带有宏；请另存为不带宏的 docx")]
    if low.startswith(("word/embeddings/", "word/activex/")) or low.endswith((".exe", ".dll", ".js", ".vbs")):
        return [
            Problem(PACKAGE, f"嵌入了对象“{name.rsplit('/', 1)[-1][:60]}”；请删去，需要的表格和图片直接贴入")
        ]
    return []


def _of_part(name: str, content: bytes) -> list[Problem]:
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError:
        return [Problem(name, "内容损坏，读不出来；请用 Word 打开后另存")]
    if name == "[Content_Types].xml":
        return _of_types(root)
    if name.endswith(".rels"):
        return [problem for one in root.iter(_RELATION) for problem in _of_relation(one)]
    return _of_fields(root)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def _of_types(root: etree._Element) -> list[Problem]:
    types = {
        str(one.get("PartName")): str(one.get("ContentType", "")) for one in root.iter(f"{{{_TYPE}}}Override")
    }
    kinds = [*types.values(), *(str(one.get("ContentType", "")) for one in root.iter(f"{{{_TYPE}}}Default"))]
    problems = []
    if any("macroenabled" in kind.lower() or "vbaproject" in kind.lower() for kind in kinds):
        problems.append(Problem(PACKAGE, "是带宏的 Word 文件（docm、dotm）；改扩展名不算，请另存为 docx"))
    elif types.get("/word/document.xml") != WORD:
        problems.append(Problem(PACKAGE, "不是普通的 Word 文档；请另存为 docx"))
    return problems


def _of_relation(one: etree._Element) -> list[Problem]:
    kind = str(one.get("Type", "")).rsplit("/", 1)[-1].lower()
    target = str(one.get("Target", ""))
    shown = target[:80]
    if kind in FOREIGN:
        return [Problem(PACKAGE, f"嵌入或链接了对象“{shown}”；请删去")]
    if str(one.get("TargetMode", "")).lower() != "external":
        return []
    if kind != "hyperlink":
        return [Problem(PACKAGE, f"打开时会读取外部内容“{shown}”（{kind}）；请断开链接，把内容存进文件")]
    if not is_web_address(target):
        return [Problem(PACKAGE, f"链接“{shown}”不是网址；请改为 http 或 https 开头，或删去")]
    return []


def _of_fields(root: etree._Element) -> list[Problem]:
    return [problem for code in field_codes(root) for problem in _of_field(code)]


def field_codes(root: etree._Element) -> list[str]:
    """Return the codes of all fields of a part, nested ones each by itself."""
    codes = [str(one.get(f"{_W}instr", "")) for one in root.iter(f"{_W}fldSimple")]
    opened: list[list[str]] = []
    for one in root.iter(f"{_W}fldChar", f"{_W}instrText", f"{_W}delInstrText"):
        kind = one.get(f"{_W}fldCharType")
        if kind == "begin":
            opened.append([])
        elif kind == "end" and opened:
            codes.append("".join(opened.pop()))
        elif one.text and opened:
            opened[-1].append(one.text)
        elif one.text:
            codes.append(one.text)
    return codes + ["".join(code) for code in opened]


def _of_field(code: str) -> list[Problem]:
    name = code.split()[0].upper() if code.split() else ""
    if name not in QUIET_FIELDS:
        return [
            Problem("正文", f"有会读取外部内容或运行程序的域“{name[:30]}”；请选中后按 Ctrl+Shift+F9 转为文字")
        ]
    found = _ADDRESS.search(code)
    if found and "\\l" not in code[: found.start(1)] and not is_web_address(found.group(1)):
        return [Problem("正文", f"链接“{found.group(1)[:80]}”不是网址；请改为 http 或 https 开头，或删去")]
    return []


def is_web_address(target: str) -> bool:
    """Tell whether a link leads to a page or a mailbox, and not to a file or a program."""
    return urlsplit(target).scheme.lower() in {"http", "https", "mailto"}
