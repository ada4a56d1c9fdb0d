"""A scenario: who lives in the province, how its schemes work, which noise and confounders surround them."""

from __future__ import annotations

from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lookout.contracts import contracts
from lookout.contracts.catalogue import problems_of
from lookout.demo.words import words
from lookout.kernel.errors import CatalogueError, Problem
from lookout.kernel.regions import regions

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0)]
ActivityClass = Literal[
    "illegal_fundraising", "illegal_securities", "illegal_futures", "illegal_forex",
    "illegal_gold", "illegal_payment", "illegal_token",
]  # fmt: skip


class Form(BaseModel):
    """Base of scenario entries: unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Range(Form):
    """A parameter drawn per company between two bounds; written `[low, high]`."""

    low: float
    high: float

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: object) -> object:
        if isinstance(value, list | tuple) and len(value) == 2:
            return {"low": value[0], "high": value[1]}
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Range:
        if self.low > self.high:
            raise ValueError(f"下界 {self.low} 大于上界 {self.high}；应写作 [小, 大]")
        return self


class Population(Form):
    """The firms: share of each organisation type, weight of each city, share of each size."""

    types: dict[str, Positive]
    cities: dict[str, Positive]
    sizes: tuple[Positive, Positive, Positive, Positive, Positive]  # micro, small, middle, large, giant


class Mechanics(Form):
    """How the money of a scheme moves, a month at a time. Shares are of the balance unless said otherwise."""

    start_months_before_end: Range  # when it begins to take money
    seed_participants: Range
    referral_growth: Range  # new participants per participant and month
    advert_recruits: Range  # new participants per month won by adverts
    market: Range  # participants at which recruiting dries up
    ticket_yuan: Range  # first deposit
    promised_return: Range  # credited to participants each month
    paid_in_cash: Share = 0.8  # share of the promised return that is paid out; the rest is rolled over
    redeemed: Range  # principal asked back each month
    client_loss: Range = Range(
        low=0, high=0
    )  # balance lost to the operator each month (rigged trading, fees)
    commission: Range = Range(low=0, high=0)  # of new deposits, to recruiters
    leak: Range  # of new deposits, taken by the controllers and spent
    shock_chance: Share = 0.02  # monthly chance of a rush to withdraw
    shock_size: Positive = 5.0  # times the usual redemptions
    limited_months: Range = Range(low=1, high=2)
    delayed_months: Range = Range(low=1, high=4)


class Visibility(Form):
    """What the outside world gets to see of a scheme."""

    online_advertising: Share  # chance that it advertises where monitors look
    adverts_monthly: Range
    advertised: Literal["yield", "theme"] = "yield"  # whether adverts name a yield
    posts_monthly: Range  # own soft promotion
    website: Share = 0.5
    application: Share = 0.2
    branches_monthly: Range = Range(low=0, high=0)
    jobs_monthly: Range = Range(low=0, high=2)
    early_complaints: Positive = 0.3  # per 1,000 participants and month while it still pays
    late_complaints: Positive = 12.0  # per 1,000 participants and month once it delays
    complaint_poor: Share = 0.2  # chance that hardly anyone ever complains
    press: Positive = 2.0  # posts a month once it delays, times log10 of participants
    bank_data: Share = 0.6  # chance that a bank delivers its account
    self_reported: Share = 0.0  # chance that it files (embellished) monthly figures
    elderly: Range = Range(low=0.1, high=0.4)


class Concealment(Form):
    """How its registry and offices look, and what the authorities do about it."""

    age_months: Range = Range(low=1, high=24)  # age of the firm when it begins
    low_paid_in: Share = 0.7
    virtual_address: Share = 0.4
    has_licence: Share = 0.0
    shells: Range = Range(low=0, high=3)  # sister firms with the same people, telephone and address
    change_rate: Positive = 0.06  # registry changes a month
    leaders_leave: Share = 0.5  # chance of a mass exit of executives shortly before the end
    police_chance: Share = 0.8
    police_delay_days: Range = Range(low=20, high=200)  # from collapse
    early_clue: Share = 0.15  # chance that somebody passes on a clue before the first delay
    borrows_famous_name: Share = 0.0


class SchemeKind(Form):
    """One way of taking the public's money."""

    activity_class: ActivityClass
    share: Share  # of all companies
    types: dict[str, Positive]
    promise: str  # theme of adverts
    loss: str  # theme of complaints
    money: Literal["pool", "counter", "fee", "transit"] = "pool"
    mechanics: Mechanics
    visibility: Visibility
    concealment: Concealment = Concealment()


class Voice(Form):
    """Complaints, posts or adverts that an episode adds, per month."""

    monthly: Positive
    theme: str
    per_hundred_staff: bool = False  # the rate is for every hundred employees
    complaint_type: str = "other"
    substantiated: Share = 0.2
    reporters: int = Field(
        default=0, ge=0
    )  # 0: everybody complains once; otherwise so few people write them all
    event_type: str = "other"
    negative: Share = 0.8
    clusters_monthly: Positive = 1.0  # independent stories; the other posts repeat them
    yield_percent: Range | None = None


