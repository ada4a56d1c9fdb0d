"""People are told once, in the app and by mail as they chose, and a broken mail server loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts.models import User
from lookout.web.notices import services
from lookout.web.notices.models import Notice

NOW = timezone.now()
LINK = "/companies/"


@pytest.fixture
def with_mail(settings: Any, cast: dict[str, User]) -> dict[str, User]:
    settings.MAIL_IS_SET_UP = True
    for user in cast.values():
        user.email = f"{user.username}@example.gov.cn"
        user.save()
    return cast


def _tell(*people: User, text: str = "一条线索还差 2 天") -> int:
    return services.notify(people, "deadline", text, LINK, now=NOW)


def test_a_person_is_told_the_same_thing_once_until_they_have_read_it(cast: dict[str, User]) -> None:
    wu = cast["wu"]

    assert _tell(wu, wu) == 1
    assert _tell(wu) == 0
    services.mark_read(wu, now=NOW)
    assert _tell(wu) == 1
    assert services.unread_count(wu) == 1


def test_whoever_left_is_not_told(cast: dict[str, User]) -> None:
    cast["wu"].is_active = False

    assert _tell(cast["wu"], cast["lin"]) == 1


def test_opening_a_notice_reads_it_and_leads_on(
    cast: dict[str, User], as_person: Callable[[str], Client]
) -> None:
    _tell(cast["wu"])
    wu, number = as_person("wu"), Notice.objects.get().pk
    assert "1 条未读" in wu.get(reverse("notices:list")).content.decode()

    assert as_person("lin").get(reverse("notices:open", kwargs={"number": number})).status_code == 404
    assert wu.get(reverse("notices:open", kwargs={"number": number})).headers["Location"] == LINK
    assert services.unread_count(cast["wu"]) == 0


def test_mail_goes_at_once_or_as_a_digest_and_names_nobody(
    with_mail: dict[str, User], django_capture_on_commit_callbacks: Any
) -> None:
    services.choose_mail(with_mail["wu"], "at_once")
    services.choose_mail(with_mail["zhao"], "never")

    with django_capture_on_commit_callbacks(execute=True):
        _tell(with_mail["wu"], with_mail["lin"], with_mail["zhao"], text="众人通公司已转红色")
    assert [one.to for one in mail.outbox] == [["wu@example.gov.cn"]]

    services.send_waiting(NOW, at_once=False)
    assert [one.to for one in mail.outbox][1:] == [["lin@example.gov.cn"]]
    assert "众人通" not in mail.outbox[0].body
    assert services.send_waiting(NOW, at_once=False) == 0


def test_mail_that_fails_is_tried_again_and_holds_nobody_back(
    with_mail: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    _tell(with_mail["wu"], with_mail["lin"])
    sent = []

    def send(subject: str, body: str, sender: None, to: list[str]) -> None:
        if not sent and to == ["wu@example.gov.cn"]:
            raise ConnectionRefusedError
        sent.append(to)

    monkeypatch.setattr(services, "send_mail", send)

    assert services.send_waiting(NOW, at_once=False) == 1
    assert services.send_waiting(NOW, at_once=False) == 1
    assert sent == [["lin@example.gov.cn"], ["wu@example.gov.cn"]]


def test_notices_read_long_ago_are_forgotten(cast: dict[str, User]) -> None:
    _tell(cast["wu"], cast["lin"])
    services.mark_read(cast["wu"], now=NOW - timedelta(days=200))

    assert services.forget_old(NOW) == 1
    assert Notice.objects.count() == 1
