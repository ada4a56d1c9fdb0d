"""Outcomes of closed clues as a delivery of the source desk_feedback, so that the next run learns from them."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import yaml
from django.conf import settings
from django.db import models
from django.utils import timezone

from lookout.kernel.clock import SHANGHAI, naive_local
from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import is_uscc
from lookout.kernel.inbox import write_whole
from lookout.web.clues.models import Clue
from lookout.web.clues.states import CLOSED
from lookout.web.clues.words import Outcome
from lookout.web.dispatch.models import EffectCheck, Measure
from lookout.web.dispatch.rules import measure_rules

SOURCE, TABLE = "desk_feedback", "desk_outcome"
FOLDER, MARK = "feedback", "written.json"
COLUMNS = (
    "clue_no",
    "uscc",
    "company_name",
    "outcome",
    "opened_on",
    "closed_on",
    "measure_groups",
    "effect",
)
# The contract's words for outcomes that the ledger names otherwise.
CODES = {Outcome.ADMINISTRATIVE: "administrative", Outcome.CASE: "case_filed"}


def write_feedback(folder: Path, since: datetime | None, now: datetime) -> int:
    """Write the outcomes that came about from `since` until before `now` as a delivery; return how many.

    A clue is written when it was closed in that time, and again when the effect of handling it was computed:
    its number is the key, the newest row counts. `since` None takes all. Nothing is written when there is
    nothing to tell. Raises DataError when the folder already holds a delivery.
    """
    clues = list(_told_between(since, now))
    if not clues:
        return 0
    if (folder / "delivery.yaml").exists():
        raise DataError(f"{folder} 里已有一份交付；请换一个空文件夹")
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{TABLE}_{now.astimezone(SHANGHAI):%Y%m%d%H%M%S}.csv"
    measures, effects = _measures(clues), _effects(clues, now)
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(clue, measures[clue.pk], effects.get(clue.pk, "")) for clue in clues)
    entry = {
        "file": name,
        "source": SOURCE,
        "table": TABLE,
        "delivered_at": naive_local(now.astimezone(SHANGHAI)).isoformat(timespec="seconds"),
    }
    # Last: a folder without it is no delivery yet.
    content = yaml.safe_dump({"deliveries": [entry]}, allow_unicode=True, sort_keys=False)
    (folder / "delivery.yaml").write_text(content, "utf-8")
    return len(clues)


def write_new_feedback(now: datetime) -> int:
    """Write what came about since the last time into the home's folder for it; return how many outcomes.

    The command that runs the jobs lands what lies there.
    """
    home = Path(settings.LOOKOUT_HOME) / FOLDER
    mark = home / MARK
    since = datetime.fromisoformat(json.loads(mark.read_text("utf-8"))["until"]) if mark.exists() else None
    count = write_feedback(home / f"{now.astimezone(SHANGHAI):%Y%m%dT%H%M%S}", since, now)
    write_whole(mark, {"until": now.isoformat()})
    return count


def waiting(home: Path) -> list[Path]:
    """Return the deliveries that were written and not landed yet, oldest first."""
    return sorted(file.parent for file in (home / FOLDER).glob("*/delivery.yaml"))


def _told_between(since: datetime | None, now: datetime) -> models.QuerySet[Clue]:
    closed = models.Q(closed_at__lt=now)
    checked = models.Q(computed_at__lt=now)
    if since is not None:
        closed &= models.Q(closed_at__gte=since)
        checked &= models.Q(computed_at__gte=since)
    of_this_closing = models.Q(closed_at=models.OuterRef("closed_at"), clue=models.OuterRef("pk"))
    computed = EffectCheck.objects.filter(of_this_closing & checked)
    return (
        Clue.objects.filter(state__in=CLOSED)
        .filter(closed | models.Exists(computed))
        .order_by("closed_at", "pk")
    )


def _row(clue: Clue, measures: Iterable[str], effect: str) -> tuple[str, ...]:
    opened, closed = timezone.localdate(clue.opened_at), timezone.localdate(clue.closed_at)
    return (
        clue.number,
        clue.company if is_uscc(clue.company) else "",
        clue.company_name,
        CODES.get(Outcome(clue.outcome), clue.outcome),
        # A ledger taken over from elsewhere was entered after its clues were closed.
        min(opened, closed).isoformat(),
        closed.isoformat(),
        ";".join(sorted(measures)),
        effect,
    )


def _measures(clues: list[Clue]) -> dict[int, set[str]]:
    """Return the groups of the measures that count, by clue: those refused or not yet approved do not."""
    counts = models.Q(needs_approval=False) | models.Q(approved_at__isnull=False)
    taken = Measure.objects.filter(counts, refused_at=None, order__clue__in=[clue.pk for clue in clues])
    found: dict[int, set[str]] = defaultdict(set)
    for clue, kind in taken.values_list("order__clue_id", "kind"):
        found[clue].add(measure_rules()[kind].group)
    return found


def _effects(clues: list[Clue], now: datetime) -> dict[int, str]:
    """Return the newest effect of each clue's last closing."""
    checks = EffectCheck.objects.filter(
        clue__in=[clue.pk for clue in clues],
        closed_at=models.F("clue__closed_at"),
        effect__isnull=False,
        computed_at__lt=now,
    ).order_by("days")
    return {check.clue_id: str(check.effect) for check in checks}
