"""The sources: who delivers what, and one generic reader for all their files."""

from lookout.sources.catalogue import Source, load_sources, sources
from lookout.sources.delivery import Covers, Delivery, covers_faults, read_deliveries, source_faults
from lookout.sources.layout import Laid, lay_out
from lookout.sources.mapping import ColumnSource, Mapping, load_mapping
from lookout.sources.problems import Fault, FileProblem
from lookout.sources.raw import BrokenRow, RawFile
from lookout.sources.reader import read_file

__all__ = [
    "BrokenRow",
    "ColumnSource",
    "Covers",
    "Delivery",
    "Fault",
    "FileProblem",
    "Laid",
    "Mapping",
    "RawFile",
    "Source",
    "covers_faults",
    "lay_out",
    "load_mapping",
    "load_sources",
    "read_deliveries",
    "read_file",
    "source_faults",
    "sources",
]
