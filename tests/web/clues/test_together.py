"""Two officers at the very same moment: one of them closes the clue, the other one is told. Needs row locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from lookout.web.accounts.models import User
from lookout.web.audit.models import AuditEntry
from lookout.web.audit.selectors import check_wholeness
from lookout.web.clues import services
from lookout.web.clues.models import Clue
from lookout.web.clues.services import Found, StaleObjectError
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Source

NOW = timezone.now()
JUDGED = {"band": "red", "activity_class": "", "summary": "", "advice": "", "secrecy": "internal"}


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_close_in_the_same_instant_one_closes_and_one_is_told(
    cast: dict[str, User],
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("tests on SQLite share one connection; run by make test-postgres")
    found = Found(source=Source.GRID, company_name="粤海", band="red", region_business="440106")
    clue = services.triage(
        cast["lin"], services.open_clue(None, found, now=NOW), version=1, now=NOW, **JUDGED
    )
    together = Barrier(2)

    def close(name: str) -> str:
        try:
            seen = Clue.objects.get(pk=clue.pk)
            together.wait(timeout=30)
            services.close(
                cast[name], seen, version=seen.version, now=NOW, outcome="watch", outcome_reason=name
            )
        except StaleObjectError as told:
            return str(told)
        finally:
            connection.close()
        return "closed"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(close, ("lin", "chen")))

    assert "closed" in said
    assert sum("别人刚刚改过" in one for one in said) == 1
    assert Clue.objects.get().state == ClueState.MONITORING
    assert AuditEntry.objects.filter(verb="clue_close").count() == 1
    assert not check_wholeness().kind
