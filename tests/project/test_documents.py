"""Documents that cannot lie: generated pages, links, the glossary and the map of platforms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from docs.generate import pages
from lookout.contracts import contracts
from lookout.engine.scoring import State
from lookout.hub.reading import BAND_NAMES, CHANGE_NAMES, DIMENSION_NAMES
from lookout.hub.results.listing import CHANGE_PARTS
from lookout.kernel.identifiers import Scheme
from lookout.web.accounts.roles import Role
from tests.project.trees import ROOT, SOURCE

DOCS = ROOT / "docs"
MARKDOWN = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
GLOSSARY = yaml.safe_load((DOCS / "glossary.yaml").read_text("utf-8"))["terms"]
FORBIDDEN = {"alarm", "enterprise", "ent", "corp"}


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_generated_page_is_up_to_date(name):
    assert (DOCS / name).read_text("utf-8") == pages()[name], "run make docs"


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_inside_the_documents_lead_somewhere(file):
    text = re.sub(r"```.*?```", "", file.read_text("utf-8"), flags=re.S)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)

    assert [t for t in targets if "://" not in t and not (file.parent / t).exists()] == []


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_document_has_one_title_and_says_something(file):
    text = re.sub(r"```.*?```", "", file.read_text("utf-8"), flags=re.S)

    assert len(re.findall(r"^# ", text, re.M)) == 1
    assert len(text) > 200


def test_decisions_are_numbered_without_a_gap():
    numbers = sorted(int(file.name[:4]) for file in (DOCS / "decisions").glob("[0-9]*.md"))

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("file", sorted((DOCS / "decisions").glob("[0-9]*.md")), ids=lambda file: file.stem)
def test_a_decision_gives_context_decision_and_consequences(file):
    text = file.read_text("utf-8")

    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences"]
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.M)


# ---- glossary -----------------------------------------------------------------------------------
def test_a_term_has_one_english_word_and_a_definition():
    words = [term["en"] for term in GLOSSARY]

    assert sorted(set(words)) == sorted(words)
    for term in GLOSSARY:
        assert set(term) <= {"en", "zh", "kind", "definition", "source"}, term["en"]
        assert {"en", "zh", "kind", "definition"} <= set(term), term["en"]
        assert not FORBIDDEN & set(term["en"].split("_")), term["en"]


@pytest.mark.parametrize(
    "names", [BAND_NAMES, CHANGE_NAMES, DIMENSION_NAMES], ids=["bands", "changes", "dimensions"]
)
def test_words_on_the_screen_are_those_of_the_glossary(names):
    glossary = {term["en"]: term["zh"] for term in GLOSSARY}

    assert {word: glossary.get(word) for word in names} == names


def test_every_stored_word_is_in_the_glossary():
    stored = {
        *(scheme.value for scheme in Scheme),
        *(state.name.lower() for state in State),
        *(role.value for role in Role),
        *CHANGE_PARTS,
    }

    assert stored - {term["en"] for term in GLOSSARY} == set()


def test_every_table_is_in_the_dictionary():
    dictionary = (DOCS / "reference" / "tables.md").read_text("utf-8")

    assert [name for name in contracts() if f"### `{name}`" not in dictionary] == []


# ---- platforms ----------------------------------------------------------------------------------
def platform_rows() -> list[tuple[str, str]]:
    text = (DOCS / "platforms.md").read_text("utf-8")
    return re.findall(r"^\| （?[一二三四五六七八九十]+）?[^|]*\| ([^|]+) \| ([^|]+) \|$", text, re.M)


def test_the_ten_platforms_are_all_mapped():
    assert len(platform_rows()) == 10


def test_a_room_named_for_a_platform_exists_or_is_marked_as_coming():
    missing = []
    for rooms, state in platform_rows():
        for room in re.findall(r"`([a-z_.]+)`", rooms):
            path = SOURCE / Path(*room.split("."))
            coming = f"`{room}`" in state
            if (path.exists() or path.with_suffix(".py").exists()) is coming:
                missing.append(room)

    assert missing == []
