"""The files of the project, as the tests of its shape see them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "lookout"
PLACES = ("src", "tests", "benchmarks", "docs")


def modules(*rooms: str) -> list[Path]:
    """Return the modules of some rooms (all of them when none is named), migrations left out."""
    folders = [SOURCE / room for room in rooms] or [SOURCE]
    return sorted(
        file for folder in folders for file in folder.rglob("*.py") if "migrations" not in file.parts
    )


@cache
def tree(file: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(file.read_text("utf-8"), str(file))


def place(file: Path, node: ast.AST) -> str:
    """Return where a node stands, as editors understand it."""
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def imported(file: Path) -> Iterator[tuple[str, ast.AST]]:
    """Yield every top-level package that a module imports, with its place."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node
