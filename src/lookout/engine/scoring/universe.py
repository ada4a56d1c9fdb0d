"""The monitored universe: a visible funnel from every company to those watched closely."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from pydantic import Field, ValidationError

from lookout.contracts.catalogue import problems_of, read_yaml
from lookout.contracts.schema import Form
from lookout.engine.measures.check import check_expression
from lookout.engine.measures.schema import ColumnInfo, Kind, shipped_schema
from lookout.kernel.errors import CatalogueError, Problem

MARTS = ("company_profile", "naming_sources")


class Level(Form):
    """One level of the funnel: its Chinese name, what it takes in plain words, and the condition."""

    zh: str
    reason: str
    when: str


class Universe(Form):
    """The levels from the widest to the narrowest."""

    levels: dict[str, Level] = Field(min_length=1)


def _columns() -> dict[str, ColumnInfo]:
    schema = shipped_schema()
    return {name: info for mart in reversed(MARTS) for name, info in schema[mart].columns.items()}


def load_universe(file: Traversable) -> Universe:
    """Load a funnel. Raises CatalogueError with all problems."""
    problems: list[Problem] = []
    content = read_yaml(file, problems) or {}
    try:
        universe = Universe.model_validate(content)
    except ValidationError as error:
        raise CatalogueError("monitored_universe", problems + problems_of(error, file.name)) from error
    columns = _columns()
    for name, level in universe.levels.items():
        problems += check_expression(
            level.when,
            f"{file.name}:{name}.when",
            columns,
            expected=(Kind.BOOLEAN,),
            aggregates=False,
            example="when: is_financial",
        )
    if problems:
        raise CatalogueError("monitored_universe", problems)
    return universe


@cache
def monitored_universe() -> Universe:
    """Return the funnel that ships with Lookout."""
    folder = resources.files("lookout.engine.scoring").joinpath("catalogue")
    return load_universe(folder.joinpath("monitored_universe.yaml"))


def universe_sql(universe: Universe) -> str:
    """Return SQL (DuckDB dialect, unbound) giving `company_key` and one boolean `in_<level>` per level.

    It reads the marts of MARTS under their own names; every company of company_profile has a row.
    """
    conditions: list[str] = []
    columns = []
    for name, level in universe.levels.items():
        conditions.append(f"coalesce({level.when}, false)")
        columns.append(f"{' AND '.join(conditions)} AS in_{name}")
    listed = ",\n  ".join(columns)
    names = [n for n in shipped_schema()["naming_sources"].columns if n != "company_key"]
    shared = set(shipped_schema()["company_profile"].columns)
    named = ", ".join(f"naming_sources.{name}" for name in names if name not in shared)
    return f"""
SELECT company_key,
  {listed}
FROM (
  SELECT company_profile.*, {named}
  FROM company_profile LEFT JOIN naming_sources ON naming_sources.company_key = company_profile.company_key
) AS profile
ORDER BY company_key
""".strip()
