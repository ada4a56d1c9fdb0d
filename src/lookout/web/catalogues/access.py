"""The one door to published rules; every signed-in role with the place may read all of them."""

from __future__ import annotations

from django.http import Http404

from lookout.hub.reading.model import CatalogueEntry
from lookout.web import published


def access_entry(code: str) -> CatalogueEntry:
    """Return a label or an indicator; unknown is 404."""
    entry = published.reader().catalogue_entry(code)
    if entry is None:
        raise Http404
    return entry
