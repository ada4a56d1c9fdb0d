"""The words of bureaus' ledgers: which head is which field, which word is which code, which name is which place."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import yaml
from django.conf import settings
from django.utils import translation

from lookout.kernel.errors import DataError
from lookout.kernel.regions import PROVINCES, regions
from lookout.web.clues.guidance import CATALOGUE
from lookout.web.clues.models import BANDS
from lookout.web.clues.states import CLOSED, ClueState
from lookout.web.clues.words import ActivityClass, Disguise, Outcome, Secrecy, Source

CLOSED_WORD, MERGED_WORD, OPEN_WORD = "closed", "merged", "open"
# What the export writes for a state, and what it means for a line that is taken in.
_STATES = [
    (CLOSED_WORD if state in CLOSED else MERGED_WORD if state is ClueState.MERGED else OPEN_WORD, state.label)
    for state in ClueState
]
_OWN_WORDS: dict[str, Sequence[tuple[str, Any]]] = {
    "source": Source.choices,
    "band": BANDS,
    "outcome": Outcome.choices,
    "activity_class": ActivityClass.choices,
    "disguise_type": [(str(code), title) for code, title in Disguise.choices],
    "secrecy": Secrecy.choices,
    "state": _STATES,
}


def plain(text: str) -> str:
    """Return a word without blanks, in one width and case, as heads are compared."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


@cache
def _content() -> Mapping[str, Mapping[str, list[str]]]:
    content: Mapping[str, Mapping[str, list[str]]] = yaml.safe_load(
        (CATALOGUE / "ledger_columns.yaml").read_text("utf-8")
    )
    return content


@cache
def _fields() -> Mapping[str, str]:
    found: dict[str, str] = {}
    problems = []
    for field, heads in _content()["fields"].items():
        for head in heads:
            if found.setdefault(plain(head), field) != field:
                problems.append(f"“{head}”同时是 {found[plain(head)]} 和 {field}")
    if problems:
        raise DataError("台账列名目录有问题：" + "；".join(problems))
    return found


def field_of(head: str) -> str | None:
    """Return the field a column feeds, None for one that is not known."""
    return _fields().get(plain(head))


@cache
def heads_of(field: str) -> tuple[str, ...]:
    """Return the heads a field is read from, the best first."""
    return tuple(plain(head) for head in _content()["fields"][field])


@cache
def _codes(kind: str) -> Mapping[str, str]:
    own = _OWN_WORDS[kind]
    found = {}
    # An export from a page in another language is understood too.
    for language, _title in settings.LANGUAGES:
        with translation.override(language):
            found.update({plain(str(title)): code for code, title in own})
    known: Mapping[str, Mapping[str, list[str]]] = _content()["words"]  # type: ignore[assignment]  # one level deeper than the fields
    for code, words in known[kind].items():
        if code not in {code for code, _title in own}:
            raise DataError(f"台账用词目录：{kind} 没有代码“{code}”")
        found.update({plain(word): code for word in words})
    return found


def code_of(kind: str, word: str) -> str | None:
    """Return the code a word stands for, None for one that is not known."""
    return _codes(kind).get(plain(word))


def known_words(kind: str) -> str:
    """Return the words that are understood, to tell somebody who wrote another one."""
    own = {str(title): code for code, title in _OWN_WORDS[kind]}
    return "、".join(own)


@cache
def _places() -> Mapping[str, str]:
    current = {code: region for code, region in regions().items() if region.valid_to is None}
    found = {region.name: code for code, region in current.items()}
    for code, region in current.items():
        city = current.get(code[:4] + "00")
        if city is not None and city is not region:
            found[city.name + region.name] = code
    home = next(iter(current))[:2]
    return found | {PROVINCES[home] + name: code for name, code in found.items()}


def place_of(text: str) -> str | None:
    """Return the six digits of a place given by code or by name, None when there is none such."""
    digits = text.strip()
    if digits.isascii() and digits.isdigit():
        padded = digits.ljust(6, "0")
        return padded if padded in regions() else None
    return _places().get("".join(text.split()))
