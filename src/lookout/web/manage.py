"""Preparing the desk: migrations and demo people; also Django's own command line."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import django
from django.core.management import call_command, execute_from_command_line
from django.utils import timezone

from lookout.kernel.errors import ConfigError

if TYPE_CHECKING:
    from lookout.web.accounts.demo_people import Login

SETTINGS_MODULE = "lookout.web.config.settings"


def setup() -> None:
    """Load Django once with the desk's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    django.setup()


def prepare(demo: bool) -> list[Login]:
    """Bring the desk's database up to date; with `demo` also make the demo people and their contracts.

    Returns their logins, an empty list without `demo`. Idempotent. Raises ConfigError when the desk is
    a real one and somebody can sign in with a demo password, which stands in the documentation.
    """
    logins = prepare_database(demo)
    if demo:
        deposit_demo_contracts()
    return logins


def deposit_demo_contracts() -> None:
    """Make the contracts of the demo people, once a province is published. Idempotent."""
    setup()
    from lookout.web.deposits.demo import seed_demo_contracts

    seed_demo_contracts(timezone.now())


def prepare_database(demo: bool) -> list[Login]:
    """Do what `prepare` does without a published province: migrations and demo people."""
    setup()
    call_command("migrate", interactive=False, verbosity=0)
    from lookout.web.accounts.demo_people import create_demo_people, still_on_demo_passwords

    if demo:
        return create_demo_people()
    if names := still_on_demo_passwords():
        raise ConfigError(
            f"业务库里有 {len(names)} 个账号还在用公开的演示口令（{'、'.join(names)}），未启动；"
            "请停用或改掉它们的口令，或换一个没有演示过的业务库"
        )
    return []


def main() -> None:
    """Run a Django command: `python -m lookout.web.manage COMMAND`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
