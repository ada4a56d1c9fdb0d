"""The result tables of a run: what the engine found about each company, in the form readers list."""

from lookout.hub.results.listing import initials, listing_sql

__all__ = ["initials", "listing_sql"]
