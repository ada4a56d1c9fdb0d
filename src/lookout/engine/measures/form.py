"""The one form in which labels, indicators and evidence speak SQL."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from lookout.contracts.schema import Form

_SPAN = re.compile(r"^([1-9]\d*)([dm])$")
NAMED_WINDOWS = ("open", "latest", "all")


class Measure(Form):
    """One or two filtered aggregates over a contract table, or an expression over the columns of a mart.

    The measure is `value`, or `value / per`; it is NULL where `per` is 0 or NULL, or `guard` is not true.
    A boolean value counts as 1 or 0. `dated_by: known_at` is for tables that describe a state, whose
    evidence is as old as its last confirmation and not as the founding of the company.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    table: str = Field(alias="from")
    window: str | None = None
    where: str | None = None
    value: str
    per: str | None = None
    guard: str | None = None
    dated_by: Literal["occurred_on", "known_at"] = "occurred_on"

    @field_validator("window")
    @classmethod
    def _window(cls, window: str | None) -> str | None:
        if window is not None and window not in NAMED_WINDOWS and not _SPAN.match(window):
            raise ValueError(f"“{window}”不是时间窗；应为 365d、24m、open、latest 或 all")
        return window

    @property
    def span(self) -> tuple[int, str] | None:
        """The length of a `365d` or `24m` window and its unit; None for the named windows."""
        match = _SPAN.match(self.window or "")
        return (int(match.group(1)), match.group(2)) if match else None
