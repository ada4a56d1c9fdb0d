"""What a report is made of: figures, tables, charts and texts, and the providers that count them.

A provider reads; it never writes, formats a document or asks the clock. What it returns is frozen with the report:
later changes of the data do not change a report that was made.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Literal

from lookout.kernel.errors import ConfigError, DataError
from lookout.web.accounts.models import User
from lookout.web.reports import providers

ChartKind = Literal["line", "bar", "stacked", "flow"]
Scope = Literal["none", "company", "clue", "region", "sector"]
Value = Decimal | int | str | None
MOST_ROWS = 200
# Private-use characters: no data, and nothing typed in Word, has them.
MENTION_START, MENTION_END = "\ue000", "\ue001"


@dataclass(frozen=True)
class Figure:
    """One number (or dated fact) of a report.

    `value` None: not known, `words` say so. `words` is what is printed, without the unit. `rows`: the very rows it
    was counted from, column title → cell, frozen with the report (the first MOST_ROWS; `link` leads to all of them);
    None when the source keeps no rows. `link` is an address on the desk, '' without one. `run_id` '' when the number
    comes from the desk and not from a run.
    """

    key: str
    value: Value
    words: str
    unit: str = ""
    period: str = ""
    source: str = ""
    run_id: str = ""
    link: str = ""
    rows: tuple[Mapping[str, str], ...] | None = None

    def __str__(self) -> str:
        """Return what is printed."""
        return self.words


Cell = str | Figure


@dataclass(frozen=True)
class Table:
    """One table: as many cells a row as there are `columns`; `note` is printed below it."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """One chart: a number for every category in each series, None where nothing is known.

    A `flow` has categories "from → to" and one series, the amounts.
    """

    key: str
    title: str
    kind: ChartKind
    categories: tuple[str, ...]
    series: Mapping[str, tuple[Decimal | None, ...]]
    unit: str = ""


@dataclass(frozen=True)
class Content:
    """Everything a provider found, each under its own key; a text may have several paragraphs, split by newlines."""

    figures: dict[str, Figure] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    charts: dict[str, Chart] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """Whom and what a report is about.

    `user`: who asks; a provider counts only what this person may see. `subject`: company identifier, clue number,
    region code or sector, '' for none. `start` and `end`: first and last day. `run_id`: the run to read.
    """

    user: User
    subject: str
    start: date
    end: date
    run_id: str
    now: datetime


Provider = Callable[[Request], Content]
_PROVIDERS: dict[str, Provider] = {}


def provider(name: str) -> Callable[[Provider], Provider]:
    """Register a function as the provider of that name."""

    def register(function: Provider) -> Provider:
        if name in _PROVIDERS and _PROVIDERS[name].__module__ != function.__module__:
            raise ConfigError(f"报告数据提供者 {name} 登记了两次，请改用不同的名称")
        _PROVIDERS[name] = function
        return function

    return register


@cache
def _load_providers() -> None:
    for module in pkgutil.iter_modules(providers.__path__):
        importlib.import_module(f"{providers.__name__}.{module.name}")


def provider_of(name: str) -> Provider:
    """Return a provider. Raises ConfigError when there is none of that name."""
    _load_providers()
    found = _PROVIDERS.get(name)
    if found is None:
        raise ConfigError(f"没有名为 {name} 的报告数据提供者；已有：{'、'.join(sorted(_PROVIDERS)) or '无'}")
    return found


def check_content(content: Content) -> None:
    """Refuse content that would print crooked. Raises DataError with everything wrong in it."""
    problems = []
    for table in content.tables.values():
        for number, row in enumerate(table.rows, start=1):
            if len(row) != len(table.columns):
                problems.append(
                    f"表“{table.title}”第 {number} 行有 {len(row)} 格，应为 {len(table.columns)} 格"
                )
    for chart in content.charts.values():
        for name, values in chart.series.items():
            if len(values) != len(chart.categories):
                problems.append(
                    f"图“{chart.title}”的“{name}”有 {len(values)} 个数，应为 {len(chart.categories)} 个"
                )
    for kept in (content.figures, content.tables, content.charts):
        for key, one in kept.items():
            if one.key != key:
                problems.append(f"键 {key} 下放的是 {one.key}")
    for key, text in content.texts.items():
        wanted = re.findall(f"{MENTION_START}([^{MENTION_END}]*){MENTION_END}", text)
        problems += [f"文字 {key} 提到没有的数字 {one}" for one in wanted if one not in content.figures]
    if problems:
        raise DataError("报告数据有问题：" + "；".join(problems))


def mention(key: str) -> str:
    """Return what stands for a figure inside a text: printed as its words, linked like any other number."""
    return f"{MENTION_START}{key}{MENTION_END}"


def frozen_rows(rows: Iterable[Sequence[str]], columns: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    """Return at most MOST_ROWS rows as column title → cell, the form `Figure.rows` wants."""
    kept: list[Mapping[str, str]] = []
    for row in rows:
        if len(kept) == MOST_ROWS:
            break
        kept.append(dict(zip(columns, row, strict=True)))
    return tuple(kept)
