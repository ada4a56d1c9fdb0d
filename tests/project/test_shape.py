"""Rules of the house that import contracts cannot say: size, clock, doors, environment."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from tests.project.trees import PLACES, ROOT, SOURCE, imported, modules, place, tree

PURE = ("hub", "engine", "demo", "sources", "contracts", "kernel", "proof")
CLOCKS = {"now", "utcnow", "today", "localtime", "time_ns"}
EXEMPTION = re.compile(r"# (noqa|type: ignore)\b")
EXEMPTION_WITH_REASON = re.compile(
    r"# (noqa: [A-Z0-9, ]+?|type: ignore\[[a-z-]+\])(  #| [-—])? [A-Za-z`].{9,}"
)
WORKSHOP_WORDS = ("TODO", "FIXME", "XXX", "HACK")


def test_the_kernel_imports_only_the_standard_library():
    foreign = [
        f"{place(file, node)} {name}"
        for file in modules("kernel")
        for name, node in imported(file)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("lookout.kernel")
    ]

    assert foreign == []


def test_nothing_in_the_core_asks_the_clock():
    asking = [
        place(file, node)
        for file in modules(*PURE)
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]

    assert asking == []


def test_only_config_reads_the_environment():
    # Setting a default before a library reads it (Django's settings module, demo mode) is not reading.
    set_only = {
        id(node.value)
        for file in modules()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr == "setdefault"
    }
    reading = [
        place(file, node)
        for file in modules()
        if file.relative_to(SOURCE).parts[0] != "config"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and id(node) not in set_only
    ]

    assert reading == []


def test_views_reach_tables_through_selectors_and_doors_only():
    direct = [
        place(file, node)
        for file in modules("web")
        if file.name == "views.py"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr == "objects"
    ]

    assert direct == []


def test_files_are_small():
    lines = {file: len(file.read_text("utf-8").splitlines()) for file in modules()}
    large = sorted(str(file.relative_to(ROOT)) for file, count in lines.items() if count > 400)

    assert [str(file) for file, count in lines.items() if count > 600] == []
    assert len(large) <= 0.05 * len(lines), large


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(SOURCE)))
def test_every_module_says_what_lives_in_it(file):
    if file.read_text("utf-8").strip():
        assert ast.get_docstring(tree(file)), "a module starts with one sentence"


def test_no_unfinished_work_is_left_in_words():
    files = [file for name in PLACES for file in (ROOT / name).rglob("*.py") if file.name != "test_shape.py"]
    unfinished = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if any(word in line.split() or f"{word}:" in line for word in WORKSHOP_WORDS)
    ]

    assert unfinished == []


def test_every_exemption_has_its_reason():
    bare = [
        f"{file.relative_to(ROOT)}:{number}"
        for name in ("src", "tests", "benchmarks", "docs")
        for file in (ROOT / name).rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if EXEMPTION.search(line) and not EXEMPTION_WITH_REASON.search(line)
    ]

    assert bare == []
