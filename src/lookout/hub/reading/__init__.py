"""The one door through which the desk and the terminal read published runs."""

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
from lookout.hub.reading.reader import NothingPublishedError, Reader, run_info
from lookout.hub.reading.words import (
    BAND_NAMES,
    CHANGE_NAMES,
    DIMENSION_NAMES,
    cell_text,
    number_text,
    value_text,
)

__all__ = [
    "BANDS", "BAND_NAMES", "CHANGE_NAMES", "DIMENSIONS", "DIMENSION_NAMES", "Band", "BatchInfo", "CatalogueEntry",
    "CompanyFilter", "CompanyRow", "Contribution", "Dossier", "Evidence", "EvidenceGroup", "EvidenceRow", "LabelHit",
    "NothingPublishedError", "Page", "Reader", "Reject", "RunInfo", "ScoreChange", "SourceState", "TableHealth",
    "TimelineEvent", "cell_text", "number_text", "run_info", "value_text",
]  # fmt: skip
