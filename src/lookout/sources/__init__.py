"""The sources: who delivers what, and one generic reader for all their files."""

from lookout.sources.catalogue import Source, load_sources, sources
from lookout.sources.delivery import (
    Covers,
    Deliveries,
    Delivery,
    covers_faults,
    read_deliveries,
    source_faults,
)
from lookout.sources.excel_reader import RETURNED_SHEET
from lookout.sources.headers import matches
from lookout.sources.layout import RETURN_COLUMNS, Laid, Layout, lay_out, plan_layout
from lookout.sources.mapping import ColumnSource, Mapping, load_mapping
from lookout.sources.problems import Fault, FileProblem, opening_fault
from lookout.sources.raw import NO_VALUE, BrokenRow, FileForm, LateColumns, RawFile, RawStream
from lookout.sources.reader import read_file, stream_file

__all__ = [
    "NO_VALUE",
    "RETURNED_SHEET",
    "RETURN_COLUMNS",
    "BrokenRow",
    "ColumnSource",
    "Covers",
    "Deliveries",
    "Delivery",
    "Fault",
    "FileForm",
    "FileProblem",
    "Laid",
    "LateColumns",
    "Layout",
    "Mapping",
    "RawFile",
    "RawStream",
    "Source",
    "covers_faults",
    "lay_out",
    "load_mapping",
    "load_sources",
    "matches",
    "opening_fault",
    "plan_layout",
    "read_deliveries",
    "read_file",
    "source_faults",
    "sources",
    "stream_file",
]
