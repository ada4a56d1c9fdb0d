"""The officers' pages: who makes keys, who gives rights, who sends a notice again; and what everybody may read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts import sessions
from lookout.web.accounts.models import User
from lookout.web.api import feed, hooks
from lookout.web.api.models import Hook, HookDelivery
from lookout.web.api.records import KINDS, FeedMark
from lookout.web.api.service import service
from lookout.web.audit.models import AuditEntry
from lookout.web.intake.models import MachineKey

pytestmark = pytest.mark.django_db
Sign = Callable[[str], Client]
# province, district, system officer, security officer, auditor, stranger
CAST = ("chen", "wu", "system", "security", "auditor", "")
ALL_OFFICERS = (403, 403, 200, 200, 200, 302)
SYSTEM_ONLY = (403, 403, 302, 403, 403, 302)  # 302: on to the privileged mode
SECURITY_ONLY = (403, 403, 403, 302, 403, 302)
EITHER = (403, 403, 302, 302, 403, 302)
EVERYBODY = (200,) * 6
MACHINES_ONLY = (401,) * 6
NUMBER = {"number": 1}
MACHINES: list[tuple[str, tuple[int, ...], dict[str, Any], str]] = [
    ("machines:keys", ALL_OFFICERS, {}, "get"),
    ("machines:new_key", SYSTEM_ONLY, {}, "get"),
    ("machines:key", ALL_OFFICERS, NUMBER, "get"),
    ("machines:rights", SECURITY_ONLY, NUMBER, "post"),
    ("machines:revoke", EITHER, NUMBER, "post"),
    ("machines:hooks", ALL_OFFICERS, {}, "get"),
    ("machines:new_hook", SYSTEM_ONLY, {}, "get"),
    ("machines:hook", ALL_OFFICERS, NUMBER, "get"),
    ("machines:pause", SYSTEM_ONLY, NUMBER, "post"),
    ("machines:again", SYSTEM_ONLY, NUMBER, "post"),
    ("api:openapi", EVERYBODY, {}, "get"),
    ("api:docs", EVERYBODY, {}, "get"),
    ("api:schemas", EVERYBODY, {}, "get"),
    ("api:schema", EVERYBODY, {"kind": "warning"}, "get"),
    ("api:schema", (404,) * 6, {"kind": "nothing"}, "get"),
    ("api:nothing", (404,) * 6, {}, "get"),
    # Machines sign in with a key; who is signed in with a browser counts for nothing there.
    ("api_v1:get_me", MACHINES_ONLY, {}, "get"),
    ("api_v1:list_ratings", MACHINES_ONLY, {}, "get"),
    ("api_v1:list_warnings", MACHINES_ONLY, {}, "get"),
    ("api_v1:list_clues", MACHINES_ONLY, {}, "get"),
    ("api_v1:list_complaints", MACHINES_ONLY, {}, "get"),
    ("api_v1:get_company", MACHINES_ONLY, {"identifier": "1"}, "get"),
    ("api_v1:get_clue", MACHINES_ONLY, {"number": "1"}, "get"),
    ("api_v1:get_complaint", MACHINES_ONLY, {"number": "1"}, "get"),
    ("api_v1:list_indexes", MACHINES_ONLY, {}, "get"),
    ("api_v1:export", MACHINES_ONLY, {}, "get"),
    ("api_v1:push_events", MACHINES_ONLY, {}, "post"),
    ("api_v1:push_filing", MACHINES_ONLY, {}, "post"),
    ("api_v1:push_delivery", MACHINES_ONLY, {}, "post"),
    ("api_v1:get_delivery", MACHINES_ONLY, {"receipt": "0" * 32}, "get"),
    ("api_v1:get_head", MACHINES_ONLY, {}, "get"),
    ("api_v1:get_entry", MACHINES_ONLY, {"index": 0}, "get"),
    ("api_v1:find_entries", MACHINES_ONLY, {}, "get"),
    ("api_v1:get_inclusion", MACHINES_ONLY, {"index": 0}, "get"),
    ("api_v1:get_consistency", MACHINES_ONLY, {}, "get"),
    ("api_v1:api-root", (404,) * 6, {}, "get"),
]
RIGHTS = {
    "scopes": ["warnings"], "region": "4401", "networks": "203.0.113.0/24", "per_minute": "60", "per_day": "1000",
    "reason": "共享协议 2026-8",
}  # fmt: skip


def privileged(client: Client) -> Client:
    session = client.session
    sessions.enter_privileged(session, timezone.now())
    session.save()
    return client


@pytest.fixture
def notice(make_key: Any, settings: Any) -> HookDelivery:
    """A notice that was given up."""
    settings.HOOK_NETWORKS = ("127.0.0.0/8",)
    hooks.make_hook(None, make_key(), "http://127.0.0.1:9/", ["warning"])
    feed.move_to_end(KINDS["warning"], [FeedMark("a", "440106", "x")], timezone.now())
    hooks.plan(timezone.now())
    HookDelivery.objects.update(dead_at=timezone.now(), problem="对方答复 500")
    return HookDelivery.objects.select_related("hook").get()


def number_of(name: str, notice: HookDelivery) -> dict[str, int]:
    about = name.partition(":")[2]
    if about == "again":
        return {"number": notice.pk}
    return {"number": notice.hook_id if about in ("hook", "pause") else notice.hook.key_id}


@pytest.mark.parametrize("row", MACHINES, ids=lambda row: row[0])
def test_each_officer_reaches_only_their_part(
    row: tuple[str, tuple[int, ...], dict[str, Any], str], as_person: Sign, notice: HookDelivery
) -> None:
    name, expected, arguments, method = row
    address = reverse(
        f"api:{name}" if name.startswith("api_v1:") else name,
        kwargs=number_of(name, notice) if arguments == NUMBER else arguments,
    )

    # What is one answer for all is asked by one officer and one stranger.
    asked = [(who, status) for who, status in zip(CAST, expected, strict=True)]
    asked = asked if len(set(expected)) > 1 else asked[-2:]

    found = [(who, getattr(as_person(who), method)(address).status_code) for who, _status in asked]

    assert found == asked


def test_a_key_is_made_by_one_officer_and_opened_by_another(
    cast: dict[str, User], as_person: Sign, call: Any
) -> None:
    shown = privileged(as_person("system")).post(
        reverse("machines:new_key"), {"name": "某银行风险系统", "purpose": "贷前核查"}
    )
    text, key = shown.context["text"], MachineKey.objects.get()
    assert text.encode() in shown.content
    assert call("/warnings", text=text).status_code == 403

    last = (timezone.localdate() + timedelta(days=90)).isoformat()
    privileged(as_person("security")).post(
        reverse("machines:rights", kwargs={"number": key.pk}), {**RIGHTS, "expires_on": last}
    )

    assert call("/warnings", text=text, address="203.0.113.5").status_code == 200
    assert call("/ratings", text=text, address="203.0.113.5").status_code == 403
    entry = AuditEntry.objects.get(verb="key_rights")
    assert (entry.reason, entry.after["region"]) == ("共享协议 2026-8", "4401")
    assert (
        text
        not in as_person("system").get(reverse("machines:key", kwargs={"number": key.pk})).content.decode()
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [({"networks": ""}, "networks"), ({"networks": "0.0.0.0/0"}, "networks"), ({"networks": "203.0.113.1/24"}, "networks"),
     ({"networks": "here"}, "networks"), ({"region": ""}, "region"), ({"region": "4"}, "region"),
     ({"scopes": ["events"]}, "source"), ({"scopes": ["deliveries"]}, "connection"), ({"scopes": ["all"]}, "scopes"),
     ({"expires_on": "2020-01-01"}, "expires_on"), ({"expires_on": "2099-01-01"}, "expires_on"),
     ({"institution": "91440101MA5ANBAE00"}, "institution"), ({"reason": ""}, "reason"), ({"per_day": "0"}, "per_day")],
)  # fmt: skip
def test_rights_that_make_no_sense_are_refused_at_their_field(
    change: dict[str, Any], field: str, make_key: Any, cast: dict[str, User], as_person: Sign
) -> None:
    key = make_key(scopes=[])
    last = (timezone.localdate() + timedelta(days=90)).isoformat()

    answer = privileged(as_person("security")).post(
        reverse("machines:rights", kwargs={"number": key.pk}), {**RIGHTS, "expires_on": last, **change}
    )

    assert field in answer.context["form"].errors
    assert MachineKey.objects.get(pk=key.pk).scopes == []


def test_a_revoked_key_is_worth_nothing_at_once(make_key: Any, as_person: Sign, cast: Any, call: Any) -> None:
    key = make_key()
    assert call("/me").status_code == 200

    privileged(as_person("system")).post(
        reverse("machines:revoke", kwargs={"number": key.pk}), {"reason": "泄露"}
    )

    assert call("/me").status_code == 401
    assert AuditEntry.objects.get(verb="key_revoke").reason == "泄露"


def test_a_receiver_is_made_on_the_page_and_its_secret_shown_once(
    make_key: Any, as_person: Sign, cast: Any, settings: Any
) -> None:
    settings.HOOK_NETWORKS = ("127.0.0.0/8",)
    key = make_key()
    form = {"key": key.pk, "url": "http://127.0.0.1:9/hooks", "kinds": ["warning"]}

    shown = privileged(as_person("system")).post(reverse("machines:new_hook"), form)
    refused = privileged(as_person("system")).post(
        reverse("machines:new_hook"), {**form, "url": "http://10.0.0.1/"}
    )

    assert shown.context["secret"].startswith("lks_")
    assert "内部网络" in str(refused.context["form"].errors["url"])
    assert Hook.objects.count() == 1


def test_a_notice_that_was_given_up_is_shown_with_its_reason_and_sent_again(
    notice: HookDelivery, as_person: Sign, cast: Any
) -> None:
    page = (
        as_person("system")
        .get(reverse("machines:hook", kwargs={"number": notice.hook_id}) + "?state=dead")
        .content.decode()
    )
    assert "对方答复 500" in page

    privileged(as_person("system")).post(reverse("machines:again", kwargs={"number": notice.pk}))

    notice.refresh_from_db()
    assert (notice.dead_at, notice.tries) == (None, 0)


def test_the_reference_page_names_every_address_and_every_problem(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()

    for path in service.get_openapi_schema(path_prefix="")["paths"]:
        assert f"/api/v1{path}" in page
    assert 'id="quota_used_up"' in page
    # Nothing inline, nothing from elsewhere.
    assert not re.search(r"<script(?! src=)|<style| style=| on[a-z]+=", page)
    assert not re.search(r"(?:src|href)=\"https?://", page)
