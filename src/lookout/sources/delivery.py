"""What was delivered: `delivery.yaml` of a folder, read into one Delivery a file."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookout.contracts import Table
from lookout.kernel.clock import naive_local
from lookout.sources.catalogue import Source
from lookout.sources.forms import form_reasons, yaml_reason
from lookout.sources.problems import Fault, FileProblem, opening_fault

FILE_NAME = "delivery.yaml"


@dataclass(frozen=True)
class Covers:
    """For whom a file speaks: region prefixes (44, 4401) and organization types; empty means all."""

    regions: tuple[str, ...] = ()
    organization_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """One file handed over. `delivered_at` is Shanghai wall time; `asserted`: it is only claimed.

    `file` is the name as delivered, used in messages and lineage; `path` is where it lies now.
    """

    path: Path
    file: str
    source: str
    table: str
    delivered_at: datetime
    covers: Covers = Covers()
    mapping: Path | None = None
    asserted: bool = False


@dataclass(frozen=True)
class Deliveries:
    """The entries that can be followed, and what is wrong with the others (None: nothing)."""

    good: tuple[Delivery, ...]
    problem: FileProblem | None = None


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Covers(_Form):
    regions: tuple[str, ...] = ()
    organization_types: tuple[str, ...] = ()


class _Entry(_Form):
    file: str
    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    table: str
    delivered_at: datetime
    covers: _Covers = _Covers()
    mapping: str | None = None
    asserted: bool = False


def covers_faults(covers: Covers, contracts: MappingOf[str, Table], where: str = "covers") -> list[Fault]:
    """Return what is wrong with a declared coverage."""
    faults = [
        Fault(f"覆盖地区“{region}”应为 2、4 或 6 位数字", "写区划代码前缀，如 44 或 4401", where)
        for region in covers.regions
        if not re.fullmatch(r"\d{2}|\d{4}|\d{6}", region)
    ]
    known = contracts["company"].columns["organization_type"].codes or {}
    for kind in covers.organization_types:
        if kind not in known:
            faults.append(Fault(f"没有业态“{kind}”", f"改为 {'、'.join(known)} 之一", where))
    return faults


def source_faults(
    source: str, table: str, has_mapping: bool, sources: MappingOf[str, Source], where: str = ""
) -> list[Fault]:
    """Return why a source may not deliver a table; a source not registered needs a mapping file."""
    if source not in sources:
        if has_mapping:
            return []
        near = get_close_matches(source, sources, 3, 0.4) or list(sources)[:3]
        fix = f"改为已登记的来源，如 {'、'.join(near)}；新来源须提供映射文件"
        return [Fault(f"没有登记名为“{source}”的数据源", fix, where)]
    known = sources[source]
    if table in known.tables:
        return []
    fix = f"确认表名与来源；该来源登记的表有 {'、'.join(known.tables)}"
    return [Fault(f"数据源“{known.zh}”没有登记报送表 {table}", fix, where)]


def _inside(text: str) -> bool:
    return not Path(text).is_absolute() and ".." not in Path(text).parts


def _entry_faults(
    entry: _Entry, where: str, contracts: MappingOf[str, Table], sources: MappingOf[str, Source]
) -> list[Fault]:
    if entry.table not in contracts:
        faults = [Fault(f"没有名为“{entry.table}”的表", "写合约中的表名，如 company", where)]
    else:
        faults = source_faults(entry.source, entry.table, entry.mapping is not None, sources, where)
    faults += covers_faults(Covers(entry.covers.regions, entry.covers.organization_types), contracts, where)
    for text in (entry.file, entry.mapping):
        if text is not None and not _inside(text):
            faults.append(Fault(f"路径“{text}”指向交付文件夹之外", "写相对于 delivery.yaml 的路径", where))
    return faults


def _content(folder: Path) -> list[Any]:
    try:
        content = yaml.safe_load((folder / FILE_NAME).read_text("utf-8"))
    except OSError as error:
        fix = f"在交付文件夹里放一份可读取的 {FILE_NAME}"
        raise FileProblem(FILE_NAME, Fault(opening_fault(error).what, fix)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        what = f"不是有效的 YAML（{yaml_reason(error)}）"
        raise FileProblem(FILE_NAME, Fault(what, "以 UTF-8 保存并改正语法")) from error
    entries = content.get("deliveries") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not entries:
        raise FileProblem(FILE_NAME, Fault("没有 deliveries 列表", "写 deliveries: 并在其下逐个列出文件"))
    return entries


def _delivery(folder: Path, entry: _Entry) -> Delivery:
    moment = entry.delivered_at
    return Delivery(
        path=folder / entry.file,
        file=entry.file,
        source=entry.source,
        table=entry.table,
        delivered_at=naive_local(moment) if moment.tzinfo else moment,
        covers=Covers(entry.covers.regions, entry.covers.organization_types),
        mapping=folder / entry.mapping if entry.mapping else None,
        asserted=entry.asserted,
    )


def read_deliveries(
    folder: Path, contracts: MappingOf[str, Table], sources: MappingOf[str, Source]
) -> Deliveries:
    """Read `delivery.yaml`, in its order; wrong entries are left out and reported together.

    Raises FileProblem when the list as a whole cannot be read.
    """
    found: list[Delivery] = []
    faults: list[Fault] = []
    for number, raw in enumerate(_content(folder), 1):
        name = raw.get("file", "") if isinstance(raw, dict) else ""
        where = f"deliveries 第 {number} 项" + (f"（{name}）" if name else "")
        try:
            entry = _Entry.model_validate(raw)
        except ValidationError as error:
            fix = "对照文档中的交付清单示例改正"
            faults += [
                Fault(f"{place} {reason}".strip(), fix, where) for place, reason in form_reasons(error)
            ]
            continue
        wrong = _entry_faults(entry, where, contracts, sources)
        faults += wrong
        if not wrong:
            found.append(_delivery(folder, entry))
    return Deliveries(tuple(found), FileProblem(FILE_NAME, *faults, partly=True) if faults else None)
