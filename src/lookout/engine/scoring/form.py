"""How indicators, rules and profiles are written down; `catalogue` turns them into what a rating uses."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lookout.contracts.schema import Form
from lookout.engine.measures.form import Measure

DIMENSIONS = ("return_rate", "public_exposure", "harm", "contagion", "complaint_rate")
Dimension = Literal["return_rate", "public_exposure", "harm", "contagion", "complaint_rate"]
MissingRule = Literal["drop", "drop_core", "zero_if_monitored", "penalise_60", "never_missing"]
Room = Literal["text", "graph", "flows"]
# A sentence with {value}, or one per level: the highest level not above the value speaks.
Phrase = str | dict[float, str]


class Input(Measure):
    """A measure that feeds an indicator or a signal.

    `category` overrides the data category of the table, for a mart that mixes several;
    `phrase` is said when this input is above zero (inputs that are summed). An input that is not
    `needed` may say more, but nothing is missing for a clean zero when its source is not connected.
    """

    category: str | None = None
    needed: bool = True
    phrase: str | None = None


class IndicatorForm(Form):
    """One indicator as written in `indicators.yaml`.

    `derive` computes it from other indicators, their inputs (`C01__1`), signals and constants instead
    of `inputs`. `yuan_per_unit` divides inputs in yuan into the unit of the knots. `absent_value` is the value
    of a company whose sources are all connected and hold no record of it. `size_adjusted` counts
    only what exceeds the median of its type and size. `says` orders the explanation's sentences;
    `joins` puts the phrase directly behind another indicator's. `supplement` names the data to ask for.
    """

    zh: str
    en: str
    dimension: Dimension
    unit: str
    weight: float = Field(gt=0, le=1)
    knots: str
    scale: Literal["linear", "log10"] = "linear"
    missing: MissingRule
    combine: Literal["max", "min", "sum", "first"] = "max"
    inputs: tuple[Input, ...] = ()
    derive: str | None = None
    population: bool = False
    default: float | None = None
    yuan_per_unit: float = Field(default=1, gt=0)
    absent_value: float | None = None
    applies_to: str | tuple[str, ...] | None = None
    size_adjusted: bool = False
    waits_for: Room | None = None
    phrase: Phrase | None = None
    says: int = 99
    joins: str | None = None
    supplement: str | None = None
    note: str | None = None


class SignalForm(Form):
    """A value that rules and derived indicators read but that has no weight of its own.

    `category` is the data category of a signal that waits for a room.
    """

    zh: str
    measure: Input | None = None
    waits_for: Room | None = None
    category: str | None = None


class DimensionForm(Form):
    """One of the five dimensions with its weight in the total."""

    zh: str
    weight: float = Field(gt=0, le=1)


class BandForm(Form):
    """One band [starts_at, next): the edge belongs to the severer."""

    zh: str
    level: str
    starts_at: float = Field(ge=0, le=100)


class FloorForm(Form):
    """A hard rule: when the condition holds the score is at least `floor`.

    It needs two source types among what it names, or one of the authoritative categories;
    `authoritative` says that the condition itself rests on such a source.
    """

    zh: str
    when: str
    floor: float = Field(gt=0, le=100)
    authoritative: bool = False
    source: str | None = None


class CapForm(Form):
    """A hard rule: when the condition holds the score is at most `cap`, or the company is grey."""

    zh: str
    when: str
    cap: float | None = Field(default=None, gt=0, lt=100)
    grey: bool = False


class WorstSignal(Form):
    """Share of a dimension that is its worst signal, and the weight from which a signal counts as one."""

    share: float = Field(ge=0, le=1)
    minimum_weight: float = Field(ge=0, le=1)


class Prior(Form):
    """The prior of a type: its industry index times a factor, clipped."""

    factor: float = Field(gt=0)
    minimum: float = Field(ge=0)
    maximum: float = Field(le=100)


class Hysteresis(Form):
    """A band is left downwards after `runs` runs more than `margin` below its lower edge."""

    margin: float = Field(ge=0)
    runs: int = Field(ge=1)


class IndustryIndex(Form):
    """Empirical Bayes over confirmed outcomes: window in months and weight of the overall rate."""

    window_months: int = Field(gt=0)
    pseudo_count: float = Field(gt=0)
    confirmed: tuple[str, ...] = Field(min_length=1)


class RulesForm(Form):
    """`rating.yaml`: everything of the formula that is not an indicator."""

    dimensions: dict[Dimension, DimensionForm]
    bands: dict[Literal["red", "orange", "yellow", "normal"], BandForm]
    worst_signal: WorstSignal
    full_coverage: float = Field(gt=0, le=1)
    gate: float = Field(ge=0, le=1)
    penalised_score: float = Field(ge=0, le=100)
    hysteresis: Hysteresis
    prior: Prior
    industry_index: IndustryIndex
    minimum_peers: int = Field(gt=0)
    source_types: int = Field(ge=1)
    authoritative_categories: tuple[str, ...]
    signals: dict[str, SignalForm]
    floors: dict[str, FloorForm]
    caps: dict[str, CapForm]


class PartForm(Form):
    """One part of a profile: a whole dimension, or the mean of some members."""

    zh: str
    weight: float = Field(gt=0, le=1)
    dimension: Dimension | None = None
    members: tuple[str, ...] = ()


class ProfileForm(Form):
    """Another way to add up the same sub-scores."""

    zh: str
    parts: dict[str, PartForm]
    source: str | None = None
