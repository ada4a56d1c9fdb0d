"""Open clues for the early warnings of the published run, with their evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from lookout.hub.reading.model import Band, CompanyFilter, CompanyRow, Reason
from lookout.web import published
from lookout.web.clues.following import follow, that_move
from lookout.web.clues.guidance import element_of
from lookout.web.clues.models import Clue, Evidence
from lookout.web.clues.services import MODEL_EVENT, Found, open_one
from lookout.web.clues.words import Source

WARNED: tuple[Band, ...] = ("red", "orange", "yellow")
CHUNK = 500
# What a rating knows of the size of the matter: indicator → field of the clue, and its units in the field's.
AMOUNTS = {"C01": ("participants", 1), "C02": ("amount", 10_000)}


def follow_published(now: datetime) -> Counter[str]:
    """Open, raise or reopen clues for every warned company of the newest run; return how many of each.

    Companies that were warned before and have no clue get one too, so a day that was missed is made up for.
    A run that was followed already costs one look at the ledger.
    """
    reader = published.reader()
    run = reader.current()
    counts: Counter[str] = Counter()
    if run is None:
        return counts
    for rows in _warned():
        known = set(
            Clue.objects.filter(
                company__in=[row.identifier for row in rows], event_key=MODEL_EVENT, run_id=run.run_id
            ).values_list("company", flat=True)
        )
        fresh = [found_in(row, run.run_id) for row in rows if row.identifier not in known]
        done = {found.company: follow(found, now) for found in that_move(fresh)}
        counts.update(done.values())
        counts["unchanged"] += len(fresh) - len(done)
        changed = [company for company, what in done.items() if what != "unchanged"]
        for identifier, reasons in reader.heaviest_reasons(changed).items():
            clue = open_one(identifier, MODEL_EVENT)
            if clue is not None:
                give_reasons(clue, reasons, run.run_id, now)
    return counts


def _warned() -> Iterator[Sequence[CompanyRow]]:
    offset = 0
    while True:
        page = published.reader().list_companies(CompanyFilter(bands=WARNED), offset=offset, limit=CHUNK)
        yield page.rows
        offset += CHUNK
        if offset >= page.total:
            return


def found_in(row: CompanyRow, run_id: str, source: Source = Source.MODEL, event: str = MODEL_EVENT) -> Found:
    """Return what a rated company's line says, as a clue begins with it."""
    return Found(
        source=source,
        company=row.identifier,
        company_name=row.name,
        event_key=event,
        band=row.band if row.band in WARNED else "",
        score=row.score,
        coverage=row.coverage,
        run_id=run_id,
        hit_rules=row.top_reasons,
        region_registered=row.region if len(row.region) == 6 else "",
        region_business=row.region if len(row.region) == 6 else "",
        is_back=row.previous_band is not None and row.previous_band not in WARNED,
    )


def give_reasons(clue: Clue, reasons: Sequence[Reason], run_id: str, now: datetime) -> None:
    """Put the heaviest reasons of a rating into a clue's file, each leading to its rows."""
    Evidence.objects.bulk_create(
        Evidence(
            clue=clue,
            element=element_of(reason.code),
            title=reason.text[:300],
            code=reason.code,
            run_id=run_id,
            added_at=now,
        )
        for reason in reasons
    )
    known: dict[str, Any] = {"hit_labels": [reason.code for reason in reasons if reason.is_label]}
    for reason in reasons:
        field, times = AMOUNTS.get(reason.code, ("", 0))
        # What an officer has written stands.
        if field and reason.value is not None and getattr(clue, field) is None:
            known[field] = round(Decimal(repr(reason.value)) * times)
    Clue.objects.filter(pk=clue.pk).update(**known)
