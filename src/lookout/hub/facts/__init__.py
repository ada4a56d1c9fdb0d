"""The facts of all batches folded by company, and the views of what was known at an instant."""

from lookout.hub.facts.files import fact_columns, open_facts, read_columns, read_facts
from lookout.hub.facts.fold import fold
from lookout.hub.facts.manifest import MANIFEST, Facts, TableFiles, named_files, swap_text
from lookout.hub.facts.moves import RELATIONS
from lookout.hub.facts.newest import view_columns
from lookout.hub.facts.views import open_tables, open_views, put_region_now, see_table, unresolved
from lookout.hub.facts.visible import Visible, is_withdrawn, known_batches, withdrawn_numbers

__all__ = [
    "MANIFEST",
    "RELATIONS",
    "Facts",
    "TableFiles",
    "Visible",
    "fact_columns",
    "fold",
    "is_withdrawn",
    "known_batches",
    "named_files",
    "open_facts",
    "open_tables",
    "open_views",
    "put_region_now",
    "read_columns",
    "read_facts",
    "see_table",
    "swap_text",
    "unresolved",
    "view_columns",
    "withdrawn_numbers",
]
