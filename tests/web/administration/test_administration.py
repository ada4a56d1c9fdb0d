"""Three officers keep the house, and each does only their part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.web.accounts import second_factor, sessions
from lookout.web.accounts.models import Agency, User
from lookout.web.audit.models import AuditEntry

Sign = Callable[[str], Client]
# province, district, system officer, security officer, auditor, stranger
CAST = ("chen", "wu", "system", "security", "auditor", "")
ALL_OFFICERS = (403, 403, 200, 200, 200, 302)
SYSTEM_ONLY = (403, 403, 302, 403, 403, 302)  # 302: on to the privileged mode
SECURITY_ONLY = (403, 403, 403, 302, 403, 302)
AUDITOR_ONLY = (403, 403, 403, 403, 200, 302)
ADMINISTRATION = [
    ("administration:people", ALL_OFFICERS, {}, "get"),
    ("administration:new_person", SYSTEM_ONLY, {}, "get"),
    ("administration:person", ALL_OFFICERS, {"number": 0}, "get"),
    ("administration:rights", SECURITY_ONLY, {"number": 0}, "post"),
    ("administration:reset_password", SYSTEM_ONLY, {"number": 0}, "post"),
    ("administration:reset_second_factor", SECURITY_ONLY, {"number": 0}, "post"),
    ("administration:unlock", SECURITY_ONLY, {"number": 0}, "post"),
    ("administration:agencies", ALL_OFFICERS, {}, "get"),
    ("administration:new_agency", SYSTEM_ONLY, {}, "get"),
    ("administration:agency", SYSTEM_ONLY, {"number": 0}, "get"),
    ("administration:record", AUDITOR_ONLY, {}, "get"),
    ("administration:check_record", (403, 403, 403, 403, 302, 302), {}, "post"),
    ("administration:export_record", AUDITOR_ONLY, {}, "get"),
]


def _privileged(client: Client) -> Client:
    session = client.session
    sessions.enter_privileged(session, timezone.now())
    session.save()
    return client


@pytest.mark.parametrize("who", range(len(CAST)), ids=[name or "stranger" for name in CAST])
@pytest.mark.parametrize("row", ADMINISTRATION, ids=lambda row: row[0])
def test_each_officer_reaches_only_their_part(
    row: tuple[str, tuple[int, ...], dict[str, int], str], who: int, as_person: Sign, cast: dict[str, User]
) -> None:
    name, expected, arguments, method = row
    if "number" in arguments:
        number = Agency.objects.all()[0].pk if name.endswith("agency") else cast["wu"].pk
        arguments = {"number": number}

    answer = getattr(as_person(CAST[who]), method)(reverse(name, kwargs=arguments))

    assert answer.status_code == expected[who]


def test_an_account_is_made_by_one_officer_and_opened_by_another(
    cast: dict[str, User], as_person: Sign
) -> None:
    made = _privileged(as_person("system")).post(
        reverse("administration:new_person"),
        {"username": "sun", "first_name": "孙立", "agency": Agency.objects.get(code="gz-tianhe").pk},
    )
    password = made.context["password"]
    sun = User.objects.get(username="sun")
    sign_in, client = reverse("accounts:login"), Client()
    assert client.post(sign_in, {"username": "sun", "password": password}).status_code == 200

    _privileged(as_person("security")).post(
        reverse("administration:rights", kwargs={"number": sun.pk}),
        {"role": "district_handler", "region": "440106", "is_active": "on", "reason": "任职通知"},
    )
    client.post(sign_in, {"username": "sun", "password": password})

    # The password somebody else chose must be changed before anything else.
    assert client.get(reverse("companies:list")).headers["Location"].startswith(reverse("accounts:password"))
    client.post(
        reverse("accounts:password"),
        {"old_password": password, "new_password1": "one-of-my-own", "new_password2": "one-of-my-own"},
    )
    assert client.get(reverse("companies:list")).status_code == 200
    verbs = list(AuditEntry.objects.exclude(verb="sign_in").values_list("verb", "actor__username"))
    assert verbs == [("create_person", "system"), ("change_person", "security"), ("change_password", "sun")]
    assert password not in str(list(AuditEntry.objects.values()))


def test_nobody_changes_their_own_rights(cast: dict[str, User], as_person: Sign) -> None:
    answer = _privileged(as_person("security")).post(
        reverse("administration:rights", kwargs={"number": cast["security"].pk}),
        {"role": "province_admin", "region": "44", "is_active": "on", "reason": "自己"},
    )

    assert answer.status_code == 403
    assert User.objects.get(username="security").role == "security_admin"


def test_whoever_loses_rights_is_signed_out_at_once(cast: dict[str, User], as_person: Sign) -> None:
    wu = as_person("wu")
    assert wu.get(reverse("companies:list")).status_code == 200

    _privileged(as_person("security")).post(
        reverse("administration:rights", kwargs={"number": cast["wu"].pk}),
        {"role": "district_handler", "region": "440305", "is_active": "on", "reason": "调动"},
    )

    assert wu.get(reverse("companies:list")).headers["Location"].startswith(reverse("accounts:login"))
    entry = AuditEntry.objects.get(verb="change_person")
    assert (entry.before, entry.after, entry.reason) == ({"region": "440106"}, {"region": "440305"}, "调动")


def test_a_session_ends_when_nobody_uses_it(cast: dict[str, User], as_person: Sign) -> None:
    wu = as_person("wu")
    wu.get(reverse("companies:list"))
    session = wu.session
    session[sessions.SEEN_AT] = (timezone.now() - timedelta(minutes=31)).isoformat()
    session.save()

    assert wu.get(reverse("companies:list")).headers["Location"].startswith(reverse("accounts:login"))


def test_the_privileged_mode_asks_for_password_and_reason_and_ends_by_itself(
    cast: dict[str, User], as_person: Sign
) -> None:
    system, address = as_person("system"), reverse("administration:new_person")
    ask = reverse("accounts:privilege")
    assert system.get(address).headers["Location"].startswith(ask)

    assert system.post(ask, {"password": "wrong", "reason": "建账号", "next": address}).status_code == 200
    assert system.post(ask, {"password": "lookout-system", "reason": "", "next": address}).status_code == 200
    entered = system.post(ask, {"password": "lookout-system", "reason": "建账号", "next": address})

    assert entered.headers["Location"] == address
    assert system.get(address).status_code == 200
    assert AuditEntry.objects.get(verb="enter_privileged").reason == "建账号"
    session = system.session
    session[sessions.PRIVILEGED_UNTIL] = (timezone.now() - timedelta(seconds=1)).isoformat()
    session.save()
    assert system.get(address).status_code == 302


def test_the_privileged_mode_can_be_left(cast: dict[str, User], as_person: Sign) -> None:
    system = _privileged(as_person("system"))

    system.post(reverse("accounts:leave_privilege"))

    assert system.get(reverse("administration:new_person")).status_code == 302


def _code(user: User) -> str:
    from django_otp.oath import TOTP

    device = second_factor.pending_device(user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = timezone.now().timestamp()
    return f"{totp.token():06d}"


def test_a_bound_authenticator_is_asked_for_and_a_paper_code_works_once(cast: dict[str, User]) -> None:
    data = {"username": "wu", "password": "lookout-wu"}
    wu, enrol, ask = Client(), reverse("accounts:enrol"), reverse("accounts:code")
    wu.post(reverse("accounts:login"), data)
    assert "svg" in wu.get(enrol).content.decode()
    assert wu.post(enrol, {"code": "000000"}).status_code == 200
    second_factor.pending_device(cast["wu"]).throttle_reset()

    paper = wu.post(enrol, {"code": _code(cast["wu"])}).context["codes"]
    assert wu.get(reverse("companies:list")).status_code == 200

    again = Client()
    again.post(reverse("accounts:login"), data)
    assert again.get(reverse("companies:list")).headers["Location"].startswith(ask)
    assert again.post(ask, {"code": paper[0]}).status_code == 302
    assert again.get(reverse("companies:list")).status_code == 200
    third = Client()
    third.post(reverse("accounts:login"), data)
    assert third.post(ask, {"code": paper[0]}).status_code == 200  # spent


def test_without_a_second_factor_nobody_gets_in_where_it_is_required(
    cast: dict[str, User], as_person: Sign, settings: object
) -> None:
    settings.SECOND_FACTOR_REQUIRED = True  # type: ignore[attr-defined]  # pytest-django's fixture

    answer = as_person("wu").get(reverse("companies:list"))

    assert answer.headers["Location"].startswith(reverse("accounts:enrol"))


def test_a_lost_phone_is_unbound_by_the_security_officer(cast: dict[str, User], as_person: Sign) -> None:
    device = second_factor.pending_device(cast["wu"])
    device.confirmed = True
    device.save()

    _privileged(as_person("security")).post(
        reverse("administration:reset_second_factor", kwargs={"number": cast["wu"].pk}), {"reason": "遗失"}
    )

    assert not second_factor.is_enrolled(cast["wu"])


def test_the_record_page_tells_old_and_new_and_finds_tampering(
    cast: dict[str, User], as_person: Sign
) -> None:
    from django.db import connection

    _privileged(as_person("security")).post(
        reverse("administration:rights", kwargs={"number": cast["wu"].pk}),
        {"role": "district_handler", "region": "440305", "is_active": "on", "reason": "调动"},
    )
    auditor, check = as_person("auditor"), reverse("administration:check_record")
    page = auditor.get(reverse("administration:record"), {"person": "security"}).content.decode()
    assert "440106 → 440305" in page
    assert "没有一条被改动" in auditor.post(check, follow=True).content.decode()

    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditentry SET reason = '升职' WHERE verb = 'change_person'")
    number = AuditEntry.objects.get(verb="change_person").number

    assert f"第 {number} 条的内容被改动过" in auditor.post(check, follow=True).content.decode()


def test_the_record_of_changes_goes_to_excel(cast: dict[str, User], as_person: Sign) -> None:
    answer = as_person("auditor").get(reverse("administration:export_record"))

    assert b"".join(answer).startswith(b"PK")  # type: ignore[arg-type]  # a streamed file
