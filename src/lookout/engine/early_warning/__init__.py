"""Early warnings: what changed between two runs' ratings, in words and in parts that add up."""

from lookout.engine.early_warning.changes import CHANGE_SCHEMA, WARNED, Kind, compare, counts
from lookout.engine.early_warning.split import PARTS, change_sentence, split_change
from lookout.engine.early_warning.texts import WARNING_SCHEMA, early_warnings, reasons, warning_text

__all__ = [
    "CHANGE_SCHEMA",
    "PARTS",
    "WARNED",
    "WARNING_SCHEMA",
    "Kind",
    "change_sentence",
    "compare",
    "counts",
    "early_warnings",
    "reasons",
    "split_change",
    "warning_text",
]
