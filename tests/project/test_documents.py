"""Documents that cannot lie: generated pages, links, the glossary and the map of platforms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
import yaml
from typer.core import TyperGroup

from docs.generate import pages
from lookout.cli import app
from lookout.config.settings import PREFIX, SECRETS, variable_names
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


def is_furnished(folder: Path) -> bool:
    """Tell whether a room exists and holds more than an empty package file."""
    return any(file.stat().st_size for file in folder.rglob("*.py"))


def test_generated_pages_are_up_to_date():
    stale = [name for name, text in pages().items() if (DOCS / name).read_text("utf-8") != text]

    assert stale == [], "run make docs"


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


# ---- what documents name ------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_tree_in_the_readme_shows_every_room(name):
    text = (ROOT / name).read_text("utf-8")
    rooms = [folder.name for folder in SOURCE.iterdir() if folder.is_dir() and is_furnished(folder)]
    inner = [
        folder.name for room in ("hub", "engine") for folder in (SOURCE / room).iterdir() if folder.is_dir()
    ]

    assert [room for room in rooms if f"  {room}/" not in text] == []
    assert [room for room in inner if room != "__pycache__" and not re.search(rf"\b{room}\b", text)] == []


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_commands_in_the_documents_exist(file):
    menu = typer.main.get_command(app)
    assert isinstance(menu, TyperGroup)
    named = set(re.findall(r"(?:^|[`/])lookout ([a-z]+)\b", file.read_text("utf-8"), re.M))

    assert named - set(menu.commands) == set()


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_make_targets_in_the_documents_exist(file):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    spans = re.findall(r"`make ([^`]+)`|^make ([^#\n]+)", file.read_text("utf-8"), re.M)
    words = {word for pair in spans for word in "".join(pair).split() if word.islower()}

    assert words - targets == set()


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_settings_in_the_documents_exist(file):
    known = {*variable_names().values(), *(f"{PREFIX}{name.upper()}_FILE" for name in SECRETS)}
    named = set(re.findall(r"LOOKOUT_[A-Z_]*[A-Z]", file.read_text("utf-8")))

    assert named - known == set()


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
            coming = f"`{room}`" in state
            if is_furnished(SOURCE / Path(*room.split("."))) is coming:
                missing.append(room)

    assert missing == []
