"""The one door through which the desk and the terminal read published runs."""

from lookout.hub.reading.blind import BlindEntry, WantedTable
from lookout.hub.reading.choices import UnknownChoiceError
from lookout.hub.reading.coverage import Coverage, CoverageCell, CoverageRow, TableCoverage
from lookout.hub.reading.data import run_info
from lookout.hub.reading.effects import BatchEffect, MovedCompany
from lookout.hub.reading.fact_counts import Exposure, FactCount, FactQuestion
from lookout.hub.reading.freshness import Freshness
from lookout.hub.reading.legal import LegalConstant, legal_constant
from lookout.hub.reading.marks import Mark
from lookout.hub.reading.model import (
    BANDS,
    DIMENSIONS,
    Band,
    BatchInfo,
    CatalogueEntry,
    CompanyFilter,
    CompanyRow,
    Contribution,
    Dossier,
    Evidence,
    EvidenceGroup,
    EvidenceRow,
    LabelHit,
    Page,
    Reject,
    RunInfo,
    ScoreChange,
    SourceState,
    TableHealth,
    TimelineEvent,
)
from lookout.hub.reading.reader import NothingPublishedError, Reader
from lookout.hub.reading.refused import RefusedReason
from lookout.hub.reading.titles import code_names, column_title, source_title, table_title
from lookout.hub.reading.words import (
    BAND_NAMES,
    CHANGE_NAMES,
    DIMENSION_NAMES,
    cell_text,
    number_text,
    value_text,
)

__all__ = [
    "BANDS",
    "BAND_NAMES",
    "CHANGE_NAMES",
    "DIMENSIONS",
    "DIMENSION_NAMES",
    "Band",
    "BatchEffect",
    "BatchInfo",
    "BlindEntry",
    "CatalogueEntry",
    "CompanyFilter",
    "CompanyRow",
    "Contribution",
    "Coverage",
    "CoverageCell",
    "CoverageRow",
    "Dossier",
    "Evidence",
    "EvidenceGroup",
    "EvidenceRow",
    "Exposure",
    "FactCount",
    "FactQuestion",
    "Freshness",
    "LabelHit",
    "LegalConstant",
    "Mark",
    "MovedCompany",
    "NothingPublishedError",
    "Page",
    "Reader",
    "RefusedReason",
    "Reject",
    "RunInfo",
    "ScoreChange",
    "SourceState",
    "TableCoverage",
    "TableHealth",
    "TimelineEvent",
    "UnknownChoiceError",
    "WantedTable",
    "cell_text",
    "code_names",
    "column_title",
    "legal_constant",
    "number_text",
    "run_info",
    "source_title",
    "table_title",
    "value_text",
]  # fmt: skip
