"""Where a request came from."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the address a request came from.

    What a proxy says is believed only from a proxy on this machine: anybody else could write anything.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rsplit(",", 1)[-1].strip()
    try:
        if forwarded and ipaddress.ip_address(direct).is_loopback:
            return str(ipaddress.ip_address(forwarded))
    except ValueError:
        pass
    return direct
