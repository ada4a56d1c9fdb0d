"""Who may open a file: whoever may see the thing it hangs on."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404

from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment

MayRead = Callable[[User, Attachment], bool]
_owners: list[MayRead] = []


def register(may_read: MayRead) -> None:
    """Let an app answer for the files that hang on its things; called once, when the app is ready."""
    if may_read not in _owners:
        _owners.append(may_read)


def access_attachment(user: User, number: int) -> Attachment:
    """Return a file the person may open; unknown and foreign ones are both 404."""
    found = Attachment.objects.filter(pk=number).first()
    if found is None or not any(may_read(user, found) for may_read in _owners):
        raise Http404
    return found
