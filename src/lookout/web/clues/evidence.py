"""What was sealed about a clue: who sees it, and until when it is kept."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from lookout.web.clues.access import visible
from lookout.web.clues.models import Clue
from lookout.web.clues.states import OPEN
from lookout.web.evidence.subjects import Subject


def _closed_at(number: str) -> datetime | None:
    clue = Clue.objects.filter(number=number).first()
    while clue is not None and clue.merged_into is not None:
        clue = clue.merged_into  # what became of it is decided there
    return clue.closed_at if clue is not None and clue.state not in OPEN else None


SUBJECT = Subject(
    kind="clue",
    title=pgettext_lazy("一个", "线索"),
    numbers=lambda user: visible(user).values_list("number", flat=True),
    address=lambda number: reverse("dispatch:clue", args=[number]),
    closed_at=_closed_at,
)
