"""The one door to cases: rows of all regions, for those who mend the data of the whole province."""

from __future__ import annotations

from django.http import Http404

from lookout.hub.reading.queue import JudgementRow, QueueCase
from lookout.web import published


def access_case(number: str) -> QueueCase:
    """Return a case that waits; one that is unknown or has been judged is 404."""
    case = published.reader().steward_case(number)
    if case is None:
        raise Http404
    return case


def access_judgement(judgement_no: str) -> JudgementRow:
    """Return a judgement; unknown is 404."""
    found = (row for row in published.reader().judgements() if row.judgement.judgement_no == judgement_no)
    row = next(found, None)
    if row is None:
        raise Http404
    return row
