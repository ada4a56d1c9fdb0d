"""Signing in: lock-out, landing, password change, demo people, https."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from lookout.web.accounts.demo_people import DEMO_PEOPLE, create_demo_people
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import PLACES, Role

LOGIN = "/account/login/"


def _try(client: Client, password: str, name: str = "wu") -> int:
    return client.post(LOGIN, {"username": name, "password": password}).status_code


def test_the_demo_people_can_sign_in(cast: dict[str, User], client: Client) -> None:
    for login in DEMO_PEOPLE:
        assert client.post(LOGIN, {"username": login.username, "password": login.password}).status_code == 302
        client.post(reverse("accounts:logout"))


def test_five_wrong_passwords_lock_even_the_right_one_out(cast: dict[str, User], client: Client) -> None:
    statuses = [_try(client, "wrong") for _attempt in range(5)]

    assert statuses == [200, 200, 200, 200, 429]
    assert _try(client, "lookout-wu") == 429
    assert "锁定 15 分钟" in client.post(LOGIN, {"username": "wu", "password": "x"}).content.decode()


def test_a_lock_of_one_person_does_not_lock_another(cast: dict[str, User], client: Client) -> None:
    for _attempt in range(6):
        _try(client, "wrong")

    assert _try(client, "lookout-lin", "lin") == 302


def test_everybody_lands_on_the_first_place_of_their_role(cast: dict[str, User], client: Client) -> None:
    answer = client.post(LOGIN, {"username": "auditor", "password": "lookout-auditor"})

    assert answer.headers["Location"] == reverse("administration:record")
    assert client.get("/").headers["Location"] == reverse("administration:record")


def test_a_foreign_address_is_not_followed_after_signing_in(cast: dict[str, User], client: Client) -> None:
    answer = client.post(f"{LOGIN}?next=//evil.example/", {"username": "wu", "password": "lookout-wu"})

    assert answer.headers["Location"] == reverse("dashboards:today")


def test_a_password_can_be_changed_and_weak_ones_are_refused(as_person: Callable[[str], Client]) -> None:
    wu, address = as_person("wu"), reverse("accounts:password")

    def change(new: str) -> int:
        data = {"old_password": "lookout-wu", "new_password1": new, "new_password2": new}
        return wu.post(address, data).status_code

    assert change("short") == 200
    assert change("a-long-and-good-one") == 302
    assert User.objects.get(username="wu").check_password("a-long-and-good-one")
    assert wu.get(address).status_code == 200


def test_making_the_demo_people_twice_resets_them(cast: dict[str, User]) -> None:
    cast["wu"].set_password("something else")
    cast["wu"].save()

    create_demo_people()

    assert User.objects.count() == len(DEMO_PEOPLE)
    assert User.objects.get(username="wu").check_password("lookout-wu")


def test_demo_people_exist_only_in_demo_mode(db: None, settings: Any, client: Client) -> None:
    settings.LOOKOUT_DEMO = False

    with pytest.raises(CommandError, match="演示模式"):
        call_command("create_demo_people")
    assert "lookout-chen" not in client.get(LOGIN).content.decode()


def test_a_person_is_created_with_role_and_region(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "lookout.web.accounts.management.commands.create_person.getpass", lambda _: "a-long-and-good-one"
    )

    call_command("create_person", "sun", role="district_handler", region="440115")

    assert User.objects.get(username="sun").region == "440115"
    with pytest.raises(CommandError, match="辖区应为"):
        call_command("create_person", "li", role="district_handler", region="4401156")


def test_the_database_knows_only_the_roles(db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="x", role="emperor")
    with pytest.raises(ValidationError):
        User(username="x", role="emperor", password="x").full_clean()


def test_every_role_has_a_place() -> None:
    assert set(PLACES) == set(Role)
    assert all(PLACES.values())


def test_cookies_are_bound_to_https_when_it_is_used(cast: dict[str, User], client: Client) -> None:
    data = {"username": "wu", "password": "lookout-wu"}

    plain = client.post(LOGIN, data)
    secure = Client().post(LOGIN, data, secure=True)

    assert not plain.cookies["sessionid"]["secure"]
    assert secure.cookies["sessionid"]["secure"]


def test_pages_are_not_kept_by_caches(as_person: Callable[[str], Client]) -> None:
    assert "no-store" in as_person("wu").get(reverse("companies:list")).headers["Cache-Control"]
