"""The connection file: where a source's files come from, how they are read, when, and how much at once."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lookout.contracts import Table
from lookout.kernel.errors import ConfigError, Problem
from lookout.kernel.inbox import CONNECTION_NAME
from lookout.sources.catalogue import Source
from lookout.sources.connectors.schedule import Schedule, parse_schedule
from lookout.sources.delivery import Covers, covers_faults, source_faults
from lookout.sources.forms import DoubledKey, form_reasons, read_yaml, yaml_reason

# Other variables with this beginning are settings; one that is no setting stops every start.
_SETTINGS = "LOOKOUT_"
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


class BadConnectionError(ConfigError):
    """A connection cannot be used; carries every problem found."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(problems, 1))
        super().__init__(f"连接“{name}”有 {len(problems)} 处问题，不能使用：\n{lines}")


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError(f"“{value}”不是环境变量名；密钥不写在文件里，只写变量名，如 TAX_DATABASE_URL")
    if value.startswith(_SETTINGS):
        raise ValueError(f"变量名不能以 {_SETTINGS} 开头，那是本系统设置的前缀")
    return value


class FolderPlace(_Form):
    """A folder that files are put into. `settle_seconds`: how long a file must have kept its size."""

    path: Path
    pattern: str = "*"
    settle_seconds: int = Field(30, ge=1, le=86_400)

    @field_validator("path")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        if not value.is_absolute():
            raise ValueError(f"“{value}”应为绝对路径")
        return value


class SqlPlace(_Form):
    """A declared SELECT of a database. `overlap` is how far before the newest watermark to read again
    (days for dates and times, a number for numbers), for rows that are committed late."""

    url_variable: str
    select: str
    watermark: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    overlap: float = Field(0, ge=0)
    chunk_rows: int = Field(10_000, ge=1, le=1_000_000)

    _check_variable = field_validator("url_variable")(_variable)

    @field_validator("select")
    @classmethod
    def _one_select(cls, value: str) -> str:
        text = value.strip().rstrip(";").strip()
        if not re.match(r"(?i)(select|with)\b", text) or ";" in text:
            raise ValueError("select 应是一条 SELECT 语句，不带分号")
        return text


class ObjectPlace(_Form):
    """Objects under a prefix: `s3://bucket/prefix` or `file:///folder`; keys by variables, never written here."""

    uri: str = Field(pattern=r"^(s3|file)://.+")
    pattern: str = "*"
    endpoint: str = ""
    region: str = ""
    key_variable: str = ""
    secret_variable: str = ""

    @field_validator("key_variable", "secret_variable")
    @classmethod
    def _variables(cls, value: str) -> str:
        return _variable(value) if value else value

    @field_validator("uri")
    @classmethod
    def _no_password(cls, value: str) -> str:
        if "@" in value:
            raise ValueError("地址里不得写密钥；用 key_variable 与 secret_variable 指明环境变量")
        return value


class PushPlace(_Form):
    """Files sent by HTTP. `most_mb` is the largest file taken, `per_minute` how many calls."""

    most_mb: int = Field(512, ge=1, le=1024)
    per_minute: int = Field(60, ge=1, le=6000)


class Limits(_Form):
    """How much one round may take in, and how much of the disk must stay free."""

    files: int = Field(100, ge=1)
    rows: int = Field(5_000_000, ge=1)
    free_mb: int = Field(1024, ge=1)


class DeliveredAt(_Form):
    """How the moment of delivery is known: `arrival` (the file's own time), `run` (when it is taken in),
    `stated` by the sender of a push, or `file_name` by a pattern with one group and a date format."""

    rule: Literal["arrival", "run", "stated", "file_name"] = "arrival"
    pattern: str = ""
    format: str = "%Y%m%d"

    @model_validator(mode="after")
    def _pattern_with_group(self) -> DeliveredAt:
        if self.rule != "file_name":
            return self
        try:
            groups = re.compile(self.pattern).groups
        except re.error as error:
            raise ValueError(f"pattern 不是正则表达式（{error}）") from error
        if groups != 1:
            raise ValueError("pattern 须恰有一对括号，括住文件名里的日期，如 _(\\d{8})\\.")
        return self

    @property
    def is_asserted(self) -> bool:
        """Whether the moment is only claimed."""
        return self.rule in ("stated", "file_name")


