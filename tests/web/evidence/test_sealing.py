"""What is sealed stands in the log, once, whatever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex, sm3_hex
from lookout.proof.stamps import check_stamp
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.audit.models import AuditEntry
from lookout.web.clues.models import Clue
from lookout.web.evidence import heads, jobs, ledger, proofs, services
from lookout.web.evidence.models import Deposit, Kind
from lookout.web.evidence.terminal import sealer_of
from tests.web.evidence.conftest import photo


def _seal(by: User | None, content: bytes = b"x", **more: object) -> Deposit:
    said: dict[str, Any] = {
        "kind": Kind.FILE,
        "name": "a",
        "size": len(content),
        "now": timezone.now(),
    } | more
    return services.seal(by=by, sha256=sha256_hex(content), sm3=sm3_hex(content), **said)


def test_a_sealed_thing_is_in_the_log_and_stamped_as_soon_as_it_is_committed(
    cast: dict[str, User], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        deposit = _seal(cast["wu"])
    deposit.refresh_from_db()

    entry = proofs.log().entry(deposit.log_index or 0)

    assert (entry.kind, entry.number, entry.sha256, entry.by) == (
        "deposit",
        deposit.number,
        deposit.sha256,
        "wu",
    )
    assert entry.at == deposit.sealed_at
    found = check_stamp(
        bytes(deposit.token or b""), bytes.fromhex(deposit.sha256), roots=proofs.stamper().roots
    )
    assert found.ok
    assert found.is_test


def test_the_same_thing_sealed_twice_is_one_deposit(cast: dict[str, User]) -> None:
    about = ("clue", "440106202611220001")

    first, second = _seal(cast["wu"], about=about), _seal(cast["lin"], about=about)

    assert first == second
    assert AuditEntry.objects.filter(verb="evidence_seal").count() == 1


def test_the_same_thing_of_two_people_or_two_records_is_two_deposits(cast: dict[str, User]) -> None:
    made = {_seal(cast["wu"]).pk, _seal(cast["lin"]).pk, _seal(cast["wu"], about=("clue", "1")).pk}

    assert len(made) == 3


def test_what_died_between_commit_and_log_is_entered_by_the_job_once(cast: dict[str, User]) -> None:
    deposit = _seal(cast["wu"])  # committed, and then the process dies: nothing after it is run
    assert deposit.log_index is None

    jobs.enter_waiting(timezone.now())
    Deposit.objects.update(log_index=None)  # and it dies again after the log has it, before the row is noted
    jobs.enter_waiting(timezone.now())

    deposit.refresh_from_db()
    assert proofs.log().find("deposit", deposit.number) == [deposit.log_index]
    assert deposit.token is not None


def test_what_was_rolled_back_is_in_no_log(
    cast: dict[str, User], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        _seal(cast["wu"])
        transaction.set_rollback(True)

    jobs.enter_waiting(timezone.now())

    assert not Deposit.objects.exists()
    assert all(entry.kind != "deposit" for entry in proofs.log().entries())


def test_a_log_that_cannot_be_written_keeps_nobody_from_sealing(
    cast: dict[str, User], home: Path, django_capture_on_commit_callbacks: Any
) -> None:
    (home / "proof" / "log").write_text("in the way")

    with django_capture_on_commit_callbacks(execute=True):
        deposit = _seal(cast["wu"])
    (home / "proof" / "log").unlink()
    jobs.enter_waiting(timezone.now())

    deposit.refresh_from_db()
    assert deposit.log_index is not None


def test_the_record_of_changes_enters_the_log_without_names(cast: dict[str, User]) -> None:
    _seal(cast["wu"])

    jobs.enter_waiting(timezone.now())
    again = ledger.enter_audit()

    entries = [entry for entry in proofs.log().entries() if entry.kind == "audit"]
    assert [entry.number for entry in entries] == [
        str(one.number) for one in AuditEntry.objects.order_by("number")
    ]
    assert entries[-1].by == "wu"
    assert again == 0


def test_of_a_photo_the_original_is_sealed(keep: Callable[..., Attachment], cast: dict[str, User]) -> None:
    content = photo()

    deposit = services.seal_attachment(keep(cast["wu"], content), by=cast["wu"], now=timezone.now())

    assert deposit.sha256 == sha256_hex(content)
    assert deposit.kind == Kind.PHOTO
    assert deposit.files.get().is_sealed


@pytest.mark.parametrize(("sha256", "sm3"), [("ab", "0" * 64), ("0" * 64, "z" * 64), ("", "")])
def test_what_is_no_digest_is_refused(cast: dict[str, User], sha256: str, sm3: str) -> None:
    with pytest.raises(DataError, match="64 位"):
        services.seal(
            by=cast["wu"], kind=Kind.DIGEST, name="a", sha256=sha256, sm3=sm3, size=1, now=timezone.now()
        )


def test_a_head_is_signed_once_a_day_and_noted_with_what_it_covers(cast: dict[str, User]) -> None:
    deposit = _seal(cast["wu"])
    jobs.enter_waiting(timezone.now())

    first, second = jobs.publish_head(timezone.now()), jobs.publish_head(timezone.now())

    deposit.refresh_from_db()
    newest = heads.newest_head()
    assert (first, second) == (1, 0)  # nothing was entered in between
    assert newest is not None
    assert deposit.head == newest.head.size
    assert newest.token


class TestOneClick:
    def _click(self, client: Client, file: Attachment, clue: Clue) -> Any:
        data = {"about": "clue", "number": clue.number, "next": "/clues/x/"}
        return client.post(reverse("evidence:seal", args=[file.pk]), data)

    def test_a_file_is_sealed_and_the_person_stays_where_they_are(
        self,
        as_person: Callable[[str], Client],
        cast: dict[str, User],
        keep: Callable[..., Attachment],
        clue: Clue,
    ) -> None:
        file = keep(cast["wu"])
        clue.evidence.create(title="照片", attachment=file, added_at=timezone.now())

        answer = self._click(as_person("wu"), file, clue)
        again = self._click(as_person("lin"), file, clue)

        assert answer.status_code == again.status_code == 302
        assert answer.headers["Location"] == "/clues/x/"
        assert Deposit.objects.get().about_number == clue.number

    def test_nobody_seals_what_they_do_not_see(
        self,
        as_person: Callable[[str], Client],
        cast: dict[str, User],
        keep: Callable[..., Attachment],
        clue: Clue,
    ) -> None:
        file = keep(cast["wu"])
        clue.evidence.create(title="照片", attachment=file, added_at=timezone.now())

        assert self._click(as_person("zhao"), file, clue).status_code == 404
        assert self._click(as_person("auditor"), file, clue).status_code == 403
        assert not Deposit.objects.exists()

    def test_nobody_is_sent_to_another_site(
        self,
        as_person: Callable[[str], Client],
        cast: dict[str, User],
        keep: Callable[..., Attachment],
        clue: Clue,
    ) -> None:
        file = keep(cast["wu"])
        clue.evidence.create(title="照片", attachment=file, added_at=timezone.now())
        data = {"about": "clue", "number": clue.number, "next": "https://evil.example/"}

        answer = as_person("wu").post(reverse("evidence:seal", args=[file.pk]), data)

        assert answer.headers["Location"] == Deposit.objects.get().get_absolute_url()


def test_nobodys_page_waits_for_an_outside_time_stamp(
    cast: dict[str, User], monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    class Outside:
        is_test = False
        roots = proofs.stamper().roots

        def stamp(self, sha256: bytes) -> bytes:
            raise AssertionError("asked while somebody waits")

    later: list[Any] = []

    class Aside:
        def __init__(self, target: Any, args: Any, daemon: bool) -> None:
            later.append(args)

        def start(self) -> None:
            pass

    monkeypatch.setattr(proofs, "stamper", Outside)
    monkeypatch.setattr("lookout.web.evidence.ledger.threading.Thread", Aside)

    with django_capture_on_commit_callbacks(execute=True):
        deposit = _seal(cast["wu"])

    deposit.refresh_from_db()
    assert deposit.log_index is not None
    assert [one.pk for (one,) in later] == [deposit.pk]


class TestFromTheTerminal:
    def test_a_person_seals_what_they_may_see(self, cast: dict[str, User], clue: Clue) -> None:
        assert sealer_of("wu", clue.number) == cast["wu"]
        assert sealer_of("", "") is None

    @pytest.mark.parametrize("name", ["nobody", "auditor", "zhao", ""])
    def test_others_are_refused_in_plain_words(self, name: str, cast: dict[str, User], clue: Clue) -> None:
        with pytest.raises(DataError):
            sealer_of(name, clue.number)
