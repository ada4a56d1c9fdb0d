"""The form of a label: a sentence in SQL that describes, sorts, triggers and explains, and gives no points."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from lookout.contracts.schema import Form
from lookout.engine.measures import Measure


class Dimension(StrEnum):
    """The dimension of the score that a label describes; positive labels describe none."""

    RETURN_RATE = "return_rate"
    PUBLIC_EXPOSURE = "public_exposure"
    HARM = "harm"
    CONTAGION = "contagion"
    COMPLAINT_RATE = "complaint_rate"
    NONE = "none"


class Room(StrEnum):
    """What a label without data waits for."""

    TEXT = "text"
    GRAPH = "graph"
    FLOWS = "flows"
    DESK = "desk"


class Family(Form):
    """A family of labels; `code` begins the code of each of them."""

    code: str = Field(pattern=r"^[A-Z]{3}$")
    zh: str
    polarity: Literal["risk", "positive"]


class Label(Form):
    """One label. `half_life_days` halves the strength of a hit with the age of its newest evidence.

    `indicator` is information only. `reason` may hold {value}, {percent} (value × 100 with a percent sign)
    and {wan} (value ÷ 10 000). Either `measure`, `hit` and `reason` are given, or `waits_for`.
    """

    code: str = Field(pattern=r"^[A-Z]{3}\d{3}$")
    family: Family
    zh: str
    en: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    severity: int = Field(ge=0, le=5)
    dimension: Dimension
    indicator: str
    half_life_days: int = Field(gt=0)
    measure: Measure | None = None
    hit: str = ""
    reason: str = ""
    waits_for: Room | None = None
    source: str = ""

    @property
    def is_active(self) -> bool:
        """Whether the label has data and is evaluated."""
        return self.measure is not None
