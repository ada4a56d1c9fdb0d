"""A file is what its bytes say, and nothing in it can run or tell more than its owner meant to."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from lookout.kernel.errors import DataError
from lookout.proof import sha256_hex, sm3_hex
from lookout.web.accounts import sessions
from lookout.web.accounts.models import User
from lookout.web.attachments import access, vault
from lookout.web.attachments.models import Attachment
from lookout.web.attachments.services import store, tidy_name
from lookout.web.audit.models import AuditEntry

HOME = b"22deg32'12"


def _photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "家住天河区 " + HOME.decode()
    Image.new("RGB", size, "red").save(file, kind, exif=exif)
    return file.getvalue()


def _archive(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return file.getvalue()


CONTENT = {"[Content_Types].xml": b"<Types/>"}
BOOK = _archive(**CONTENT, xl__workbook=b"<workbook/>")
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF"


@pytest.fixture(autouse=True)
def _own_home(settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LOOKOUT_HOME = tmp_path  # type: ignore[attr-defined]  # pytest-django's fixture
    monkeypatch.setattr(access, "_owners", [])


def _store(content: bytes, name: str = "现场.jpg", by: User | None = None) -> Attachment:
    return store(SimpleUploadedFile(name, content), by=by, at=timezone.now())


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (_photo(), "现场.jpg"),
        (_photo("PNG"), "现场.png"),
        (_photo("WEBP"), "现场.webp"),
        (PDF, "合同.pdf"),
        (BOOK, "台账.xlsx"),
        ("投诉经过：三月起不能提现。".encode(), "经过.txt"),
        ("投诉经过：三月起不能提现。".encode("gb18030"), "经过.txt"),
    ],
)
def test_what_people_hand_in_is_kept_with_both_digests(db: None, content: bytes, name: str) -> None:
    kept = _store(content, name)

    served = vault.get(kept.stored)
    assert kept.name == name
    assert (kept.sha256, kept.sm3) == (sha256_hex(served), sm3_hex(served))


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "空.jpg", "空的"),
        (b"MZ\x90\0" + b"\0" * 80, "照片.jpg", "不能上传"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "图.jpg", "不能上传"),
        (b"\xef\xbb\xbf <html><script>alert(1)</script>", "说明.txt", "不能上传"),
        (b"#!/bin/sh\nrm -rf /", "说明.txt", "不能上传"),
        (_photo()[:200], "照片.jpg", "已损坏"),
        (
            _archive(**CONTENT, xl__workbook=b"x", xl__vbaProject_bin=b"x").replace(
                b"Project_bin", b"Project.bin"
            ),
            "台账.xlsx",
            "宏",
        ),
        (_archive(readme=b"x"), "资料.zip", "压缩包"),
        (_archive(**CONTENT, xl__workbook=b"\0" * (201 * 2**20)), "台账.xlsx", "异常巨大"),
    ],
    ids=["empty", "program", "drawing with script", "page", "script", "torn", "macro", "archive", "bomb"],
)
def test_what_could_do_harm_is_refused_in_plain_words(db: None, content: bytes, name: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        _store(content, name)
    assert Attachment.objects.count() == 0


def test_a_picture_too_large_to_draw_is_refused(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookout.web.attachments.kinds.MOST_PIXELS", 1000)

    with pytest.raises(DataError, match="太大"):
        _store(_photo())


def test_a_file_over_the_limit_is_refused(db: None) -> None:
    with pytest.raises(DataError, match="超过 0 MB"):
        store(SimpleUploadedFile("a.pdf", PDF), by=None, at=timezone.now(), most_bytes=10)


def test_the_place_hidden_in_a_photo_is_not_served_and_the_original_is_sealed(
    db: None, tmp_path: Path
) -> None:
    photo = _photo()
    kept = _store(photo)

    assert HOME in photo
    assert all(HOME not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert vault.get_sealed(kept.original, kept.original_sha256) == photo
    with pytest.raises(InvalidTag):
        vault.get_sealed(kept.original, "0" * 64)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\合同.exe", "合同.pdf"),
        ("账\u202efdp.exe", "账fdp.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("...", "附件.pdf"),
        ("长" * 300 + ".pdf", "长" * 100 + ".pdf"),
    ],
)
def test_a_name_carries_no_path_and_no_tricks(name: str, kept: str) -> None:
    assert tidy_name(name, "pdf") == kept


def test_only_who_may_see_the_thing_may_open_its_file(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    kept = _store(PDF, "合同.pdf")
    address = reverse("attachments:file", kwargs={"number": kept.pk})
    assert as_person("wu").get(address).status_code == 404

    access.register(lambda user, attachment: user.username == "wu")
    answer = as_person("wu").get(address)

    assert answer.content == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert as_person("zhao").get(address).status_code == 404


def test_the_original_needs_the_privileged_mode_and_is_recorded(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    photo = _photo()
    kept = _store(photo)
    access.register(lambda user, attachment: True)
    wu, address = as_person("wu"), reverse("attachments:original", kwargs={"number": kept.pk})
    assert wu.get(address).status_code == 302

    session = wu.session
    sessions.enter_privileged(session, timezone.now())
    session.save()

    assert wu.get(address).content == photo
    assert AuditEntry.objects.get(verb="open_original").actor == cast["wu"]


def test_a_hundred_megabytes_are_turned_away_before_they_are_read(client: Client, db: None) -> None:
    answer = client.post("/account/login/", CONTENT_LENGTH=str(100 * 2**20))

    assert answer.status_code == 413
    assert "一次最多 64 MB" in answer.content.decode()
