"""Whose certificates and time-stamps on contracts are believed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings

from lookout.proof.authority import open_authority
from lookout.proof.places import authority_folder
from lookout.proof.trust import Roots


def trusted_roots(now: datetime) -> Roots:
    """Return the roots that the operator trusts; in the demonstration also the built-in test root.

    Raises ConfigError with every file of the operator's folder that cannot be read.
    """
    folder = settings.LOOKOUT.trusted_roots
    found = Roots.read(folder) if folder is not None else Roots()
    if settings.LOOKOUT_DEMO:
        authority = open_authority(authority_folder(Path(settings.LOOKOUT_HOME)), now=now)
        found += Roots((authority.root,), crls=(authority.refresh(now),))
    return found
