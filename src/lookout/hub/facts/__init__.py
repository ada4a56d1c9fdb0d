"""The facts of all batches folded by company, and the views of what was known at an instant."""

from lookout.hub.facts.fold import Facts, fact_columns, fold, swap_text
from lookout.hub.facts.views import Visible, open_tables, open_views, unresolved, view_columns, view_sql

__all__ = [
    "Facts",
    "Visible",
    "fact_columns",
    "fold",
    "open_tables",
    "open_views",
    "swap_text",
    "unresolved",
    "view_columns",
    "view_sql",
]
