"""Load the table contracts as a whole; every problem of every file is reported together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from pydantic import ValidationError

from lookout.contracts.schema import Column, ColumnType, Table
from lookout.kernel.errors import CatalogueError, Problem

# The data categories of the seeds' "20 余类", DOMAIN §4.
CATEGORIES = {
    "DC01": "工商登记", "DC02": "股东出资", "DC03": "主要人员", "DC04": "对外投资", "DC05": "工商变更",
    "DC06": "年报", "DC07": "经营异常与严重违法", "DC08": "行政许可", "DC09": "行政处罚", "DC10": "裁判与公告",
    "DC11": "执行与失信", "DC12": "税务", "DC13": "社保", "DC14": "公积金", "DC15": "不动产",
    "DC16": "融资与抵质押", "DC17": "投诉举报", "DC18": "国家平台线索", "DC19": "舆情", "DC20": "广告",
    "DC21": "网站应用流量", "DC22": "资金流水", "DC23": "非现场报送", "DC24": "立案与涉非名单", "DC25": "招聘与实地",
    "DC26": "资质荣誉",
}  # fmt: skip


def problems_of(error: ValidationError, where: str) -> list[Problem]:
    """Turn a validation error into one problem per wrong field."""
    return [Problem(f"{where}.{'.'.join(map(str, e['loc']))}", e["msg"]) for e in error.errors()]


def read_yaml(file: Traversable, problems: list[Problem]) -> Any:
    """Read a YAML mapping; anything else becomes a problem and None is returned."""
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        problems.append(Problem(file.name, f"不是 UTF-8 文本（第 {error.start} 字节）；请另存为 UTF-8"))
        return None
    except yaml.YAMLError as error:
        problems.append(Problem(file.name, f"不是有效的 YAML：{error}"))
        return None
    if content is None or isinstance(content, dict):
        return content
    problems.append(Problem(file.name, "最外层应为“名称: 内容”的对照表，而不是列表或单个值", "labels: {…}"))
    return None


class Contracts(Mapping[str, Table]):
    """All table contracts by name, and the digest of their text."""

    def __init__(self, tables: Mapping[str, Table], digest: str) -> None:
        self._tables = dict(tables)
        self.digest = digest

    def __getitem__(self, name: str) -> Table:
        return self._tables[name]

    def __iter__(self) -> Any:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def _table(name: str, entry: Any, shared: dict[str, Any], codes: Mapping[str, dict[str, str]]) -> Table:
    columns = {}
    for column_name, raw in entry.get("columns", {}).items():
        column = Column.model_validate(raw)
        if isinstance(column.codes, str):
            column = column.model_copy(update={"codes": codes[column.codes]})
        columns[column_name] = column
    return Table.model_validate({**shared, **entry, "name": name, "columns": columns})


def _check(table: Table, where: str) -> list[Problem]:
    problems = []
    named = {"occurred_on": table.occurred_on, "valid_to": table.valid_to}
    named |= {f"subject.{scheme}": column for scheme, column in table.subject.model_dump().items()}
    named |= {f"key[{number}]": column for number, column in enumerate(table.key)}
    named |= {f"order[{i}][{j}]": c for i, pair in enumerate(table.order) for j, c in enumerate(pair)}
    for place, column_name in named.items():
        if column_name is not None and column_name not in table.columns:
            problems.append(
                Problem(f"{where}.{place}", f"没有名为“{column_name}”的列", next(iter(table.columns)))
            )
    if table.category not in CATEGORIES:
        problems.append(Problem(f"{where}.category", f"“{table.category}”不是数据类别", "DC01"))
    for name, column in table.columns.items():
        if (column.type is ColumnType.CODE) != (column.codes is not None):
            problems.append(
                Problem(f"{where}.{name}", "代码列须给出 codes，其他列不得给出", "codes: {a: 甲}")
            )
    return problems


def load(folder: Traversable) -> Contracts:
    """Load `tables/*.yaml` and `codes.yaml` under a folder. Raises CatalogueError with all problems."""
    problems: list[Problem] = []
    tables: dict[str, Table] = {}
    digest = hashlib.sha256()
    codes_file = folder.joinpath("codes.yaml")
    codes = read_yaml(codes_file, problems) or {}
    digest.update(codes_file.read_bytes())
    for file in sorted(folder.joinpath("tables").iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yaml"):
            continue
        digest.update(file.read_bytes())
        content = read_yaml(file, problems) or {}
        shared = {key: content[key] for key in ("category", "source_class") if key in content}
        for name, entry in content.get("tables", {}).items():
            where = f"{file.name}:{name}"
            if name in tables:
                problems.append(Problem(where, "表名重复"))
            try:
                tables[name] = _table(name, entry, shared, codes)
            except ValidationError as error:
                problems += problems_of(error, where)
            except KeyError as error:
                problems.append(Problem(where, f"没有名为 {error} 的共享代码表"))
            else:
                problems += _check(tables[name], where)
    if problems:
        raise CatalogueError("contracts", problems)
    return Contracts(tables, digest.hexdigest())


@cache
def contracts() -> Contracts:
    """Return the contracts that ship with Lookout."""
    return load(resources.files("lookout.contracts"))
