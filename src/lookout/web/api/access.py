"""Who may ask what: the door every call of a machine passes, and the officers who answer for keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.core import signing
from django.db import models
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase

from lookout.kernel.regions import tree_prefix
from lookout.web.accounts.addresses import address_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role
from lookout.web.api.models import Hook, HookDelivery
from lookout.web.intake.keys import recognise
from lookout.web.intake.models import MachineKey
from lookout.web.intake.refusals import RefusedError
from lookout.web.intake.scopes import WRITES, KeyScope

MAKES_KEYS = frozenset({Role.SYSTEM_ADMIN})
GIVES_RIGHTS = frozenset({Role.SECURITY_ADMIN})
MOST_OF_A_BODY = 2 << 20  # of JSON; files come another way
Row = TypeVar("Row", bound=models.Model)
_CURSORS = "lookout.api.cursor"


@dataclass(frozen=True)
class Caller:
    """Whose call it is, and when it came."""

    key: MachineKey
    now: datetime


class KeyAuth(AuthBase):
    """Lets a call pass with a key that is good for `scope`; `media_type` is what its body must be."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, scope: KeyScope | None = None, media_type: str = "") -> None:
        super().__init__()
        self.scope = scope
        self.media_type = media_type

    def __call__(self, request: HttpRequest) -> Caller:
        """Return the caller. Raises RefusedError."""
        now = timezone.now()
        key = recognise(request.headers.get("Authorization", ""), address_of(request), now)
        if self.scope is not None and not key.may(self.scope):
            said = _("这把钥匙不能“%(scope)s”；请向发钥匙的单位申请") % {"scope": self.scope.label}
            raise RefusedError(403, said, code="scope_missing")
        if self.scope is not None and self.scope not in WRITES and self.scope is not KeyScope.LOG:
            _refuse_without_region(key)
        if self.media_type == "application/json":
            _refuse_body(request, key)
        return Caller(key, now)


def _refuse_without_region(key: MachineKey) -> None:
    if not key.region:
        raise RefusedError(403, _("这把钥匙还没有地区；请发钥匙的单位补上"), code="region_refused")


def _refuse_body(request: HttpRequest, key: MachineKey) -> None:
    if request.content_type != "application/json":
        raise RefusedError(415, _("Content-Type 应为 application/json"), code="wrong_type")
    length = request.headers.get("Content-Length", "0") or "0"
    most = min(MOST_OF_A_BODY, key.most_bytes)
    if not length.isdigit() or int(length) > most:
        said = _("请求体超过 %(most)s KB；请分几次发送") % {"most": most >> 10}
        raise RefusedError(413, said, code="too_large")


def region_asked(caller: Caller, region: str) -> str:
    """Return the region of a read: the key's own, or a part of it that was asked for. Raises RefusedError 403."""
    if not region:
        return caller.key.region
    if not tree_prefix(region).startswith(tree_prefix(caller.key.region)):
        said = _("钥匙的地区是 %(own)s，问的是 %(asked)s") % {"own": caller.key.region, "asked": region}
        raise RefusedError(403, said, code="region_refused")
    return region


def write_cursor(caller: Caller, kind: str, region: str, sequence: int) -> str:
    """Return where a reader stands as a text nobody else can use or change."""
    # Without a time in it: the same page must be the same answer, or no ETag would ever match.
    return signing.Signer(salt=_CURSORS).sign_object([caller.key.pk, kind, region, sequence])


def read_cursor(caller: Caller, kind: str, region: str, cursor: str) -> int:
    """Return the number a cursor stands for. Raises RefusedError 400 for one that is another's or was changed."""
    try:
        key, of_kind, of_region, sequence = signing.Signer(salt=_CURSORS).unsign_object(cursor)
    except (signing.BadSignature, ValueError, TypeError):
        key = of_kind = of_region = sequence = None
    if (key, of_kind, of_region) != (caller.key.pk, kind, region) or not isinstance(sequence, int):
        raise RefusedError(
            400, _("游标无效，或属于别的钥匙、资源、地区；请去掉游标重新开始"), code="cursor_invalid"
        )
    return sequence


# ---- the officers -------------------------------------------------------------------------------
def access_key(number: int) -> MachineKey:
    """Return a key; one that does not exist is 404."""
    return _one(MachineKey.objects.select_related("agency", "made_by"), number)


def access_hook(number: int) -> Hook:
    """Return a receiver of notices; one that does not exist is 404."""
    return _one(Hook.objects.select_related("key", "made_by"), number)


def access_delivery(number: int) -> HookDelivery:
    """Return a notice on its way; one that does not exist is 404."""
    return _one(HookDelivery.objects.select_related("hook"), number)


def _one(rows: models.QuerySet[Row], number: int) -> Row:
    found = rows.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def rights_of(user: User) -> dict[str, bool]:
    """Return what a person may do with keys, for the pages."""
    role = Role(user.role)
    return {
        "makes_keys": role in MAKES_KEYS,
        "gives_rights": role in GIVES_RIGHTS,
        "reads_record": role is Role.AUDITOR,
        "may_revoke": role in MAKES_KEYS | GIVES_RIGHTS,
    }
