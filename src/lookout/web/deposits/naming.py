"""Names compared as people mean them: brackets, blanks and width do not count."""

from __future__ import annotations

import re
import unicodedata

from lookout.web.ui.masking import mask_name, mask_text

# Who has one of these in the name is no natural person.
COMPANY_WORDS = ("公司", "合作社", "中心", "银行", "企业", "合伙", "基金", "机构", "事务所", "协会", "商会")
LONG_CODE = 15  # shorter numbers stand in other numbers by chance
_BETWEEN = re.compile(r"[@=,;|/:：0-9]+")
_NOT_NAME = re.compile(r"[\s()（）·.,，。、\-—_\"'“”‘’【】\[\]<>《》]+")


def plain_name(name: str) -> str:
    """Return a name without brackets, blanks and marks, in one width."""
    return _NOT_NAME.sub("", unicodedata.normalize("NFKC", name)).upper()


def same_company(one: str, other: str) -> bool:
    """Tell whether two names mean one company."""
    return bool(plain_name(one)) and plain_name(one) == plain_name(other)


def names_party(text: str, name: str, *codes: str) -> bool:
    """Tell whether a text (the subject of a certificate) names a party, by its full name or one of its codes.

    Certificates put name and number in one field, as 张三@4401…; 张三 is not found in 张三丰.
    """
    wanted = plain_name(name)
    pieces = {plain_name(piece) for piece in (text, *_BETWEEN.split(text))}
    if wanted and wanted in pieces:
        return True
    return any(code.upper() in text.upper() for code in codes if len(code) >= LONG_CODE)


def is_company_name(name: str) -> bool:
    """Tell by its words whether a name is a company's."""
    return any(word in name for word in COMPANY_WORDS)


def shown_name(name: str) -> str:
    """Return a name as pages may show it: a company's as it is, a person's masked, and no numbers beside it."""
    if is_company_name(name):
        return mask_text(name)
    return mask_name(next((piece for piece in _BETWEEN.split(name) if piece.strip()), "").strip()) or "＊"
