"""Files go five years after the work ended; digests and the log never."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from lookout.web.accounts.models import User
from lookout.web.attachments import vault
from lookout.web.attachments.models import Attachment
from lookout.web.clues.models import Clue
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import Outcome
from lookout.web.evidence import jobs, proofs, retention, services, subjects
from lookout.web.evidence.models import Deposit

LATER = timedelta(days=5 * 366)


def _of_clue(by: User, keep: Callable[..., Attachment], clue: Clue, content: bytes = b"text") -> Deposit:
    deposit = services.seal_attachment(
        keep(by, content, "a.txt"), by=by, now=timezone.now(), about=("clue", clue.number)
    )
    jobs.enter_waiting(timezone.now())
    return deposit


def _close(clue: Clue, at: datetime) -> None:
    clue.state, clue.outcome, clue.closed_at = ClueState.MONITORING, Outcome.EXCLUDED, at
    clue.save()


def test_while_a_clue_is_open_its_files_stay(
    cast: dict[str, User], keep: Callable[..., Attachment], clue: Clue
) -> None:
    _of_clue(cast["wu"], keep, clue)

    assert retention.dispose_due(timezone.now() + 20 * timedelta(days=366)) == 0


def test_five_years_after_closing_the_file_goes_and_the_digest_stays(
    cast: dict[str, User],
    keep: Callable[..., Attachment],
    clue: Clue,
    django_capture_on_commit_callbacks: Any,
) -> None:
    deposit, now = _of_clue(cast["wu"], keep, clue), timezone.now()
    path = vault.folder() / deposit.files.get().stored
    _close(clue, now)

    early = retention.dispose_due(now + timedelta(days=4 * 366))
    with django_capture_on_commit_callbacks(execute=True):
        late = retention.dispose_due(now + LATER)

    deposit.refresh_from_db()
    assert (early, late) == (0, 1)
    assert not path.exists()
    assert not Attachment.objects.exists()
    assert deposit.disposed_at is not None
    assert proofs.log().find("deposit", deposit.number)


def test_a_clue_taken_up_again_keeps_its_files(
    cast: dict[str, User], keep: Callable[..., Attachment], clue: Clue
) -> None:
    deposit, now = _of_clue(cast["wu"], keep, clue), timezone.now()
    _close(clue, now)
    retention.follow(now)
    deposit.refresh_from_db()
    first = deposit.retained_until

    clue.state = ClueState.REOPENED
    clue.save()

    assert retention.dispose_due(now + LATER) == 0
    deposit.refresh_from_db()
    assert first is not None
    assert deposit.retained_until is None


def test_what_others_still_use_is_not_taken_from_them(
    cast: dict[str, User],
    keep: Callable[..., Attachment],
    clue: Clue,
    django_capture_on_commit_callbacks: Any,
) -> None:
    deposit, now = _of_clue(cast["wu"], keep, clue), timezone.now()
    stored = deposit.files.get().stored
    clue.evidence.create(title="原件", attachment=deposit.attachment, added_at=now)
    _close(clue, now)

    with django_capture_on_commit_callbacks(execute=True):
        retention.dispose_due(now + LATER)

    assert (vault.folder() / stored).exists()
    assert Attachment.objects.count() == 1


def test_a_case_that_goes_on_keeps_the_files_of_its_clue(
    cast: dict[str, User], keep: Callable[..., Attachment], clue: Clue
) -> None:
    _of_clue(cast["wu"], keep, clue)
    now = timezone.now()
    _close(clue, now)

    def hold(number: str) -> datetime | None:
        return subjects.GOES_ON if number == clue.number else None

    subjects.register_hold("clue", hold)
    try:
        assert retention.dispose_due(now + LATER) == 0
    finally:
        subjects._holds["clue"].remove(hold)


def test_a_leap_day_five_years_later_is_the_first_of_march() -> None:
    leap = datetime(2028, 2, 29, 8, tzinfo=UTC)

    assert retention.years_after(leap, 5).date() == date(2033, 3, 1)


def test_two_deposits_of_equal_files_share_the_bytes_until_the_last_goes(
    cast: dict[str, User],
    keep: Callable[..., Attachment],
    clue: Clue,
    home: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    now = timezone.now()
    first = _of_clue(cast["wu"], keep, clue)
    second = services.seal_attachment(keep(cast["lin"], b"text", "b.txt"), by=cast["lin"], now=now)
    path = vault.folder() / first.files.get().stored

    with django_capture_on_commit_callbacks(execute=True):
        retention.dispose(first, now)
    shared = path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        retention.dispose(second, now)

    assert shared
    assert not path.exists()
