"""Which numbers of a report were changed by hand in Word: links to figures that say something else, and new digits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from lookout.web.reports.figures import Figure
from lookout.web.reports.packages import open_package

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FIGURE = re.compile(r"/reports/([A-Za-z0-9]+)/figures/([A-Za-z0-9_-]+)/?$")
_CODE = re.compile(r'HYPERLINK\s+"([^"]*)"', re.I)
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
AROUND = 14  # characters of context on each side
MOST = 200
Change = Literal["changed", "removed", "typed"]


@dataclass(frozen=True)
class Difference:
    """One number that is not the frozen one: a figure that now says `now` instead of `was`, a figure that is gone,
    or a number typed in. `where` quotes the place.
    """

    change: Change
    key: str
    was: str
    now: str
    where: str


@dataclass(frozen=True)
class _Piece:
    """A stretch of text of a paragraph; `key` of the figure it is linked to, '' for plain text."""

    text: str
    key: str


def compare(before: bytes, after: bytes, number: str, figures: Mapping[str, Figure]) -> list[Difference]:
    """Return what an edited Word file changed about the numbers of a report.

    `before` is the edition it was made from: numbers that stood there as text are not new.
    """
    old, new = list(_paragraphs(before, number)), list(_paragraphs(after, number))
    found = _changed(new, figures)
    gone = Counter(_keys(old)) - Counter(_keys(new))
    found += [
        Difference("removed", key, figures[key].words, "", "") for key in sorted(gone) if key in figures
    ]
    found += _typed(old, new)
    return found[:MOST]


def _changed(paragraphs: list[list[_Piece]], figures: Mapping[str, Figure]) -> list[Difference]:
    found = []
    for pieces in paragraphs:
        for place, piece in enumerate(pieces):
            figure = figures.get(piece.key)
            if figure is not None and piece.text.strip() != figure.words.strip():
                found.append(
                    Difference("changed", piece.key, figure.words, piece.text, _where(pieces, place))
                )
    return found


def _keys(paragraphs: list[list[_Piece]]) -> Iterator[str]:
    for pieces in paragraphs:
        for piece in pieces:
            if piece.key:
                yield piece.key


def _typed(old: list[list[_Piece]], new: list[list[_Piece]]) -> list[Difference]:
    left = Counter(number for pieces in old for number, _start in _numbers(pieces))
    found = []
    for pieces in new:
        for number, start in _numbers(pieces):
            if left[number]:
                left[number] -= 1
                continue
            text = "".join(piece.text if not piece.key else "◇" for piece in pieces)
            found.append(
                Difference(
                    "typed", "", "", number, text[max(0, start - AROUND) : start + len(number) + AROUND]
                )
            )
    return found


def _numbers(pieces: list[_Piece]) -> list[tuple[str, int]]:
    text = "".join(piece.text if not piece.key else "◇" for piece in pieces)
    return [(one.group(0), one.start()) for one in _NUMBER.finditer(text)]


def _where(pieces: list[_Piece], place: int) -> str:
    before = "".join(piece.text for piece in pieces[:place])[-AROUND:]
    after = "".join(piece.text for piece in pieces[place + 1 :])[:AROUND]
    return f"{before}【{pieces[place].text}】{after}"


def _paragraphs(data: bytes, number: str) -> Iterator[list[_Piece]]:
    parts = open_package(data)
    for name in sorted(parts, key=lambda one: (one != "word/document.xml", one)):
        if _PARTS.fullmatch(name):
            targets = _targets(parts.get(f"word/_rels/{name.removeprefix('word/')}.rels", b""))
            for paragraph in etree.fromstring(parts[name]).iter(f"{_W}p"):
                pieces = _merged(_pieces(paragraph, targets, number))
                if pieces:
                    yield pieces


def _targets(relations: bytes) -> dict[str, str]:
    if not relations:
        return {}
    return {str(one.get("Id")): str(one.get("Target")) for one in etree.fromstring(relations).iter(_RELATION)}


def _pieces(paragraph: Any, targets: Mapping[str, str], number: str) -> Iterator[_Piece]:
    """Yield the text of a paragraph; links are kept by Word as elements, by other programs as fields."""
    fields: list[str] = []
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}fldChar", f"{_W}instrText"):
        if next(node.iterancestors(f"{_W}p")) is not paragraph:
            continue
        if node.tag == f"{_W}fldChar":
            _step(fields, str(node.get(f"{_W}fldCharType")))
        elif node.tag == f"{_W}instrText":
            if fields:
                fields[-1] += node.text or ""
        else:
            link = next(node.iterancestors(f"{_W}hyperlink"), None)
            target = targets.get(str(link.get(_R)), "") if link is not None else ""
            code = _CODE.search(fields[-1]) if fields else None
            yield _Piece(node.text or " ", _key(target or (code.group(1) if code else ""), number))


def _step(fields: list[str], kind: str) -> None:
    if kind == "begin":
        fields.append("")
    elif kind == "end" and fields:
        fields.pop()


def _key(target: str, number: str) -> str:
    found = _FIGURE.search(target)
    return found.group(2) if found and found.group(1) == number else ""


def _merged(pieces: Iterator[_Piece]) -> list[_Piece]:
    done: list[_Piece] = []
    for piece in pieces:
        if done and done[-1].key == piece.key:
            done[-1] = _Piece(done[-1].text + piece.text, piece.key)
        else:
            done.append(piece)
    return done
