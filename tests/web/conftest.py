"""The cast, and a small invented province behind every page.

Fixture strategy: pages are tested on the in-memory reader of `fake_reader`; nothing here opens a store.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from lookout.web import published
from lookout.web.accounts.demo_people import create_demo_people
from lookout.web.accounts.models import User
from tests.web.fake_reader import EmptyReader, FakeReader, UnpublishedReader

READERS: dict[str, type[FakeReader]] = {
    "full": FakeReader,
    "empty": EmptyReader,
    "nothing published": UnpublishedReader,
}


@pytest.fixture(autouse=True)
def _invented_province(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = getattr(request, "param", "full")
    reader = READERS[kind]()
    monkeypatch.setattr(published, "reader", lambda: reader)


@pytest.fixture
def use_reader(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    def use(kind: str) -> Any:
        reader = READERS[kind]()
        monkeypatch.setattr(published, "reader", lambda: reader)
        return reader

    return use


@pytest.fixture
def cast(db: None) -> dict[str, User]:
    create_demo_people()
    return {user.username: user for user in User.objects.all()}


@pytest.fixture
def as_person(cast: dict[str, User]) -> Callable[[str], Client]:
    """Return a browser in which one of the cast is signed in; '' is a stranger."""

    def sign_in(name: str) -> Client:
        client = Client()
        if name:
            client.force_login(cast[name], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
