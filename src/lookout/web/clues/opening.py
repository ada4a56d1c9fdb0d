"""Open clues for the early warnings of the published run, with their evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lookout.hub.reading.model import CompanyFilter, CompanyRow, Dossier
from lookout.web import published
from lookout.web.clues.guidance import element_of
from lookout.web.clues.models import Clue
from lookout.web.clues.services import MODEL_EVENT, Found, add_evidence, follow_warnings, open_one
from lookout.web.clues.words import Source

WARNED = ("red", "orange", "yellow")
CHUNK = 1000
MOST_EVIDENCE = 8
GRAVE = 3  # labels of this severity and above are evidence


def follow_published(now: datetime) -> dict[str, int]:
    """Open, raise or reopen clues for every warned company of the newest run; return how many of each.

    Companies that were warned before and have no clue get one too, so a day that was missed is made up for.
    """
    reader = published.reader()
    run = reader.current()
    if run is None:
        return {}
    counts: dict[str, int] = {}
    for row in _warned():
        one = _found(row, run.run_id)
        for name, count in follow_warnings([one], now=now).items():
            counts[name] = counts.get(name, 0) + count
            if count and name != "unchanged":
                _give_evidence(one, reader.get_company(row.identifier, None), run.run_id, now)
    return counts


def _warned() -> Iterator[CompanyRow]:
    offset = 0
    while True:
        page = published.reader().list_companies(
            CompanyFilter(bands=("red", "orange", "yellow")), offset=offset, limit=CHUNK
        )
        yield from page.rows
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
    )


def _found(row: CompanyRow, run_id: str) -> Found:
    return found_in(row, run_id)


def _give_evidence(found: Found, dossier: Dossier | None, run_id: str, now: datetime) -> None:
    clue = open_one(found.company, found.event_key)
    if clue is not None and dossier is not None:
        give_rating_evidence(clue, dossier, run_id, now)


def give_rating_evidence(clue: Clue, dossier: Dossier, run_id: str, now: datetime) -> None:
    """Put the heaviest reasons of a rating into a clue's file, each leading to its rows."""
    weighty = sorted(
        (
            line
            for line in dossier.contributions
            if line.part == "indicator" and line.points > 0 and line.phrase
        ),
        key=lambda line: (-line.points, line.code),
    )
    grave = [hit for hit in dossier.labels if hit.polarity == "risk" and hit.severity >= GRAVE]
    reasons = [(line.code, line.phrase) for line in weighty[:MOST_EVIDENCE]]
    reasons += [(hit.code, hit.reason) for hit in grave[:MOST_EVIDENCE]]
    for code, title in reasons:
        add_evidence(None, clue, title=title, now=now, element=element_of(code), code=code, run_id=run_id)
    labels = [hit.code for hit in grave]
    if labels and clue.hit_labels != labels:
        Clue.objects.filter(pk=clue.pk).update(hit_labels=labels)
