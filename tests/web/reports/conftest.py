"""A home of its own for each test, with an authority made once, and a brief to work on.

LibreOffice is started by tests that say so only: signing elsewhere does without PDF.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from lookout.proof.authority import open_authority
from lookout.web.accounts.models import User
from lookout.web.reports import pdf, sealing, views
from lookout.web.reports.drafting import Order, make
from lookout.web.reports.models import Report

DAY = date(2026, 10, 31)


@pytest.fixture(scope="session")
def authority_made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority") / "authority"
    open_authority(folder, now=timezone.now())
    return folder


@pytest.fixture(autouse=True)
def home(settings: object, tmp_path: Path, authority_made_once: Path) -> Path:
    settings.LOOKOUT_HOME = tmp_path  # type: ignore[attr-defined]  # pytest-django's fixture
    (tmp_path / "proof").mkdir()
    shutil.copytree(authority_made_once, tmp_path / "proof" / "authority")
    return tmp_path


@pytest.fixture(autouse=True)
def _without_converter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "converter" not in request.keywords and request.node.get_closest_marker("slow") is None:
        for module in (pdf, sealing, views):
            monkeypatch.setattr(module, "available", lambda: False)


@pytest.fixture
def brief(cast: dict[str, User]) -> Callable[..., Report]:
    """Make a daily brief, as the city's officer unless somebody else is named."""

    def made(by: str = "lin", kind: str = "brief", subject: str = "") -> Report:
        order = Order(kind, "company" if subject else "none", subject, DAY, DAY)
        return make(cast[by], order, now=timezone.now())

    return made
