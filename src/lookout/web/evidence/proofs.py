"""The log of this installation, its signed heads, and who signs and stamps for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from lookout.proof.heads import Heads, open_heads, open_log
from lookout.proof.log import Log
from lookout.proof.notary import Notary, open_notary
from lookout.proof.places import authority_folder
from lookout.proof.signing import Signer
from lookout.proof.stamps import TimeStampAuthority
from lookout.proof.trust import Roots


def home() -> Path:
    """Return the data folder."""
    return Path(settings.LOOKOUT_HOME)


def log() -> Log:
    """Return the log."""
    return open_log(home())


def heads() -> Heads:
    """Return the signed heads."""
    return open_heads(home())


def notary(clock: Callable[[], datetime] = timezone.now) -> Notary:
    """Return who signs and stamps by the settings; the built-in test authority where nothing is set."""
    return open_notary(authority_folder(home()), clock=clock, **settings.LOOKOUT.proof_options)


def signer(now: datetime) -> Signer:
    """Return who signs heads, packages and certificates."""
    return notary(lambda: now).signer


def stamper() -> TimeStampAuthority:
    """Return who stamps with the time."""
    return notary().authority


def own_roots() -> Roots:
    """Return whom to believe about what was sealed here, under an earlier authority too."""
    return notary().own_roots
