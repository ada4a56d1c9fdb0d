"""A home of its own for each test, with its own log, and things to seal."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from lookout.proof.authority import open_authority
from lookout.web.accounts.models import User
from lookout.web.attachments.models import Attachment
from lookout.web.attachments.services import store
from lookout.web.clues.models import Clue


@pytest.fixture(scope="session")
def authority_made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "authority"
    open_authority(folder, now=timezone.now())
    return folder


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path, authority_made_once: Path) -> Path:
    settings.LOOKOUT_HOME = tmp_path
    (tmp_path / "proof").mkdir()
    shutil.copytree(authority_made_once, tmp_path / "proof" / "authority")
    return tmp_path


def photo(text: str = "天河区体育西路") -> bytes:
    """Return a photo in which the camera has hidden a place."""
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = text
    Image.new("RGB", (40, 30), "red").save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.fixture
def keep(db: None) -> Callable[..., Attachment]:
    """Take a file in, as any page does."""

    def take_in(by: User, content: bytes = b"", name: str = "a.jpg") -> Attachment:
        return store(SimpleUploadedFile(name, content or photo()), by=by, at=timezone.now())

    return take_in


@pytest.fixture
def clue(cast: dict[str, User]) -> Clue:
    """A clue in Tianhe: seen by the province, Guangzhou and Tianhe."""
    now = timezone.now()
    return Clue.objects.create(
        number="440106202611220001",
        source="petition",
        company_name="某公司",
        region_business="440106",
        found_at=now,
        opened_at=now,
    )
