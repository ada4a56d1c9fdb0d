"""The published formats (数据格式): types whose JSON Schemas are given to others, under a version.

No database and no settings are needed here: the command line and the documents stand on the same types.
"""

from lookout.web.api.formats.base import Document
from lookout.web.api.formats.check import FormatProblem, check_text
from lookout.web.api.formats.clue import Clue
from lookout.web.api.formats.complaint import ComplaintStatus
from lookout.web.api.formats.filing import Filing
from lookout.web.api.formats.rating import CompanyRating, Rating, Warning_
from lookout.web.api.formats.region_index import RegionIndex
from lookout.web.api.formats.schemas import FORMATS, VERSION, schema_address, schema_of, schema_text

__all__ = [
    "FORMATS",
    "VERSION",
    "Clue",
    "CompanyRating",
    "ComplaintStatus",
    "Document",
    "Filing",
    "FormatProblem",
    "Rating",
    "RegionIndex",
    "Warning_",
    "check_text",
    "schema_address",
    "schema_of",
    "schema_text",
]
