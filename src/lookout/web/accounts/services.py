"""Writes about people: accounts, rights, and the marks of signing in. Each is recorded once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from axes.utils import reset
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_otp import devices_for_user

from lookout.web.accounts import second_factor
from lookout.web.accounts.models import Agency, User
from lookout.web.audit.services import record

# Without the characters people mix up when they read a password from paper.
READABLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
TEMPORARY_LENGTH = 14


def create_person(by: User, *, username: str, name: str, agency: Agency | None) -> tuple[User, str]:
    """Make an account without rights; return it with its temporary password, which is shown once.

    It cannot sign in until a security officer gives it a role and opens it.
    """
    password = get_random_string(TEMPORARY_LENGTH, READABLE)
    with transaction.atomic():
        made = User(
            username=username, first_name=name, agency=agency, is_active=False, must_change_password=True
        )
        made.set_password(password)
        made.full_clean()
        made.save()
        record(by, "create_person", made, after={"username": username, "name": name, "agency": agency})
    return made, password


def change_person(by: User, changed: User, values: Mapping[str, Any], *, reason: str = "") -> list[str]:
    """Set fields of an account; return the names of those that changed.

    Nobody changes their own rights. Whoever loses or gains rights signs in anew.
    """
    if by.pk == changed.pk:
        raise PermissionDenied
    before = {name: getattr(changed, name) for name in values}
    names = [name for name, value in values.items() if before[name] != value]
    if not names:
        return []
    with transaction.atomic():
        for name in names:
            setattr(changed, name, values[name])
        if {"role", "region", "is_active"} & set(names):
            changed.signed_out_at = timezone.now()
        changed.full_clean()
        changed.save()
        record(
            by,
            "change_person",
            changed,
            before={name: before[name] for name in names},
            after={name: values[name] for name in names},
            reason=reason,
            region=changed.region if len(changed.region) == 6 else "",
        )
    return names


def give_temporary_password(by: User, changed: User) -> str:
    """Set a new password good for one sign-in, lift the lock, and end the person's sessions; return it."""
    if by.pk == changed.pk:
        raise PermissionDenied
    password = get_random_string(TEMPORARY_LENGTH, READABLE)
    with transaction.atomic():
        changed.set_password(password)
        changed.must_change_password = True
        changed.signed_out_at = timezone.now()
        changed.save()
        reset(username=changed.username)
        record(by, "reset_password", changed)
    return password


def reset_second_factor(by: User, changed: User, *, reason: str) -> None:
    """Remove a lost authenticator; the person binds another at the next sign-in."""
    if by.pk == changed.pk:
        raise PermissionDenied
    with transaction.atomic():
        second_factor.forget(changed)
        changed.signed_out_at = timezone.now()
        changed.save()
        record(by, "reset_second_factor", changed, reason=reason)


def unlock(by: User, changed: User) -> None:
    """Lift the lock that wrong passwords brought."""
    with transaction.atomic():
        reset(username=changed.username)
        for device in devices_for_user(changed):
            device.throttle_reset()
        record(by, "unlock", changed)


def save_agency(by: User, agency: Agency, values: Mapping[str, Any]) -> None:
    """Make or change an agency."""
    is_new = agency.pk is None
    before = {} if is_new else {name: getattr(agency, name) for name in values}
    with transaction.atomic():
        for name, value in values.items():
            setattr(agency, name, value)
        agency.full_clean()
        agency.save()
        changed = [name for name in values if is_new or before[name] != values[name]]
        if changed:
            record(
                by,
                "create_agency" if is_new else "change_agency",
                agency,
                before={name: before[name] for name in changed if name in before},
                after={name: values[name] for name in changed},
                region=agency.region if len(agency.region) == 6 else "",
            )


def note_own_password(user: User) -> None:
    """Note that a person chose a new password of their own."""
    with transaction.atomic():
        user.must_change_password = False
        user.save()
        record(user, "change_password", user)


def note_privilege(user: User, *, reason: str, until: datetime) -> None:
    """Note that the privileged mode was opened, and why."""
    record(user, "enter_privileged", user, after={"until": until}, reason=reason)
