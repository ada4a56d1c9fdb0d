"""Load the marts as a whole, put them in the order in which they can be built, and bind their SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from importlib.resources.abc import Traversable

from pydantic import ValidationError

from lookout.contracts import Contracts, contracts
from lookout.contracts.catalogue import problems_of, read_yaml
from lookout.contracts.constants import ConstantValue
from lookout.hub.marts.binding import bind
from lookout.hub.marts.check import statement_problems
from lookout.hub.marts.form import EVIDENCE_ON, Mart
from lookout.kernel.errors import CatalogueError, Problem


class Marts(Mapping[str, Mart]):
    """All marts by name in building order, and the digest of their text."""

    def __init__(self, entries: Mapping[str, Mart], digest: str) -> None:
        self._entries = dict(entries)
        self.digest = digest

    def __getitem__(self, name: str) -> Mart:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _check(mart: Mart, where: str, known: set[str], tables: Contracts) -> list[Problem]:
    problems = [
        Problem(f"{where}.from", f"没有名为“{name}”的表或集市", "from: [company]")
        for name in mart.reads
        if name not in known
    ]
    if EVIDENCE_ON not in mart.columns or mart.columns[EVIDENCE_ON].type != "date":
        problems.append(
            Problem(
                f"{where}.columns",
                "须有列 evidence_on：最新证据的日期",
                "evidence_on: {type: date, zh: 最新证据日}",
            )
        )
    for number, evidence in enumerate(mart.evidence):
        if evidence.table not in tables:
            what = f"证据须来自明细表，“{evidence.table}”不是"
            problems.append(Problem(f"{where}.evidence[{number}].from", what, "from: company"))
    for name, column in mart.columns.items():
        table, _, of = (column.codes_of or "").partition(".")
        if column.codes_of and (table not in tables or not tables[table].columns.get(of)):
            problems.append(
                Problem(
                    f"{where}.columns.{name}.codes_of",
                    f"没有明细列“{column.codes_of}”",
                    "codes_of: company.status",
                )
            )
    return problems + statement_problems(mart, f"{where}.sql", tables)


def _in_order(entries: Mapping[str, Mart], problems: list[Problem]) -> list[str]:
    graph = {name: [read for read in mart.reads if read in entries] for name, mart in sorted(entries.items())}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        problems.append(Problem("marts", f"集市互相引用成环：{' → '.join(error.args[1])}"))
        return sorted(entries)


def load(folder: Traversable, tables: Contracts) -> Marts:
    """Load every `*.yaml` of a folder. Raises CatalogueError with all problems of all files."""
    problems: list[Problem] = []
    entries: dict[str, Mart] = {}
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yaml"):
            continue
        digest.update(file.read_bytes())
        try:
            mart = Mart.model_validate(read_yaml(file, problems) or {})
        except ValidationError as error:
            problems += problems_of(error, file.name)
            continue
        if mart.name in tables or f"{mart.name}.yaml" != file.name:
            problems.append(
                Problem(f"{file.name}.name", f"集市名“{mart.name}”须与文件名相同，且不与明细表重名")
            )
        entries[mart.name] = mart
    known = set(tables) | set(entries)
    for mart in entries.values():
        problems += _check(mart, f"{mart.name}.yaml", known, tables)
    order = _in_order(entries, problems)
    if problems:
        raise CatalogueError("marts", problems)
    return Marts({name: entries[name] for name in order}, digest.hexdigest())


@cache
def marts() -> Marts:
    """Return the marts that ship with Lookout, in building order."""
    return load(resources.files("lookout.hub.marts").joinpath("catalogue"), contracts())


def mart_sql(mart: Mart, as_of_day: date, values: Mapping[str, ConstantValue]) -> str:
    """Return the SELECT that makes a mart: company_key and the declared columns in their declared types.

    Figures are rounded at the sixth place, since parallel engines add floats in any order.
    """
    columns = ['CAST("company_key" AS INTEGER) AS "company_key"']
    for name, column in mart.columns.items():
        cast = f'CAST("{name}" AS {column.store_type})'
        rounded = f"ROUND({cast}, 6)" if column.store_type == "DOUBLE" else cast
        columns.append(f'{rounded} AS "{name}"')
    inner = bind(mart.sql, as_of_day, values)
    return f'SELECT {", ".join(columns)} FROM ({inner}) AS "made" WHERE "company_key" IS NOT NULL'
