"""Which files hold the folded facts of one generation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "facts/manifest.json"


@dataclass(frozen=True)
class TableFiles:
    """The files of one table, as paths under HOME.

    `rows`: the facts, each file clustered by company. `marks`: batch and line of facts in them that
    were found to have several versions after their file was written; '' for none.
    """

    rows: tuple[str, ...]
    marks: str = ""

    @classmethod
    def of(cls, written: Any) -> TableFiles:
        """Read from a manifest or a run's record; early ones name a single file."""
        if isinstance(written, cls):
            return written
        if isinstance(written, str):
            return cls((written,))
        return cls(tuple(written["rows"]), written["marks"])

    @property
    def names(self) -> tuple[str, ...]:
        """All paths."""
        return (*self.rows, self.marks) if self.marks else self.rows


@dataclass(frozen=True)
class Facts:
    """One generation of the folded facts: which batches are in, and the files of each table.

    `folds`: the generations before and this one; folding again in the same steps gives the same files.
    `withdrawn`: the batches known to be withdrawn when it was made.
    """

    generation: int
    batches: tuple[int, ...]
    register: str  # path under HOME
    tables: Mapping[str, TableFiles] = field(default_factory=dict)
    folds: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        tables = {name: TableFiles.of(files) for name, files in self.tables.items()}
        object.__setattr__(self, "tables", tables)

    @classmethod
    def read(cls, home: Path, manifest: str = MANIFEST) -> Facts:
        """Read a manifest; an installation without one has no facts yet."""
        file = home / manifest
        if not file.exists():
            return cls(0, (), "")
        content = json.loads(file.read_text("utf-8"))
        return cls(
            content["generation"],
            tuple(content["batches"]),
            content["register"],
            content["tables"],
            tuple(content.get("folds", [content["generation"]])),
            tuple(content.get("withdrawn", ())),
        )

    def as_json(self) -> str:
        """Return the manifest's text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @property
    def files(self) -> tuple[str, ...]:
        """All files of this generation, the register's too, as paths under HOME."""
        register = (self.register,) if self.register else ()
        return (*register, *named_files(self.tables.values()))


def named_files(tables: Iterable[Any]) -> tuple[str, ...]:
    """Return the paths that tables of a manifest or a run's record name, in whatever form."""
    return tuple(name for files in tables for name in TableFiles.of(files).names)


def swap_text(file: Path, text: str) -> None:
    """Replace a small file so that a reader sees the old or the new text, never a torn one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.tmp")
    with fresh.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)
