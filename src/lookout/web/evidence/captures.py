"""Ask for a page, capture it, seal what was seen; what a dying process left behind is done by the job."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from lookout.kernel.errors import DataError, LookoutError
from lookout.proof import sha256_hex, sm3_hex
from lookout.web.attachments import vault
from lookout.web.audit.services import record
from lookout.web.evidence.capture.addresses import Guard, checked_url, read_networks
from lookout.web.evidence.capture.browser import look_at
from lookout.web.evidence.capture.limits import Limits
from lookout.web.evidence.capture.record import Piece, pieces_of
from lookout.web.evidence.capture.surroundings import certificate_verdict, clock_state
from lookout.web.evidence.models import Capture, Deposit, Kind
from lookout.web.evidence.services import KeptFile, seal
from lookout.web.evidence.states import ALLOWED_NEXT, CaptureState

if TYPE_CHECKING:
    from lookout.web.accounts.models import User

logger = logging.getLogger(__name__)
# Longer than any capture may take: whoever ran it is dead.
ABANDONED_AFTER = timedelta(minutes=5)
# One browser takes some hundred megabytes.
_at_once = threading.BoundedSemaphore(2)
MOST_WAITING = 10


def guard() -> Guard:
    """Return which addresses captures may reach here."""
    return Guard(read_networks(settings.CAPTURE_NETWORKS))


def ask(
    url: str, *, by: User, now: datetime, about: tuple[str, str] | None = None, note: str = ""
) -> Capture:
    """Ask for a page; it is captured as soon as the request is over. Raises DataError for what cannot be a page."""
    address = checked_url(url)
    waiting = Capture.objects.filter(state__in=(CaptureState.WAITING, CaptureState.RUNNING), asked_by=by)
    if waiting.count() >= MOST_WAITING:
        raise DataError(f"已有 {MOST_WAITING} 个网页在等待取证；请等它们完成后再提交")
    about_kind, about_number = about or ("", "")
    with transaction.atomic():
        capture = Capture.objects.create(
            url=address,
            about_kind=about_kind,
            about_number=about_number,
            note=note[:500],
            asked_by=by,
            asked_at=now,
        )
        record(by, "capture_ask", capture, after={"url": address}, region=by.region)
    return capture


def start(capture: Capture) -> None:
    """Capture a page beside the request, once what asked for it is committed."""
    transaction.on_commit(partial(_in_thread, capture.pk))


def _in_thread(pk: int) -> None:
    def work() -> None:
        try:
            with _at_once:
                run(pk, clock=timezone.now)
        finally:
            connection.close()

    threading.Thread(target=work, name=f"capture-{pk}", daemon=True).start()


def run_waiting(now: datetime, clock: Callable[[], datetime] = timezone.now) -> int:
    """Capture what was left behind; return how many pages were sealed."""
    left = Capture.objects.filter(state=CaptureState.RUNNING, started_at__lt=now - ABANDONED_AFTER)
    left.update(state=CaptureState.WAITING)
    old = Capture.objects.filter(state=CaptureState.WAITING, asked_at__lt=now - ABANDONED_AFTER)
    return sum(run(pk, clock=clock) is not None for pk in list(old.values_list("pk", flat=True)))


def run(pk: int, *, clock: Callable[[], datetime], limits: Limits | None = None) -> Deposit | None:
    """Capture one page and seal it at once; None when somebody else does it or it could not be had."""
    mine = Capture.objects.filter(pk=pk, state=CaptureState.WAITING)
    if not mine.update(state=CaptureState.RUNNING, started_at=clock()):
        return None
    capture = Capture.objects.select_related("asked_by").get(pk=pk)
    try:
        pieces = take(
            capture.url,
            asked_by=capture.asked_by.username if capture.asked_by is not None else "system",
            clock=clock,
            limits=limits,
        )
        title = f"{pieces_title(pieces)} {capture.url}".strip()
        about = (capture.about_kind, capture.about_number) if capture.about_kind else None
        with transaction.atomic():
            deposit = seal_pieces(
                pieces, by=capture.asked_by, name=title, about=about, note=capture.note, now=clock()
            )
            _end(capture, CaptureState.SEALED, deposit=deposit)
    except LookoutError as problem:
        _fail(capture, str(problem))
        return None
    except Exception as problem:
        logger.exception("capture %s failed", pk)
        _fail(capture, f"取证时程序出错（{type(problem).__name__}）；请再试一次，仍不行时告诉系统管理员")
        return None
    return deposit


def take(
    url: str, *, asked_by: str, clock: Callable[[], datetime], limits: Limits | None = None
) -> list[Piece]:
    """Open a page and return the files that keep it. Raises DataError or TransientError in plain words."""
    started, allowed = clock(), guard()
    seen = look_at(url, guard=allowed, limits=limits or Limits(), clock=clock)
    verdict = certificate_verdict(seen.final_url, allowed)
    return pieces_of(seen, started_at=started, asked_by=asked_by, clock_state=clock_state(), verdict=verdict)


def pieces_title(pieces: list[Piece]) -> str:
    """Return the title a page gave itself, from the list of its files."""
    return str(json.loads(pieces[0].content)["title"])[:100]


def problems_of(pieces: list[Piece]) -> list[str]:
    """Return what a capture had to leave out, in words, from the list of its files."""
    return [str(problem) for problem in json.loads(pieces[0].content)["problems"]]


def seal_pieces(
    pieces: list[Piece],
    *,
    by: User | None,
    name: str,
    now: datetime,
    about: tuple[str, str] | None = None,
    note: str = "",
) -> Deposit:
    """Keep the files of a capture and seal their list."""
    kept = [_kept(piece) for piece in pieces]
    return seal(
        by=by,
        kind=Kind.PAGE,
        name=name,
        sha256=kept[0].sha256,
        sm3=kept[0].sm3,
        size=sum(file.size for file in kept),
        media_type="application/warc",
        about=about,
        note=note,
        files=kept,
        now=now,
    )


def _kept(piece: Piece) -> KeptFile:
    digest = sha256_hex(piece.content)
    return KeptFile(
        name=piece.name,
        media_type=piece.media_type,
        size=len(piece.content),
        sha256=digest,
        sm3=sm3_hex(piece.content),
        stored=vault.put(piece.content, digest),
        note=piece.note,
    )


def _fail(capture: Capture, problem: str) -> None:
    with transaction.atomic():
        _end(capture, CaptureState.FAILED, problem=problem[:500])
        record(capture.asked_by, "capture_fail", capture, reason=problem[:500])


def _end(capture: Capture, state: CaptureState, deposit: Deposit | None = None, problem: str = "") -> None:
    if state not in ALLOWED_NEXT[CaptureState.RUNNING]:
        raise ValueError(state)
    capture.state, capture.deposit, capture.problem = state, deposit, problem
    capture.save(update_fields=["state", "deposit", "problem"])
