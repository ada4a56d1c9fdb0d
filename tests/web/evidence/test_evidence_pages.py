"""Who opens which page of deposits, and what stands on it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.proof import sha256_hex, sm3_hex
from lookout.web.accounts import sessions
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.audit.models import AuditEntry
from lookout.web.clues.models import Clue
from lookout.web.evidence import heads, jobs, proofs, services
from lookout.web.evidence.models import Deposit, Kind
from tests.web.evidence.conftest import photo

# Columns: province, city 4401, district 440106, district 440305, auditor, stranger.
CAST = ("chen", "lin", "wu", "zhao", "auditor", "")
SEALERS = (200, 200, 200, 200, 403, 302)
WATCHERS = (200, 200, 200, 200, 200, 302)
NONE = (404, 404, 404, 404, 404, 302)
NOBODY = (404,) * 6
NUMBER = {"number": "E20261122-34679ACD"}
EVIDENCE: list[tuple[str, tuple[int, ...], dict[str, object], str]] = [
    ("evidence:list", WATCHERS, {}, "get"),
    ("evidence:new", SEALERS, {}, "get"),
    ("evidence:digest", SEALERS, {}, "get"),
    ("evidence:seal", (404, 404, 404, 404, 403, 302), {"attachment": 999_999}, "post"),
    ("evidence:pages", SEALERS, {}, "get"),
    ("evidence:page_state", (404, 404, 404, 404, 403, 302), {"pk": 999_999}, "get"),
    ("evidence:log", WATCHERS, {}, "get"),
    ("evidence:head", NONE, {"number": 9}, "get"),
    ("evidence:inclusion", NONE, {"index": 9}, "get"),
    ("evidence:consistency", NONE, {"number": 9}, "get"),
    ("evidence:package_of", NONE, {"kind": "clue", "number": "440106202611229999"}, "get"),
    ("evidence:page", NONE, NUMBER, "get"),
    ("evidence:certificate", NONE, NUMBER, "get"),
    ("evidence:package", NONE, NUMBER, "get"),
    ("evidence:file", NONE, {**NUMBER, "pk": 1}, "get"),
    ("verify:ask", (200,) * 6, {}, "get"),
    ("verify:page", NOBODY, NUMBER, "get"),
]


@pytest.fixture(autouse=True)
def _nobody_has_asked() -> None:
    cache.clear()


@pytest.mark.parametrize(
    ("name", "expected", "arguments", "method"), EVIDENCE, ids=[row[0] for row in EVIDENCE]
)
def test_each_person_gets_what_the_table_says(
    name: str,
    expected: tuple[int, ...],
    arguments: dict[str, object],
    method: str,
    as_person: Callable[[str], Client],
) -> None:
    address = reverse(name, kwargs=arguments)

    assert tuple(getattr(as_person(person), method)(address).status_code for person in CAST) == expected


def _sealed(
    by: User, content: bytes = b"hello", about: tuple[str, str] | None = None, name: str = "a.txt"
) -> Deposit:
    deposit = services.seal(
        by=by,
        kind=Kind.DIGEST,
        name=name,
        sha256=sha256_hex(content),
        sm3=sm3_hex(content),
        size=len(content),
        about=about,
        now=timezone.now(),
    )
    jobs.enter_waiting(timezone.now())
    deposit.refresh_from_db()
    return deposit


class TestWhoSeesADeposit:
    @pytest.mark.parametrize(("person", "status"), [("chen", 200), ("lin", 200), ("wu", 200), ("zhao", 404)])
    def test_of_a_clue_those_who_see_the_clue(
        self, person: str, status: int, as_person: Callable[[str], Client], cast: dict[str, User], clue: Clue
    ) -> None:
        deposit = _sealed(cast["wu"], about=("clue", clue.number))

        for page in ("evidence:page", "evidence:certificate"):
            assert as_person(person).get(reverse(page, args=[deposit.number])).status_code == status

    @pytest.mark.parametrize(
        ("person", "status"), [("chen", 200), ("lin", 200), ("zhao", 404), ("auditor", 404)]
    )
    def test_of_nothing_the_offices_above_the_sealer(
        self, person: str, status: int, as_person: Callable[[str], Client], cast: dict[str, User]
    ) -> None:
        deposit = _sealed(cast["wu"])

        assert as_person(person).get(deposit.get_absolute_url()).status_code == status

    def test_who_sealed_it_and_no_longer_sees_the_clue_does_not(
        self, as_person: Callable[[str], Client], cast: dict[str, User], clue: Clue
    ) -> None:
        deposit = _sealed(cast["zhao"], about=("clue", clue.number))

        assert as_person("zhao").get(deposit.get_absolute_url()).status_code == 404


def test_a_certificate_leads_to_the_public_page(
    as_person: Callable[[str], Client], cast: dict[str, User]
) -> None:
    deposit = _sealed(cast["wu"])
    heads.publish()

    page = as_person("wu").get(reverse("evidence:certificate", args=[deposit.number])).content.decode()

    newest = heads.newest_head()
    assert newest is not None
    assert f"/verify/{deposit.number}/" in page
    assert "<svg" in page
    for said in (deposit.sha256, deposit.sm3, newest.head.root.hex(), "不具法律效力"):
        assert said in page


def test_the_public_page_tells_digests_and_times_and_nothing_else(cast: dict[str, User], clue: Clue) -> None:
    deposit = _sealed(cast["wu"], about=("clue", clue.number), name="某公司的合同.txt")

    page = Client().get(f"/verify/{deposit.number.lower()}/").content.decode()

    assert deposit.sha256 in page
    assert deposit.sm3 in page
    for secret in ("某公司", clue.number, "吴健", "wu<", "线索"):
        assert secret not in page


def test_the_public_page_is_not_for_trying_numbers(cast: dict[str, User]) -> None:
    client = Client()

    answers = [client.get("/verify/E20261122-XXXXXXXX/").status_code for _turn in range(61)]

    assert answers[:60] == [404] * 60
    assert answers[60] == 429


def _package(client: Client, address: str, tmp_path: Path) -> Path:
    session = client.session
    sessions.enter_privileged(session, timezone.now())
    session.save()
    answer = client.get(address)
    assert answer.status_code == 200, answer.headers
    target = tmp_path / "package.zip"
    target.write_bytes(b"".join(answer.streaming_content))
    return target


def _verify(package: Path, tmp_path: Path, *options: str) -> dict[str, object]:
    """Run the verifier out of the package, as an expert does: no site packages, nothing of ours on its path."""
    with zipfile.ZipFile(package) as archive:
        (tmp_path / "verify.py").write_bytes(archive.read("verify.py"))
    command = [sys.executable, "-I", str(tmp_path / "verify.py"), "--json", *options, str(package)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ran.returncode in (0, 1, 3), ran.stderr
    return {"code": ran.returncode, **json.loads(ran.stdout)}


def _published() -> str:
    newest = heads.newest_head()
    assert newest is not None
    return f"{newest.head.size}:{newest.head.root.hex()}"


class TestPackage:
    def test_an_expert_checks_a_photo_without_us(
        self,
        as_person: Callable[[str], Client],
        cast: dict[str, User],
        keep: Callable[..., Attachment],
        tmp_path: Path,
    ) -> None:
        content = photo()
        deposit = services.seal_attachment(keep(cast["wu"], content), by=cast["wu"], now=timezone.now())
        package = _package(as_person("wu"), reverse("evidence:package", args=[deposit.number]), tmp_path)

        with zipfile.ZipFile(package) as archive:
            assert archive.read(f"items/{deposit.number}/a.jpg") == content
            names = archive.namelist()
        found = _verify(package, tmp_path, "--published", _published())

        assert f"papers/certificate-{deposit.number}.html" in names
        assert found["code"] == 3  # nothing is wrong; only the root has to be believed
        assert AuditEntry.objects.filter(verb="evidence_package").count() == 1

    def test_a_changed_byte_is_found(
        self,
        as_person: Callable[[str], Client],
        cast: dict[str, User],
        keep: Callable[..., Attachment],
        tmp_path: Path,
    ) -> None:
        deposit = services.seal_attachment(
            keep(cast["wu"], "保本保息".encode(), "a.txt"), by=cast["wu"], now=timezone.now()
        )
        package = _package(as_person("wu"), reverse("evidence:package", args=[deposit.number]), tmp_path)
        content = package.read_bytes()
        package.write_bytes(content.replace("保本保息".encode(), "保本保恩".encode()))

        assert _verify(package, tmp_path)["code"] == 1

    def test_an_original_with_a_hidden_place_asks_for_a_reason_first(
        self, as_person: Callable[[str], Client], cast: dict[str, User], keep: Callable[..., Attachment]
    ) -> None:
        deposit = services.seal_attachment(keep(cast["wu"]), by=cast["wu"], now=timezone.now())
        file = deposit.files.get()

        for address in (
            reverse("evidence:package", args=[deposit.number]),
            reverse("evidence:file", args=[deposit.number, file.pk]),
        ):
            answer = as_person("wu").get(address)
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith(reverse("accounts:privilege"))

    def test_a_whole_clue_goes_into_one(
        self,
        as_person: Callable[[str], Client],
        cast: dict[str, User],
        keep: Callable[..., Attachment],
        clue: Clue,
        tmp_path: Path,
    ) -> None:
        about = ("clue", clue.number)
        for content in (b"one", b"two"):
            services.seal_attachment(
                keep(cast["wu"], content, "a.txt"), by=cast["wu"], now=timezone.now(), about=about
            )
        _sealed(cast["wu"], b"three", about=about)

        package = _package(as_person("lin"), reverse("evidence:package_of", args=about), tmp_path)

        assert _verify(package, tmp_path)["code"] == 3
        with zipfile.ZipFile(package) as archive:
            assert len([name for name in archive.namelist() if name.startswith("items/")]) == 2
        assert as_person("zhao").get(reverse("evidence:package_of", args=about)).status_code == 404


class TestLogPage:
    def test_it_says_that_the_log_is_whole_and_gives_the_proofs(
        self, as_person: Callable[[str], Client], cast: dict[str, User]
    ) -> None:
        first = _sealed(cast["wu"])
        heads.publish()
        _sealed(cast["wu"], b"more")
        heads.publish()
        client = as_person("auditor")

        page = client.get(reverse("evidence:log"), {"q": first.number}).content.decode()
        inclusion = client.get(reverse("evidence:inclusion", args=[first.log_index])).json()
        consistency = client.get(reverse("evidence:consistency", args=[1])).json()
        head = client.get(reverse("evidence:head", args=[2]))

        assert "日志完好" in page
        assert first.sha256 in page
        assert first.name not in page  # the auditor sees no content
        assert inclusion["leaf"].encode() == proofs.log().leaf(first.log_index or 0)
        assert consistency["old_size"] < consistency["new_size"]
        assert json.loads(head.content)["token"]

    def test_a_log_that_was_cut_off_is_shouted_about(
        self, as_person: Callable[[str], Client], cast: dict[str, User], home: Path
    ) -> None:
        _sealed(cast["wu"])
        heads.publish()
        for file in (home / "proof" / "log").iterdir():
            file.unlink()

        page = as_person("auditor").get(reverse("evidence:log")).content.decode()

        assert 'role="alert"' in page


def test_the_list_finds_by_digest_and_filters_by_record(
    as_person: Callable[[str], Client], cast: dict[str, User], clue: Clue
) -> None:
    mine = _sealed(cast["wu"], about=("clue", clue.number))
    other = _sealed(cast["lin"], b"other")
    client = as_person("lin")

    by_digest = client.get(reverse("evidence:list"), {"q": mine.sha256[:20]}).content.decode()
    by_record = client.get(
        reverse("evidence:list"), {"about": "clue", "number": clue.number}
    ).content.decode()
    own = client.get(reverse("evidence:list"), {"mine": "1"}).content.decode()

    assert mine.number in by_digest
    assert other.number not in by_digest
    assert mine.number in by_record
    assert other.number not in by_record
    assert other.number in own
    assert mine.number not in own


def test_an_upload_is_sealed_and_what_is_none_is_refused_in_plain_words(
    as_person: Callable[[str], Client],
    cast: dict[str, User],
    django_capture_on_commit_callbacks: Any,
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = as_person("wu")
    page = client.post(reverse("evidence:new"), {"file": SimpleUploadedFile("a.txt", b"<script>")})
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(reverse("evidence:new"), {"file": SimpleUploadedFile("a.txt", "收据".encode())})

    assert page.status_code == 422
    assert "这种文件不能上传" in page.content.decode()
    assert done.status_code == 302
    deposit = Deposit.objects.get()
    assert deposit.log_index == 0
    assert (
        client.get(reverse("evidence:file", args=[deposit.number, deposit.files.get().pk])).content
        == "收据".encode()
    )
