"""The result tables of a run: what the engine found about each company, in the form readers list."""

from lookout.hub.results.listing import CHANGE_PARTS, initials, listing_sql

__all__ = ["CHANGE_PARTS", "initials", "listing_sql"]
