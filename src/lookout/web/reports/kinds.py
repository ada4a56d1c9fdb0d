"""The catalogue of report kinds: one file each under catalogues/, read once and validated as a whole."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lookout.kernel.errors import CatalogueError, ConfigError, Problem
from lookout.web.reports.figures import Scope
from lookout.web.reports.words import Secrecy

CATALOGUE = Path(__file__).parent / "catalogues"
Period = Literal["day", "week", "month", "quarter", "year", "none"]
Cycle = Literal["", "day", "week", "month", "quarter", "year"]
# What the desk itself knows of every report; kinds add their own.
COMMON: Mapping[str, str] = {
    "title": "标题",
    "number": "发文字号",
    "issuer": "发文机关",
    "recipients": "主送机关",
    "secrecy": "密级",
    "distribution": "分送范围",
    "period": "期间",
    "today": "成文日期",
    "as_of": "数据截止时间",
    "run_id": "评级批次",
    "subject_name": "对象名称",
    "drafter": "拟稿人",
    "log_head": "存证日志校验值",
}
# Names with a meaning in the template language.
RESERVED = frozenset({"loop", "row", "rows", "true", "false", "none", "True", "False", "None"})


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Part(_Entry):
    """One block of the body: exactly one of the six forms; `condition` names what it depends on."""

    heading: str = ""
    subheading: str = ""
    text: str = ""
    table: str = ""
    chart: str = ""
    page: Literal["", "page"] = Field(default="", alias="break")
    condition: str = Field(default="", alias="if")

    @property
    def form(self) -> tuple[str, str]:
        """Return which form it is and what stands in it."""
        forms = {name: getattr(self, name) for name in FORMS}
        return next((name, value) for name, value in forms.items() if value)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if sum(1 for name in FORMS if getattr(self, name)) != 1:
            raise ValueError("应恰好写 heading、subheading、text、table、chart、break 之一")
        return self


FORMS = ("heading", "subheading", "text", "table", "chart", "page")


class Kind(_Entry):
    """One kind of report; see catalogues/README.md."""

    code: str
    title: str
    short: str
    about: str
    scopes: tuple[Scope, ...] = Field(min_length=1)
    provider: str
    secrecy: Secrecy
    period: Period
    schedule: Cycle = ""
    distribution: tuple[Literal["province", "city", "district"], ...] = Field(min_length=1)
    recipients: str
    issue: str = Field(min_length=1)
    compact: bool = False
    figures: Mapping[str, str] = Field(default_factory=dict)
    tables: Mapping[str, str] = Field(default_factory=dict)
    charts: Mapping[str, str] = Field(default_factory=dict)
    texts: Mapping[str, str] = Field(default_factory=dict)
    parts: tuple[Part, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """Return every placeholder with its Chinese name."""
        return {**COMMON, **self.figures, **self.tables, **self.charts, **self.texts}

    @property
    def aliases(self) -> dict[str, str]:
        """Return Chinese name → placeholder, for names that can stand in a template as they are."""
        return {title: key for key, title in self.names.items() if title.isidentifier()}

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        problems = list(_name_problems(self))
        if problems:
            raise ValueError("；".join(problems))
        return self


def _name_problems(kind: Kind) -> list[str]:
    groups = (COMMON, kind.figures, kind.tables, kind.charts, kind.texts)
    keys = [key for group in groups for key in group]
    titles = [title for group in groups for title in group.values()]
    problems = [f"占位符 {key} 声明了两次" for key in sorted({key for key in keys if keys.count(key) > 1})]
    problems += [f"名称“{one}”用了两次" for one in sorted({one for one in titles if titles.count(one) > 1})]
    problems += [
        f"占位符 {key} 应为小写字母、数字和下划线"
        for key in keys
        if not re.fullmatch(r"[a-z][a-z0-9_]*", key) or keyword.iskeyword(key) or key in RESERVED
    ]
    problems += [f"名称“{one}”不能用作占位符" for one in titles if one in keys or one in RESERVED]
    for number, part in enumerate(kind.parts, start=1):
        if part.table and part.table not in kind.tables:
            problems.append(f"parts 第 {number} 项：没有声明表 {part.table}")
        if part.chart and part.chart not in kind.charts:
            problems.append(f"parts 第 {number} 项：没有声明图 {part.chart}")
        if part.condition and part.condition not in keys:
            problems.append(f"parts 第 {number} 项：没有声明 {part.condition}")
    return problems


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds by code."""
    return read_kinds(CATALOGUE)


def kind_of(code: str) -> Kind:
    """Return one kind. Raises ConfigError for an unknown code."""
    found = kinds().get(code)
    if found is None:
        raise ConfigError(f"没有“{code}”这种报告；现有：{'、'.join(kinds())}")
    return found


def read_kinds(folder: Path) -> dict[str, Kind]:
    """Read the catalogue. Raises CatalogueError with every problem of every file."""
    found, problems = [], []
    for path in sorted(folder.glob("*.yaml")):
        try:
            entry: Any = yaml.safe_load(path.read_text("utf-8"))
            kind = Kind.model_validate({"code": path.stem, **(entry or {})})
        except yaml.YAMLError as problem:
            problems.append(Problem(path.name, f"不是正确的 YAML：{problem}"))
        except ValidationError as problem:
            problems += [
                Problem(f"{path.name} {'.'.join(map(str, one['loc']))}", one["msg"])
                for one in problem.errors(include_url=False)
            ]
        else:
            found.append(kind)
            if kind.code != path.stem:
                problems.append(Problem(path.name, f"code 应与文件名相同，是 {kind.code}"))
    if problems:
        raise CatalogueError("报告种类", problems)
    return {kind.code: kind for kind in sorted(found, key=lambda one: ORDER.get(one.code, len(ORDER)))}


# The order of DOMAIN's list of reports; kinds an office adds come after it.
ORDER = {
    code: number
    for number, code in enumerate(
        (
            "brief",
            "industry",
            "region",
            "opinion",
            "company",
            "effect",
            "advertising",
            "assessment",
            "data_quality",
        )
    )
}