class Episode(Form):
    """What befalls a confounder between its beginning and end."""

    start_months_before_end: Range
    lasts_months: Range
    seasons: tuple[int, ...] = ()  # only in these calendar months
    complaints: tuple[Voice, ...] = ()
    posts: tuple[Voice, ...] = ()
    adverts: tuple[Voice, ...] = ()
    activity: Positive = 1.0  # business reached at the end of the episode, as a share of that before
    suits_monthly: Positive = 0.0
    loan_suits_monthly: Positive = 0.0
    penalties_monthly: Positive = 0.0
    branches_monthly: Positive = 0.0
    jobs_monthly: Positive = 0.0
    clues_monthly: Positive = 0.0
    arrears: Share = 0.0  # chance of unpaid tax, wages and social security
    bankruptcy: Share = 0.0


class ConfounderKind(Form):
    """An honest company that looks like trouble."""

    share: Share
    types: dict[str, Positive]
    sizes: tuple[Positive, Positive, Positive, Positive, Positive] = (2, 3, 2, 1, 0)
    age_months: Range = Range(low=24, high=200)
    trade: str | None = None  # trade word its name and business come from
    has_licence: Share | None = None  # None: as usual for its type
    is_famous: bool = False
    episode: Episode


class Noise(Form):
    """Ordinary mishaps, as rates per company and month unless said otherwise."""

    changes: Positive
    penalties: Positive
    suits: Positive
    complaints: Positive
    posts: Positive
    adverts: Positive
    jobs: Positive
    enforcement: Positive
    abnormal_listings: Positive
    tax_arrears: Positive
    clues: Positive
    closures: Positive
    late_annual_report: Share
    missing_annual_report: Share
    past_outcomes: Share  # share of firms of risky types with an old, closed clue


class Dirt(Form):
    """What goes wrong between a department's system and ours, as shares of rows unless said otherwise."""

    wrong_check_digit: Share
    impossible_date: Share
    negative_count: Share
    doubled: Share
    corrected_later: Share
    without_code: Share  # complaints, posts, adverts and court notices that give a name but no code
    odd_name: Share  # of those: full-width, brackets, traditional script
    former_name: Share
    short_name: Share


class Gap(Form):
    """Regions that do not deliver a table for some months, counted back from the end."""

    tables: tuple[str, ...]
    regions: tuple[str, ...]
    from_months_before_end: int = Field(ge=0)
    to_months_before_end: int = Field(ge=0)


class Silence(Form):
    """A table that is no longer delivered at all."""

    table: str
    months_before_end: int = Field(ge=1)


class Scenario(Form):
    """One province. Another file is another province."""

    name: str
    as_of: date = date(2026, 10, 31)
    history_months: int = Field(default=30, ge=6, le=60)
    population: Population
    schemes: dict[str, SchemeKind]
    confounders: dict[str, ConfounderKind]
    noise: Noise
    dirt: Dirt
    gaps: tuple[Gap, ...] = ()
    silences: tuple[Silence, ...] = ()


def _check(scenario: Scenario) -> list[Problem]:
    problems: list[Problem] = []
    lexicon = words()

    def known(where: str, value: str, allowed: object, example: str) -> None:
        if value not in allowed:  # type: ignore[operator]  # every caller hands a container
            problems.append(Problem(where, f"“{value}”不存在", example))

    for code in scenario.population.types:
        known("population.types", code, lexicon.types, "general")
    for code in scenario.population.cities:
        known("population.cities", code, regions(), "440100")
    for name, scheme in scenario.schemes.items():
        for code in scheme.types:
            known(f"schemes.{name}.types", code, lexicon.types, "general")
        for theme in (scheme.promise, scheme.loss):
            known(f"schemes.{name}", theme, lexicon.themes, "fundraising_promise")
    for name, kind in scenario.confounders.items():
        for code in kind.types:
            known(f"confounders.{name}.types", code, lexicon.types, "general")
        episode = kind.episode
        for voice in episode.complaints + episode.posts + episode.adverts:
            known(f"confounders.{name}.episode", voice.theme, lexicon.themes, "rumour")
    doubled = scenario.schemes.keys() & scenario.confounders.keys()
    problems += [Problem(f"schemes.{name}", "与 confounders 中的名称重复") for name in sorted(doubled)]
    total = sum(kind.share for kind in scenario.schemes.values())
    total += sum(kind.share for kind in scenario.confounders.values())
    if total > 0.5:
        problems.append(
            Problem("schemes, confounders", f"份额合计 {total:.2f}，超过 0.5；多数企业须是普通企业")
        )
    for place, table in [("gaps", t) for g in scenario.gaps for t in g.tables] + [
        ("silences", silence.table) for silence in scenario.silences
    ]:
        known(place, table, contracts(), "social_security_month")
    return problems


def load_scenario(path: Path | str | None = None) -> Scenario:
    """Read a scenario file, or one that ships with Lookout by its name; None is `guangdong`.

    Raises CatalogueError with every problem of the file.
    """
    shipped = resources.files("lookout.demo").joinpath("scenarios")
    name = str(path or "guangdong")
    file = shipped.joinpath(f"{name}.yaml")
    source = file if "/" not in name and file.is_file() else Path(name)
    try:
        raw = yaml.safe_load(source.read_text("utf-8"))
    except OSError as error:
        raise CatalogueError(name, [Problem(name, f"无法读取情景文件：{error}", "guangdong")]) from error
    except yaml.YAMLError as error:
        raise CatalogueError(name, [Problem(name, f"不是有效的 YAML：{error}")]) from error
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        raise CatalogueError(name, problems_of(error, Path(name).name)) from error
    if problems := _check(scenario):
        raise CatalogueError(name, problems)
    return scenario
