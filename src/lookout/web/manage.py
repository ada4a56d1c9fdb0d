"""Preparing the desk: migrations and demo people; also Django's own command line."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import django
from django.core.management import call_command, execute_from_command_line

if TYPE_CHECKING:
    from lookout.web.accounts.demo_people import Login

SETTINGS_MODULE = "lookout.web.config.settings"


def setup() -> None:
    """Load Django once with the desk's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    django.setup()


def prepare(demo: bool) -> list[Login]:
    """Bring the desk's database up to date; with `demo` also make the demo people.

    Returns their logins, an empty list without `demo`. Idempotent.
    """
    setup()
    call_command("migrate", interactive=False, verbosity=0)
    if not demo:
        return []
    from lookout.web.accounts.demo_people import create_demo_people

    return create_demo_people()


def main() -> None:
    """Run a Django command: `python -m lookout.web.manage COMMAND`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
