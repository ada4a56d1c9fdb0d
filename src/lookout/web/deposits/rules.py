"""The catalogues of the twelve checks and of unlawful content; read once and validated as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import yaml
from django.utils.translation import get_language
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lookout.kernel.errors import CatalogueError, Problem
from lookout.web.deposits.words import CheckCode, ContractKind, Factor

CATALOGUE = Path(__file__).parent / "catalogue"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Rules = TypeVar("Rules", bound=_Entry)


class CheckWords(_Entry):
    """One check in the words of one language: what is asked, by which law, what it needs, and how to mend it."""

    title: str = Field(min_length=1)
    question: str = Field(min_length=1)
    basis: str = Field(min_length=1, max_length=300)
    needs: str = Field(min_length=1)
    mend: str = Field(min_length=1)


class CheckEntry(CheckWords):
    """One check. Records keep the Chinese words; pages show those of the reader's language."""

    en: CheckWords

    @property
    def words(self) -> CheckWords:
        """Return the words in the language of the page."""
        return self.en if get_language() == "en" else self


class IdentityRules(_Entry):
    """What must have been verified."""

    person: frozenset[Factor] = Field(min_length=1)
    company: frozenset[Factor] = Field(min_length=1)


class IntentionRules(_Entry):
    """How long a reader needs at least, and how long before signing the will may have been verified."""

    least_read_seconds: int = Field(ge=1)
    most_hours_before_signing: int = Field(ge=1)


class FundRules(_Entry):
    """When the money must have moved, and how many movements of a company are looked at."""

    within_days: int = Field(ge=1)
    before_days: int = Field(ge=0)
    most_rows: int = Field(ge=1)


class CheckRules(_Entry):
    """All twelve checks and their measures."""

    checks: Mapping[CheckCode, CheckEntry]
    identity: IdentityRules
    intention: IntentionRules
    term_tolerance_days: int = Field(ge=0)
    funds: FundRules

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        missing = [code.value for code in CheckCode if code not in self.checks]
        if missing:
            raise ValueError(f"缺少核验项：{'、'.join(missing)}")
        return self


class RateLimit(_Entry):
    """The highest lawful rate of contracts signed from a day on: a percentage, or so many times LPR."""

    start: date = Field(alias="from")
    percent: Decimal | None = Field(default=None, gt=0)
    times: Decimal | None = Field(default=None, gt=0)
    basis: str = Field(min_length=1)

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.percent is None) == (self.times is None):
            raise ValueError("percent 和 times 应当只写一个")
        return self


class Promises(_Entry):
    """Words that must not stand in a contract, and the law that says so."""

    basis: str = Field(min_length=1)
    terms: tuple[str, ...] = Field(min_length=1)


class ContentRules(_Entry):
    """What the law does not let a contract say."""

    rate_limits: tuple[RateLimit, ...] = Field(min_length=1)
    rate_kinds: frozenset[ContractKind]
    promises: Mapping[str, Promises]
    raising_kinds: frozenset[ContractKind]
    denials: tuple[str, ...]
    negations: tuple[str, ...]
    denial_reach: int = Field(ge=1)
    fund_words: tuple[str, ...]

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        days = [limit.start for limit in self.rate_limits]
        if days != sorted(set(days)):
            raise ValueError("rate_limits 应按日期先后排列，且不重复")
        if unknown := sorted({"fund", "raising"} ^ set(self.promises)):
            raise ValueError(f"promises 应当只有 fund 和 raising，多或少了：{'、'.join(unknown)}")
        return self

    def limit_on(self, day: date) -> RateLimit | None:
        """Return the limit for contracts signed on a day, None before the first."""
        held = [limit for limit in self.rate_limits if limit.start <= day]
        return held[-1] if held else None


@cache
def check_rules() -> CheckRules:
    """Return the catalogue of checks."""
    return read_check_rules(_read("contract_check.yaml"))


@cache
def content_rules() -> ContentRules:
    """Return the catalogue of unlawful content."""
    return read_content_rules(_read("contract_content.yaml"))


def read_check_rules(content: Any) -> CheckRules:
    """Read the catalogue of checks. Raises CatalogueError with all its problems."""
    return _valid(CheckRules, content, "contract_check.yaml")


def read_content_rules(content: Any) -> ContentRules:
    """Read the catalogue of unlawful content. Raises CatalogueError with all its problems."""
    return _valid(ContentRules, content, "contract_content.yaml")


def _read(name: str) -> Any:
    return yaml.safe_load((CATALOGUE / name).read_text("utf-8"))


def _valid(model: type[Rules], content: Any, name: str) -> Rules:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [
            Problem(f"{name} {'.'.join(str(part) for part in one['loc'])}", one["msg"])
            for one in error.errors()
        ]
        raise CatalogueError(name, problems) from None
