"""Django's logging, handed to the one logging of the installation."""

from __future__ import annotations

from lookout.config import configure_logging


def configure(options: dict[str, str]) -> None:
    """Send Django's records the way of all others."""
    configure_logging(options["log_format"], options["level"])
