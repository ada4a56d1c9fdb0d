"""Chinese first, English complete, and no word outside the reach of translation."""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

WEB = Path(settings.WEB)
CATALOGUE = WEB / "locale" / "en" / "LC_MESSAGES"
HAN = re.compile(r"[\u4e00-\u9fff]")
# Strings that are Chinese in both languages on purpose.
SAME_IN_BOTH = {"中文"}


def _entries() -> dict[str, str]:
    with (CATALOGUE / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # no public way to list the messages
    return {str(key): value for key, value in catalogue.items() if key}


def test_every_message_is_translated() -> None:
    text = (CATALOGUE / "django.po").read_text("utf-8")

    assert re.findall(r'msgid(?:_plural)? "(?=.)[^\n]*\nmsgstr(?:\[\d\])? ""\n(?!")', text) == []
    assert "fuzzy" not in text
    assert [value for value in _entries().values() if HAN.search(value)] == []


def test_translations_keep_their_placeholders() -> None:
    place = re.compile(r"%\(\w+\)s")
    wrong = [key for key, value in _entries().items() if set(place.findall(key)) != set(place.findall(value))]

    assert wrong == []


@pytest.mark.parametrize("path", sorted(WEB.glob("**/*.html")), ids=lambda path: path.name)
def test_every_chinese_word_of_a_template_is_marked_for_translation(path: Path) -> None:
    text = path.read_text("utf-8")
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", text, flags=re.S)
    text = re.sub(r"{%.*?%}|{#.*?#}|{{.*?}}", "", text, flags=re.S)

    assert [
        line.strip()
        for line in text.splitlines()
        if HAN.search(line) and not any(w in line for w in SAME_IN_BOTH)
    ] == []


def _messages_in_templates() -> set[str]:
    found: set[str] = set()
    for path in WEB.glob("**/*.html"):
        text = path.read_text("utf-8")
        found |= {m[1] for m in re.finditer(r"""{% translate (["'])(.*?)\1""", text) for m in [(m[1], m[2])]}
    return found


def test_every_message_of_the_templates_is_in_the_catalogue() -> None:
    known = set(_entries())

    assert {
        message
        for message in _messages_in_templates()
        if message not in known and f"数据\x04{message}" not in known
    } == set()


def test_the_desk_speaks_chinese_until_somebody_chooses(as_person: Callable[[str], Client]) -> None:
    client = as_person("chen")
    list_address = reverse("companies:list")

    assert "组织类型" in client.get(list_address, headers={"Accept-Language": "en-US"}).content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": list_address})
    english = client.get(list_address)

    assert "Main reasons" in english.content.decode()
    assert english.headers["Content-Language"] == "en"
