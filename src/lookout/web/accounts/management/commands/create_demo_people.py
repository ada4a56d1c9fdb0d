"""`create_demo_people`: make the cast of the demonstration and print its logins."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lookout.web.accounts.demo_people import create_demo_people


class Command(BaseCommand):
    """Make the demo people; refused outside demo mode, because their passwords are public."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one login a line."""
        if not settings.LOOKOUT_DEMO:
            raise CommandError("演示账号的密码是公开的，只能在演示模式（LOOKOUT_DEMO=1）下创建。")
        for login in create_demo_people():
            self.stdout.write(f"{login.username}\t{login.password}\t{login.name}")
