"""The registered sources: one folder with a manifest each, read and checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookout.contracts import Table, contracts
from lookout.kernel.errors import CatalogueError, Problem

MANIFEST = "manifest.yaml"


class Source(BaseModel):
    """Who sends data: its class, department, the tables it delivers, and what surprises in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    source_class: Literal["government", "submissions", "opinions", "platforms", "desk"]
    department: str
    tables: tuple[str, ...] = Field(min_length=1)
    known_quirks: tuple[str, ...] = ()


def _check(source: Source, folder: str, tables: Mapping[str, Table]) -> list[Problem]:
    where = f"{folder}/{MANIFEST}"
    problems = []
    if source.name != folder:
        problems.append(Problem(f"{where}.name", f"“{source.name}”与文件夹名不同", folder))
    for table in source.tables:
        if table not in tables:
            problems.append(Problem(f"{where}.tables", f"没有名为“{table}”的表", next(iter(tables))))
        elif source.tables.count(table) > 1:
            problems.append(Problem(f"{where}.tables", f"表 {table} 写了不止一次"))
        elif source.source_class != tables[table].source_class:
            expected = tables[table].source_class
            problems.append(Problem(f"{where}.source_class", f"表 {table} 属于 {expected} 类来源", expected))
    return problems


def load_sources(folder: Traversable, tables: Mapping[str, Table]) -> dict[str, Source]:
    """Load `*/manifest.yaml`, by name. Raises CatalogueError with all problems."""
    found: dict[str, Source] = {}
    problems: list[Problem] = []
    for place in sorted(folder.iterdir(), key=lambda entry: entry.name):
        manifest = place.joinpath(MANIFEST)
        if not place.is_dir() or not manifest.is_file():
            continue
        where = f"{place.name}/{MANIFEST}"
        try:
            source = Source.model_validate(yaml.safe_load(manifest.read_text("utf-8")))
        except yaml.YAMLError as error:
            problems.append(Problem(where, f"不是有效的 YAML：{error}"))
        except ValidationError as error:
            problems += [Problem(f"{where}.{'.'.join(map(str, e['loc']))}", e["msg"]) for e in error.errors()]
        else:
            problems += _check(source, place.name, tables)
            found[source.name] = source
    if problems:
        raise CatalogueError("sources", problems)
    return found


@cache
def sources() -> Mapping[str, Source]:
    """Return the sources that ship with Lookout."""
    return load_sources(resources.files("lookout.sources"), contracts())
