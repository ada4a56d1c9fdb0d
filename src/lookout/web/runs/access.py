"""The one door to runs; they hold counts of the whole province and no company."""

from __future__ import annotations

from django.http import Http404

from lookout.hub.reading.model import RunInfo
from lookout.web import published


def access_run(run_id: str) -> RunInfo:
    """Return a kept run; one that was never made or is no longer kept is 404."""
    run = published.reader().run(run_id)
    if run is None:
        raise Http404
    return run
