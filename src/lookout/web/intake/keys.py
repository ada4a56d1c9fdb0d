"""Keys of machines: made, revoked, and recognised by the call they come with."""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role
from lookout.web.audit.services import record
from lookout.web.intake.models import MachineKey
from lookout.web.intake.refusals import RefusedError
from lookout.web.intake.scopes import KeyScope
from lookout.web.notices.services import notify

if TYPE_CHECKING:
    from lookout.web.accounts.models import Agency

_PREFIX = "lki_"  # so that a key left in a file or a log is recognised as one
_HINT = 8
WATCHED_BY = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)


def digest_of(key: str) -> str:
    """Return what is kept of a key. It is long and random: a slow hash would only slow every call."""
    return salted_hmac("lookout.intake.key", key, algorithm="sha256").hexdigest()


def make_key(connection: str, *, most_bytes: int, per_minute: int) -> str:
    """Make a key that pushes files for a connection and return it; nobody can read it again."""
    key, made = _new_key()
    made.name, made.connection = connection, connection
    made.scopes, made.purpose = [KeyScope.DELIVERIES.value], "推送文件"
    made.most_bytes, made.per_minute = most_bytes, per_minute
    with transaction.atomic():
        made.save()
        record(None, "key_make", made, after={"connection": connection})
    return key


def make_partner_key(by: User, *, name: str, agency: Agency | None, purpose: str) -> tuple[MachineKey, str]:
    """Make a key without any right; return it and its text, which nobody can read again."""
    key, made = _new_key()
    made.name, made.agency, made.purpose, made.made_by = name, agency, purpose, by
    made.most_bytes, made.per_minute = 16 << 20, 120
    with transaction.atomic():
        made.save()
        record(by, "key_make", made, after={"agency": str(agency or ""), "purpose": purpose})
    return made, key


def _new_key() -> tuple[str, MachineKey]:
    key = _PREFIX + secrets.token_urlsafe(32)
    return key, MachineKey(digest=digest_of(key), hint=key[:_HINT], made_at=timezone.now())


def revoke_keys(connection: str) -> int:
    """Make the keys of a connection useless; return how many."""
    with transaction.atomic():
        keys = list(MachineKey.objects.select_for_update().filter(connection=connection, revoked_at=None))
        for key in keys:
            revoke(None, key)
    return len(keys)


def revoke(by: User | None, key: MachineKey, *, reason: str = "") -> None:
    """Make a key useless for ever."""
    with transaction.atomic():
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        record(by, "key_revoke", key, reason=reason)


def recognise(authorization: str, address: str, now: datetime) -> MachineKey:
    """Return the key of a call that came from an address, and count the call.

    Raises RefusedError: 401 without a standing key, 403 from a network that is not its own, 429 beyond its quota.
    """
    scheme, _space, text = authorization.partition(" ")
    unknown = RefusedError(
        401, _("没有钥匙或钥匙不对；请在 Authorization 头中写 Bearer 加钥匙"), code="key_unknown"
    )
    if scheme.lower() != "bearer" or not text.strip():
        raise unknown
    with transaction.atomic():
        held = MachineKey.objects.select_for_update().filter(digest=digest_of(text.strip()), revoked_at=None)
        key = held.first()
        if key is None:
            raise unknown
        if key.expires_at is not None and key.expires_at <= now:
            raise RefusedError(401, _("钥匙已过期；请向发钥匙的单位续期"), code="key_expired")
        is_inside = comes_from(key, address)
        if is_inside:
            _count(key, now)
    if not is_inside:
        _tell(key, address, now)
        raise RefusedError(
            403, _("这把钥匙不能从这个网络使用；已通知发钥匙的单位，请核对出口地址"), code="network_refused"
        )
    _refuse_beyond_quota(key, now)
    return key


def comes_from(key: MachineKey, address: str) -> bool:
    """Tell whether an address lies in the networks of a key; no networks are all."""
    if not key.networks:
        return True
    try:
        where = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(where, ipaddress.IPv6Address) and where.ipv4_mapped is not None:
        where = where.ipv4_mapped
    return any(where in ipaddress.ip_network(network) for network in key.networks)


def _count(key: MachineKey, now: datetime) -> None:
    minute, day = int(now.timestamp() // 60), timezone.localdate(now).toordinal()
    key.calls = key.calls + 1 if key.minute == minute else 1
    key.day_calls = key.day_calls + 1 if key.day == day else 1
    key.minute, key.day, key.used_at = minute, day, now
    key.save(update_fields=["minute", "calls", "day", "day_calls", "used_at"])


def _refuse_beyond_quota(key: MachineKey, now: datetime) -> None:
    if key.calls > key.per_minute:
        left = 60 - int(now.timestamp()) % 60
        said = _("一分钟内超过 %(most)s 次；请一分钟后再试") % {"most": key.per_minute}
        raise RefusedError(429, said, code="too_fast", retry_after=left)
    if key.day_calls > key.per_day:
        local = timezone.localtime(now)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        said = _("今天的 %(most)s 次已用完；请明天再试，或申请提高配额") % {"most": key.per_day}
        left = int((midnight - local).total_seconds()) + 1
        raise RefusedError(429, said, code="quota_used_up", retry_after=left)


def _tell(key: MachineKey, address: str, now: datetime) -> None:
    """Tell those who answer for keys that one is used from elsewhere; once until they have read it."""
    network = network_of(address)
    said = _("钥匙“%(key)s”从名单以外的网络 %(network)s 被使用，已拒绝；若不是对方换了出口，请作废这把钥匙") % {
        "key": key.name, "network": network,
    }  # fmt: skip
    people = User.objects.filter(role__in=WATCHED_BY, is_active=True)
    with transaction.atomic():
        told = notify(people, "key", said, f"/administration/keys/{key.pk}/", now=now)
        if told:
            record(None, "key_refuse", key, after={"network": network}, reason=said)


def network_of(address: str) -> str:
    """Return the network an address lies in (/24, or /64 of IPv6); the text itself when it is no address."""
    try:
        where = ipaddress.ip_address(address)
    except ValueError:
        return address[:60]
    return str(ipaddress.ip_network((where, 24 if where.version == 4 else 64), strict=False))
