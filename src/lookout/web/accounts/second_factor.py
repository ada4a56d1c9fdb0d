"""The second factor: a code from an authenticator on the person's phone, and one-time codes on paper."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django_otp import devices_for_user, login
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from lookout.web.accounts.models import User
from lookout.web.audit.services import record

PAPER_CODES = 8


def is_enrolled(user: User) -> bool:
    """Tell whether the person has a confirmed authenticator."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def is_shown(request: HttpRequest) -> bool:
    """Tell whether the second factor was shown in this session."""
    return bool(request.user.is_verified())  # type: ignore[union-attr]  # set by the middleware of django-otp


def pending_device(user: User) -> TOTPDevice:
    """Return the authenticator a person is about to confirm, made on first use."""
    device, _created = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "手机"})
    return device


def enrol(request: HttpRequest, user: User, code: str) -> list[str]:
    """Confirm the pending authenticator by a code of it; return the codes for paper, [] when the code is wrong."""
    device = pending_device(user)
    if not device.verify_token(code):
        return []
    with transaction.atomic():
        device.confirmed = True
        device.save()
        paper = StaticDevice.objects.create(user=user, name="纸面备用码")
        codes = [StaticToken.random_token() for _number in range(PAPER_CODES)]
        for one in codes:
            paper.token_set.create(token=one)
        record(user, "enrol_second_factor", user)
    login(request, device)
    return codes


def show(request: HttpRequest, user: User, code: str) -> str:
    """Check a code of the authenticator or from paper; return shown · wrong · wait.

    Each wrong code doubles the time until the next one is looked at (wait).
    """
    code = code.strip().replace(" ", "")
    kind = TOTPDevice if code.isdigit() else StaticDevice
    device = kind.objects.filter(user=user, confirmed=True).first()
    if device is None:
        return "wrong"
    allowed, _why = device.verify_is_allowed()
    if not allowed:
        return "wait"
    if not device.verify_token(code):
        return "wrong"
    login(request, device)
    return "shown"


def forget(user: User) -> None:
    """Remove all devices of a person, who then enrols anew."""
    for device in devices_for_user(user, confirmed=None):
        device.delete()