class _Covers(_Form):
    regions: tuple[str, ...] = ()
    organization_types: tuple[str, ...] = ()


class Connection(_Form):
    """One connection. `mapping` is the name of a file beside it; `expect_every_days` 0 expects nothing."""

    name: str
    kind: Literal["folder", "sql", "object", "push"]
    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    table: str
    mapping: str = ""
    covers: _Covers = _Covers()
    schedule: str = "hourly"
    expect_every_days: int = Field(0, ge=0)
    delivered_at: DeliveredAt = DeliveredAt()
    limits: Limits = Limits()
    added_at: datetime
    folder: FolderPlace | None = None
    sql: SqlPlace | None = None
    object: ObjectPlace | None = None
    push: PushPlace | None = None

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if not CONNECTION_NAME.fullmatch(value):
            raise ValueError(f"“{value}”应为小写字母开头的字母、数字与下划线，至多 41 个字符")
        return value

    @field_validator("delivered_at", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"rule": value} if isinstance(value, str) else value

    @field_validator("schedule")
    @classmethod
    def _known_schedule(cls, value: str) -> str:
        parse_schedule(value)
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Connection:
        given = [kind for kind in ("folder", "sql", "object", "push") if getattr(self, kind) is not None]
        if given != [self.kind]:
            raise ValueError(
                f"kind 为 {self.kind} 时须恰有 {self.kind}: 一节，现有 {'、'.join(given) or '没有'}"
            )
        if self.delivered_at.rule == "stated" and self.kind != "push":
            raise ValueError("delivered_at 为 stated 只用于 push")
        return self

    @property
    def due(self) -> Schedule:
        """The schedule, read."""
        return parse_schedule(self.schedule)

    @property
    def coverage(self) -> Covers:
        """For whom the files speak."""
        return Covers(self.covers.regions, self.covers.organization_types)


def check_connection(
    connection: Connection, tables: MappingOf[str, Table], sources: MappingOf[str, Source]
) -> list[Problem]:
    """Return everything in a connection that the contracts and the registered sources do not allow."""
    if connection.table not in tables:
        return [Problem("table", f"没有名为“{connection.table}”的表", "company")]
    faults = source_faults(connection.source, connection.table, bool(connection.mapping), sources, "source")
    faults += covers_faults(connection.coverage, tables)
    return [Problem(fault.where, f"{fault.what}；{fault.fix}") for fault in faults]


def parse_connection(
    name: str, text: str, tables: MappingOf[str, Table], sources: MappingOf[str, Source]
) -> Connection:
    """Read a connection file's text. Raises BadConnectionError with all problems."""
    try:
        content = read_yaml(text)
        if not isinstance(content, dict):
            raise BadConnectionError(name, [Problem(f"{name}.yaml", "应是键值形式")])
        connection = Connection.model_validate({**content, "name": name})
    except DoubledKey as error:
        raise BadConnectionError(name, [Problem(f"{name}.yaml", str(error))]) from error
    except yaml.YAMLError as error:
        what = f"不是有效的 YAML（{yaml_reason(error)}）"
        raise BadConnectionError(name, [Problem(f"{name}.yaml", what)]) from error
    except ValidationError as error:
        problems = [Problem(place or name, reason) for place, reason in form_reasons(error)]
        raise BadConnectionError(name, problems) from error
    if problems := check_connection(connection, tables, sources):
        raise BadConnectionError(name, problems)
    return connection


def connection_text(connection: Connection) -> str:
    """Return the text of a connection file."""
    content = connection.model_dump(mode="json", exclude_none=True, exclude={"name"})
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
