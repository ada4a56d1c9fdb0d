"""Hand out files so that nothing in them can run."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from lookout.web.accounts.access import person, privileged
from lookout.web.attachments import vault
from lookout.web.attachments.access import access_attachment
from lookout.web.attachments.kinds import KINDS
from lookout.web.attachments.models import Attachment
from lookout.web.audit.services import record


@require_safe
@login_required
def attachment_file(request: HttpRequest, number: int) -> HttpResponse:
    """Show a picture, download anything else."""
    found = access_attachment(person(request), number)
    return _answer(found, vault.get(found.stored), as_download=not KINDS[found.media_type].is_shown)


@require_safe
@login_required
@privileged
def attachment_original(request: HttpRequest, number: int) -> HttpResponse:
    """Download a picture as it came, with the place and time hidden in it; recorded."""
    user = person(request)
    found = access_attachment(user, number)
    if not found.original:
        raise Http404
    content = vault.get_sealed(found.original, found.original_sha256)
    record(user, "open_original", found)
    return _answer(found, content, as_download=True)


def _answer(found: Attachment, content: bytes, *, as_download: bool) -> HttpResponse:
    response = HttpResponse(content, content_type=found.media_type)
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_download, found.name) or "attachment"
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
