"""What readers of a published run receive: frozen rows, pages and dossiers. No engine types."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

Band = Literal["red", "orange", "yellow", "normal", "grey"]
BANDS: tuple[Band, ...] = ("red", "orange", "yellow", "normal", "grey")
DIMENSIONS = ("return_rate", "public_exposure", "harm", "contagion", "complaint_rate")


@dataclass(frozen=True)
class RunInfo:
    """One published run. `figures` holds the counts of its funnel, bands, facts, labels."""

    run_id: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    previous_run_id: str | None
    batches: int
    catalogue_digest: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class CompanyFilter:
    """Conditions of a list; None or empty means not asked. Each is one chip on the page.

    `region` is any prefix of a division code, with `no_nearer` only those registered to it and to nothing
    inside it; `change` is how the company moved since the run before;
    `label` a label code; `text` is found in name, former names, code, or pinyin initials.
    """

    bands: tuple[Band, ...] = ()
    region: str = ""
    organization_type: str = ""
    change: str = ""  # opened | raised | lowered | withdrawn | suspended | kept
    label: str = ""
    text: str = ""
    watched_closely: bool = False  # the innermost step of the funnel
    scope: tuple[str, ...] | None = None  # region prefixes the reader may see; None = all
    rated_only: bool = True
    identifiers: tuple[str, ...] | None = None  # only these companies; None = not asked
    no_nearer: bool = False  # of a city: companies of which no district is known


@dataclass(frozen=True)
class CompanyRow:
    """One line of a list."""

    identifier: str  # USCC, or scheme-prefixed id of a desensitised source; the key in urls
    name: str
    region: str
    region_name: str
    organization_type: str
    organization_type_zh: str
    score: Decimal | None  # None when grey
    band: Band | None  # None for a company outside the monitored universe
    previous_band: Band | None
    previous_score: Decimal | None
    change: str  # opened | raised | lowered | withdrawn | suspended | kept | ""
    coverage: float  # 0..1
    is_stale: bool
    dimensions: dict[str, float]  # DIMENSIONS → 0..100
    top_reasons: tuple[str, ...]  # short Chinese phrases, heaviest first
    label_count: int


@dataclass(frozen=True)
class Page:
    """Part of a list and the size of the whole."""

    rows: tuple[CompanyRow, ...]
    total: int
    offset: int


@dataclass(frozen=True)
class Contribution:
    """One line of the sum that is the score; `points` of all lines add up to the score exactly."""

    part: Literal["indicator", "prior", "floor", "cap"]
    code: str
    name: str
    dimension: str
    value: float | None
    value_text: str  # formatted with unit, '' when missing
    sub_score: float | None
    state: str  # observed | monitored_zero | penalised | missing | not_applicable
    weight: float | None
    points: Decimal
    phrase: str  # the reason in words, '' when nothing to say


@dataclass(frozen=True)
class LabelHit:
    """A risk label that holds for the company."""

    code: str
    name: str
    family: str
    family_name: str
    severity: int
    dimension: str
    value: float | None
    hit_on: date | None
    strength: float  # 0..1 after half-life
    reason: str
    polarity: Literal["risk", "positive"]


@dataclass(frozen=True)
class Reason:
    """One heavy reason of a rating in words; `code` is its indicator or label, `value` in the unit of its catalogue."""

    code: str
    text: str
    is_label: bool
    value: float | None = None


@dataclass(frozen=True)
class SourceState:
    """Whether one table's data exists for the company: connected, its rows and its newest delivery."""

    table: str
    name: str
    category: str
    category_name: str
    connected: bool
    rows: int
    newest_on: date | None
    last_delivery: datetime | None
    why_missing: str  # '' when connected; else a Chinese sentence


@dataclass(frozen=True)
class TimelineEvent:
    """Something that happened to the company: a fact, or a change of its band."""

    on: date
    table: str
    kind: str  # Chinese name of the table or 评级变化
    text: str
    batch_no: int | None
    line: int | None


@dataclass(frozen=True)
class ScoreChange:
    """Why the score moved since the run before; the parts add up to `total` exactly."""

    total: Decimal
    parts: dict[str, Decimal]  # new_facts | decay | corrections | catalogue | population


@dataclass(frozen=True)
class Dossier:
    """Everything one company page shows."""

    row: CompanyRow
    profile: dict[str, Any]  # registry columns: Chinese title → display value
    former_names: tuple[str, ...]
    explanation: str
    contributions: tuple[Contribution, ...]
    labels: tuple[LabelHit, ...]
    sources: tuple[SourceState, ...]
    timeline: tuple[TimelineEvent, ...]
    change: ScoreChange | None
    history: tuple[tuple[datetime, Decimal | None, Band], ...]  # earlier runs, oldest first
    missing_labels: tuple[tuple[str, str], ...]  # (code, name) that could not be judged for want of data
    event_count: int = 0  # events known in all, of which `timeline` holds the newest


@dataclass(frozen=True)
class EvidenceRow:
    """One raw row with where it came from.

    `event_id`: the row is an event that came by itself and is in no batch yet; it has no file, batch
    number 0, and its number in the outbox for a line. '' for a row of a batch.
    """

    values: dict[str, Any]
    file: str
    batch_no: int
    line: int
    known_at: datetime
    source: str
    event_id: str = ""


@dataclass(frozen=True)
class EvidenceGroup:
    """The rows of one table behind a number, with the rule in words and in SQL."""

    table: str
    table_name: str
    rule_text: str
    rule_sql: str
    columns: tuple[tuple[str, str], ...]  # (column, Chinese name)
    rows: tuple[EvidenceRow, ...]
    total: int


@dataclass(frozen=True)
class Evidence:
    """What stands behind one indicator or label of one company."""

    code: str
    name: str
    meaning: str
    value_text: str
    groups: tuple[EvidenceGroup, ...]


@dataclass(frozen=True)
class TableHealth:
    """State of one contract table over the whole hub."""

    table: str
    name: str
    category: str
    category_name: str
    department: str
    batches: int
    rows: int
    rejected: int
    companies: int
    last_delivery: datetime | None
    freshness_days: int
    state: Literal["fresh", "stale", "never"]
    covered_regions: tuple[str, ...]


@dataclass(frozen=True)
class BatchInfo:
    """One landed batch.

    `unread` are the file's columns that nobody reads; `left_out` counts its rows that are no data by the mapping,
    beside `rows`.
    """

    batch_no: int
    source: str
    table: str
    table_name: str
    file: str
    delivered_at: datetime
    asserted: bool
    rows: int
    accepted: int
    rejected: int
    doubled: int
    sha256: str
    covers: str
    unread: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Reject:
    """One refused row of a batch."""

    line: int
    column: str
    value: str
    reason: str
    raw: str


@dataclass(frozen=True)
class CatalogueEntry:
    """A label or an indicator as published with the run, for the pages that explain them."""

    code: str
    kind: Literal["label", "indicator"]
    name: str
    group: str  # family or dimension
    group_name: str
    active: bool
    waits_for: str
    weight: float | None
    severity: int | None
    rule_text: str
    hits: int  # companies
    details: dict[str, Any] = field(default_factory=dict)
