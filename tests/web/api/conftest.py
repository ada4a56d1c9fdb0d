"""A partner's key and a machine that calls with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lookout.web.api import feed
from lookout.web.intake.keys import digest_of
from lookout.web.intake.models import MachineKey
from lookout.web.intake.scopes import KeyScope

TEXT = "lki_test"


@pytest.fixture(autouse=True)
def _fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "_followed_live", {})


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.LOOKOUT_HOME = tmp_path
    return tmp_path


@pytest.fixture
def make_key(db: None, home: Path) -> Callable[..., MachineKey]:
    """Make a key that may do everything in Guangzhou, unless told otherwise."""

    def make(text: str = TEXT, **values: Any) -> MachineKey:
        given = {
            "name": "某银行风险系统", "purpose": "贷前风险核查", "scopes": [one.value for one in KeyScope], "region": "4401",
            "networks": ["127.0.0.0/8"], "hint": text[:8], "digest": digest_of(text), "most_bytes": 1 << 20,
            "per_minute": 10_000, "made_at": timezone.now(),
        }  # fmt: skip
        return MachineKey.objects.create(**{**given, **values})

    return make


@pytest.fixture
def call() -> Callable[..., Any]:
    """Call as a machine does: no cookie, CSRF checks on."""

    def calling(
        path: str, body: Any = None, *, text: str = TEXT, address: str = "127.0.0.1", **headers: str
    ) -> Any:
        client = Client(enforce_csrf_checks=True, REMOTE_ADDR=address, raise_request_exception=False)
        said = {"Authorization": f"Bearer {text}", **headers}
        if body is None:
            return client.get(f"/api/v1{path}", headers=said)
        kind = said.pop("Content-Type", "application/json")
        return client.post(f"/api/v1{path}", body, content_type=kind, headers=said)

    return calling
