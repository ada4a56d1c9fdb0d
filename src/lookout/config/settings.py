"""The settings of an installation (`LOOKOUT_*`), read once at start and validated as a whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode, SettingsConfigDict

from lookout.config.layout import layout_problems
from lookout.config.production import production_problems
from lookout.config.proof_settings import ProofSettings
from lookout.config.secrets import kept_secret
from lookout.kernel.errors import ConfigError, Problem

PREFIX = "LOOKOUT_"
SECRETS = ("secret_key", "personal_key")  # each may come from a file named by LOOKOUT_<NAME>_FILE
SHORTEST_SECRET = 32
MAIL_SCHEMES = ("smtp", "smtp+tls", "smtps")
KEYS = "keys"  # folder below the home for secrets made in demo mode


class SettingsError(ConfigError):
    """The settings do not allow a start; carries every problem found, not just the first."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(problems, 1))
        super().__init__(f"设置有 {len(problems)} 处问题，未启动：\n{lines}")


def _half_of_memory() -> str:
    """Half of the machine in MiB: a run leaves room for the desk and the file cache."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{total // 2 // 2**20}MiB"


class Settings(ProofSettings):
    """One installation. Field descriptions are the text of the settings reference."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, populate_by_name=True
    )

    home: Path = Field(
        Path("var"), description="数据目录：批次、事实、快照、密钥和业务库都在其中", examples=["/srv/lookout"]
    )
    demo: bool = Field(
        False, description="演示模式：自动生成密钥，建立演示账号；正式环境不得打开", examples=["0"]
    )
    debug: bool = Field(False, description="在网页上显示出错细节；只能与演示模式一起使用", examples=["0"])
    given_secret_key: SecretStr | None = Field(
        None,
        validation_alias=f"{PREFIX}SECRET_KEY",
        description=f"网页会话的签名密钥，至少 {SHORTEST_SECRET} 个字符；演示模式可不填",
        examples=["用 openssl rand -hex 32 生成"],
    )
    given_personal_key: SecretStr | None = Field(
        None,
        validation_alias=f"{PREFIX}PERSONAL_KEY",
        description=f"个人信息的令牌和加密密钥，至少 {SHORTEST_SECRET} 个字符；更换后新旧令牌不能互认",
        examples=["用 openssl rand -hex 32 生成"],
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        ("localhost", "127.0.0.1"),
        description="网页可用的主机名，逗号分隔",
        examples=["lookout.example.gov.cn,10.0.0.8"],
    )
    hook_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="变动通知可以发往的内部网段，逗号分隔；公网地址不用写，其余内部地址一律不发",
        examples=["10.20.0.0/16"],
    )
    given_database: str = Field(
        "",
        validation_alias=f"{PREFIX}DATABASE",
        description="业务库：SQLite 文件的路径，或 PostgreSQL 地址；不填为数据目录下的 desk.sqlite3",
        examples=["postgresql://lookout:口令@db.internal:5432/lookout"],
    )
    second_factor: Literal["required", "optional"] = Field(
        "required",
        description="登录时的手机验证码：正式环境默认人人必须；演示模式下总是自愿",
        examples=["required"],
    )
    mail: SecretStr | None = Field(
        None,
        description="发通知的邮件服务器；不填则不发邮件，通知只在网页里显示",
        examples=["smtp+tls://lookout:口令@mail.internal:587"],
    )
    mail_from: str = Field(
        "lookout@localhost", description="通知邮件的发件人", examples=["lookout@example.gov.cn"]
    )
    desk_address: str = Field(
        "http://127.0.0.1:8000/",
        description="邮件里写的网页地址",
        examples=["https://lookout.example.gov.cn/"],
    )
    session_idle_minutes: int = Field(
        30, ge=5, le=720, description="多少分钟没有操作就自动退出", examples=["30"]
    )
    capture_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="网页取证还可以打开哪些内部网段，逗号分隔；不填则只能打开公网上的网页",
        examples=["10.20.0.0/16"],
    )
    keep_runs: int = Field(
        5, ge=2, le=1000, description="保留最近多少次运行的快照；“有何变化”至少需要两次", examples=["5"]
    )
    memory_limit: str = Field(
        default_factory=_half_of_memory,
        pattern=r"^[1-9][0-9]*(\.[0-9]+)?(MiB|GiB|MB|GB)$",
        description="分析存储可用的内存；不填为本机的一半",
        examples=["8GiB"],
    )
    spill: Path | None = Field(
        None, description="内存不够时溢出到的目录；不填为数据目录下的 spill", examples=["/data/lookout-spill"]
    )
    engine: str = Field(
        "duckdb",
        pattern=r"^(duckdb|spark(:\S+)?)$",
        description="计算引擎：duckdb 为内嵌，一省足够；spark 用于全国，可写成 spark:yarn 这样指明集群",
        examples=["duckdb"],
    )
    log_format: Literal["console", "json"] = Field("console", description="日志格式", examples=["json"])
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="最低日志级别", examples=["INFO"]
    )
    language: Literal["zh-hans", "en"] = Field("zh-hans", description="网页的默认语言", examples=["zh-hans"])

    @field_validator("capture_networks", "hook_networks")
    @classmethod
    def _known_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            try:
                ip_network(text, strict=False)
            except ValueError:
                raise PydanticCustomError("network", f"“{text}”不是网段，应如 10.20.0.0/16") from None
        return value

    @field_validator("allowed_hosts", "capture_networks", "hook_networks", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        return (
            tuple(host.strip() for host in value.split(",") if host.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("given_database")
    @classmethod
    def _known_database(cls, value: str) -> str:
        # The address may hold a password, so no message repeats it.
        if "://" in value:
            try:
                parts = urlsplit(value)
                known = (
                    parts.scheme in ("postgresql", "postgres") and parts.path.strip("/") and parts.port != 0
                )
            except ValueError:
                known = False
            if not known:
                raise PydanticCustomError("database", "不是 SQLite 文件的路径，也不是完整的 PostgreSQL 地址")
        return value

    @field_validator("mail")
    @classmethod
    def _known_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        # The address may hold a password, so no message repeats it.
        if value is not None:
            try:
                parts = urlsplit(value.get_secret_value())
                known = parts.scheme in MAIL_SCHEMES and parts.hostname and parts.port != 0
            except ValueError:
                known = False
            if not known:
                raise PydanticCustomError("mail", "不是 smtp、smtp+tls 或 smtps 开头的邮件服务器地址")
        return value

    @field_validator("given_secret_key", "given_personal_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_SECRET:
            raise PydanticCustomError("short_secret", f"密钥太短，至少 {SHORTEST_SECRET} 个字符")
        return value

    @property
    def secret_key(self) -> str:
        """The key that signs sessions; in demo mode generated once and kept in HOME/keys."""
        return self._secret("secret_key", self.given_secret_key)

    @property
    def personal_key(self) -> bytes:
        """The secret behind tokens and the vault of personal values; kept like `secret_key`."""
        return self._secret("personal_key", self.given_personal_key).encode()

    @property
    def database(self) -> str:
        """Where the desk keeps its own tables: the path of a SQLite file or a PostgreSQL url."""
        return self.given_database or str(self.home / "desk.sqlite3")

    @property
    def live_database(self) -> str:
        """Where events and live ratings are kept: the desk's PostgreSQL, '' for a file in the home."""
        return self.given_database if "://" in self.given_database else ""

    @property
    def spill_folder(self) -> Path:
        """Where the analytical store puts what does not fit into `memory_limit`."""
        return self.spill or self.home / "spill"

    def _secret(self, name: str, given: SecretStr | None) -> str:
        return given.get_secret_value() if given else kept_secret(self.home / KEYS / name)


def variable_names() -> dict[str, str]:
    """Return field name → environment variable, in the order of declaration."""
    return {
        name: str(field.validation_alias or PREFIX + name.upper())
        for name, field in Settings.model_fields.items()
    }


def load_settings() -> Settings:
    """Read the environment.

    Unknown `LOOKOUT_*` variables and bad values stop the start; SettingsError lists all of them.
    A home that keeps keys of its own was made in demo mode and stays so unless keys are given.
    """
    problems = _unknown_variables(os.environ)
    values = _secrets_from_files(os.environ, problems)
    if _is_demo_home(os.environ):
        values["demo"] = True
    elif not _is_on(os.environ, "DEMO"):
        problems += _missing_secrets(os.environ)
        problems += _production(os.environ, values)
    problems += layout_problems(_home(os.environ))
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise SettingsError(problems + [_problem(detail) for detail in error.errors()]) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _unknown_variables(environ: Mapping[str, str]) -> list[Problem]:
    known = set(variable_names().values()) | {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
    problems = []
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable not in known:
            likely = get_close_matches(variable, sorted(known), 1, cutoff=0.8)
            problems.append(Problem(variable, "没有这个设置，请改正或删去", likely[0] if likely else ""))
    return problems


def _secrets_from_files(environ: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    found = {}
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}_FILE"
        if not (path := environ.get(variable)):
            continue
        if environ.get(f"{PREFIX}{name.upper()}"):
            problems.append(Problem(variable, f"与 {PREFIX}{name.upper()} 同时给出，请只留一个"))
        try:
            found[f"given_{name}"] = SecretStr(Path(path).read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(variable, f"读不到密钥文件“{path}”：{error}", "/etc/lookout/secret_key"))
    return found


def _is_given(environ: Mapping[str, str], name: str) -> bool:
    return bool(environ.get(f"{PREFIX}{name.upper()}") or environ.get(f"{PREFIX}{name.upper()}_FILE"))


def _is_demo_home(environ: Mapping[str, str]) -> bool:
    """Tell whether nothing is said about the mode and the home holds keys that demo mode made."""
    if environ.get(f"{PREFIX}DEMO") or any(_is_given(environ, name) for name in SECRETS):
        return False
    return bool(_made_in_demo(_home(environ)))


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get(f"{PREFIX}HOME") or Settings.model_fields["home"].default)


def _made_in_demo(home: Path) -> list[str]:
    return [name for name in SECRETS if (home / KEYS / name).exists()]


def _is_on(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(f"{PREFIX}{name}", "").lower() not in ("", "0", "false", "no", "off", "n", "f")


def _production(environ: Mapping[str, str], from_files: Mapping[str, Any]) -> list[Problem]:
    """Return what forbids a start outside demo mode, beside missing keys."""
    secrets = {}
    for name in SECRETS:
        held: SecretStr | None = from_files.get(f"given_{name}")
        variable = f"{PREFIX}{name.upper()}"
        secrets[variable] = held.get_secret_value() if held else environ.get(variable, "")
    hosts = [host.strip() for host in environ.get(f"{PREFIX}ALLOWED_HOSTS", "").split(",") if host.strip()]
    problems = production_problems(_home(environ), secrets, _made_in_demo(_home(environ)), hosts)
    if _is_on(environ, "DEBUG"):
        what = f"{PREFIX}DEBUG=1 会在网页上泄露内部信息，只能与 {PREFIX}DEMO=1 一起使用"
        problems.append(Problem(f"{PREFIX}DEBUG", what, "0"))
    return problems


def _missing_secrets(environ: Mapping[str, str]) -> list[Problem]:
    return [
        Problem(
            f"{PREFIX}{name.upper()}",
            f"正式环境必须给出密钥（试用请设 {PREFIX}DEMO=1）",
            f"{PREFIX}{name.upper()}_FILE=/etc/lookout/{name}",
        )
        for name in SECRETS
        if not _is_given(environ, name)
    ]


# The validator's own words are English; operators read Chinese.
_REASONS = {
    "bool_parsing": "“{value}”不是开关，应为 1 或 0",
    "int_parsing": "“{value}”不是整数",
    "greater_than_equal": "“{value}”太小",
    "less_than_equal": "“{value}”太大",
    "literal_error": "“{value}”不在可选值之内（{expected}）",
    "string_pattern_mismatch": "“{value}”的写法不对",
}


def _problem(detail: Any) -> Problem:
    place = str(detail["loc"][0]) if detail["loc"] else ""
    name = place.removeprefix(PREFIX).lower()
    field = Settings.model_fields.get(name) or Settings.model_fields.get(f"given_{name}")
    value = "" if name.removeprefix("given_") in SECRETS else str(detail["input"])
    reason = _REASONS.get(detail["type"], detail["msg"])
    context = {"expected": str(detail.get("ctx", {}).get("expected", "")).replace(" or ", " 或 ")}
    example = str(field.examples[0]) if field is not None and field.examples else ""
    where = f"{PREFIX}{name.removeprefix('given_').upper()}" if field else "设置"
    return Problem(where, reason.format(value=value, **context), example)
