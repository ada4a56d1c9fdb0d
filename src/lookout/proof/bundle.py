"""Joins the verifier's parts into the one file that a package carries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lookout.kernel.errors import ConfigError

PARTS = (
    "words",
    "numbers",
    "curves",
    "der",
    "certificates",
    "stamps",
    "trees",
    "container",
    "repair",
    "manifest",
    "contents",
    "trust",
    "seals",
    "report",
    "main",
)
_HERE = Path(__file__).parent / "offline"
_ROOM = "lookout.proof.offline."
_BLANK = re.compile(r"\n{4,}")


@cache
def verifier() -> str:
    """Return the text of verify.py: the parts in order, with one set of imports.

    Raises ConfigError when two parts define the same name: one would silently take the other's place.
    """
    imports: set[str] = set()
    defined: dict[str, str] = {}
    bodies = []
    for name in PARTS:
        module, body = _body((_HERE / f"{name}.py").read_text("utf-8"), imports)
        for own in _names(module):
            if defined.setdefault(own, name) != name:
                raise ConfigError(f"核验程序的 {defined[own]} 与 {name} 两部分都定义了 {own}；请改名")
        bodies.append(f"# {'-' * 40} {name}\n\n{body}")
    heading = (_HERE / "heading.txt").read_text("utf-8").rstrip()
    ordered = sorted(imports, key=lambda line: (line.startswith("from"), line))
    head = "\n".join([heading, "", "from __future__ import annotations", "", *ordered])
    return "\n\n\n".join([head, *bodies])


def _body(text: str, imports: set[str]) -> tuple[ast.Module, str]:
    """Return a part, and its text without imports; those from the standard library are added to `imports`."""
    module = ast.parse(text)
    lines = text.splitlines()
    for node in module.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith((_ROOM, "__future__"))):
            imports.add(ast.unparse(node))
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    return module, _BLANK.sub("\n\n\n", "\n".join(lines)).strip() + "\n"


def _names(module: ast.Module) -> Iterator[str]:
    """Yield the names a part defines."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
            )
