"""Take a bureau's ledger in: first looked at, then put into the ledger as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from lookout.kernel.errors import DataError
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import Agency, User
from lookout.web.attachments import services as attachments
from lookout.web.attachments import vault
from lookout.web.audit.services import record
from lookout.web.clues.importing.lines import Circumstances, Entry, understand
from lookout.web.clues.importing.table import Table, read_table
from lookout.web.clues.models import Clue, LedgerImport
from lookout.web.clues.services import Found, open_clue
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Source

Fate = Literal["open", "closed", "known", "refused"]
FATES: tuple[Fate, ...] = ("open", "closed", "known", "refused")
# After this long nothing is checked any more: the clue is over.
RE_MONITORED = timedelta(days=180)
EXCEL, TEXT = "xlsx", "txt"


@dataclass(frozen=True)
class Judged:
    """One line and what becomes of it."""

    entry: Entry
    fate: Fate


@dataclass(frozen=True)
class Plan:
    """What an import would make of a file."""

    table: Table
    lines: tuple[Judged, ...]

    def of(self, fate: Fate) -> list[Judged]:
        """Return the lines with a fate."""
        return [line for line in self.lines if line.fate == fate]

    @property
    def counts(self) -> dict[Fate, int]:
        """Return how many lines have each fate."""
        return {fate: len(self.of(fate)) for fate in FATES}


def receive(by: User, upload: UploadedFile[bytes], *, source: str, now: datetime) -> LedgerImport:
    """Keep an uploaded ledger to look at. Raises DataError when it is no ledger."""
    if by.agency is None:
        raise DataError("您的账号没有单位，不能导入台账；请管理员补上")
    with transaction.atomic():
        kept = attachments.store(upload, by=by, at=now)
        if not kept.name.endswith((f".{EXCEL}", f".{TEXT}")):
            raise DataError("台账应是 Excel（xlsx）或 CSV；请另存后再上传")
        made = LedgerImport.objects.create(attachment=kept, agency=by.agency, source=source, by=by, at=now)
        plan(by, made, now=now)
    return made


def plan(by: User, ledger: LedgerImport, *, now: datetime) -> Plan:
    """Return what would be made of a ledger; nothing is written."""
    content = vault.get(ledger.attachment.stored)
    table = read_table(content, is_excel=ledger.attachment.name.endswith(EXCEL))
    given = Circumstances(
        agency=ledger.agency.code, scope=scope_of(by), region=by.region, source=ledger.source, now=now
    )
    entries = understand(table, given)
    keys = [entry.key for entry in entries]
    numbers = [number for entry in entries for number in entry.numbers]
    known_keys = set(Clue.objects.filter(imported_key__in=keys).values_list("imported_key", flat=True))
    # An export that comes back: the number is the desk's own.
    known_numbers = set(Clue.objects.filter(number__in=numbers).values_list("number", flat=True))
    return Plan(table, tuple(Judged(entry, _fate(entry, known_keys, known_numbers)) for entry in entries))


def _fate(entry: Entry, keys: set[str], numbers: set[str]) -> Fate:
    if entry.key in keys or not numbers.isdisjoint(entry.numbers):
        return "known"
    if entry.problems:
        return "refused"
    return "closed" if entry.is_closed else "open"


def carry_out(
    by: User, ledger: LedgerImport, *, now: datetime, follow: Callable[[Clue, datetime], None]
) -> LedgerImport:
    """Put every good line of a ledger into ours, all or none; `follow` begins what follows a closed one."""
    with transaction.atomic():
        current = LedgerImport.objects.select_for_update().get(pk=ledger.pk)
        if current.done_at is not None:
            raise DataError("这份台账已经导入过了")
        planned = plan(by, current, now=now)
        owners = {agency.name: agency for agency in Agency.objects.all()}
        for line in planned.lines:
            if line.fate in ("open", "closed"):
                clue = _make(by, current, line.entry, owners, now)
                clue.agencies.add(current.agency)
                if clue.state == ClueState.MONITORING:
                    follow(clue, now)
        for fate, count in planned.counts.items():
            setattr(current, {"open": "opened"}.get(fate, fate), count)
        current.done_at = now
        current.save()
        record(
            by,
            "clue_import",
            current,
            after={str(fate): count for fate, count in planned.counts.items()},
            region=by.region,
        )
    return current


def _make(by: User, ledger: LedgerImport, entry: Entry, owners: dict[str, Agency], now: datetime) -> Clue:
    values = entry.values
    found_at = cast("datetime", values["found_at"])
    found = Found(
        source=Source(entry.text("source")),
        company_name=entry.text("company_name"),
        company=entry.text("company"),
        band=entry.text("band"),
        score=cast("Decimal | None", values["score"]),
        coverage=cast("float | None", values["coverage"]),
        hit_rules=cast("list[str]", values["hit_rules"]),
        hit_labels=cast("list[str]", values["hit_labels"]),
        disguise_type=int(entry.text("disguise_type")) if entry.text("disguise_type") else None,
        involved_regions=cast("list[str]", values["involved_regions"]),
        secrecy=entry.text("secrecy") or "internal",
        found_at=found_at,
        region_registered=entry.text("region_registered"),
        region_business=entry.text("region_business"),
        activity_class=entry.text("activity_class"),
        amount=cast("Decimal | None", values["amount"]),
        participants=cast("int | None", values["participants"]),
        summary=entry.text("summary"),
        advice=entry.text("advice"),
        imported_key=entry.key,
    )
    more: dict[str, Any] = {"own_number": entry.text("own_number"), "ledger_import": ledger}
    if entry.is_closed:
        closed_at = cast("datetime", values["closed_at"])
        more |= {
            "state": ClueState.MONITORING if now - closed_at < RE_MONITORED else ClueState.DONE,
            "outcome": entry.text("outcome"),
            "outcome_reason": entry.text("outcome_reason"),
            "closed_at": closed_at,
            "owner": owners.get(entry.text("owner")),
        }
    return open_clue(by, found, now=now, **more)
