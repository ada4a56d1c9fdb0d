"""`create_person`: add one person with role and region; the password is read from the terminal."""

from __future__ import annotations

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role


class Command(BaseCommand):
    """Add one person; all problems of the input are reported together."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what the command needs."""
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="显示的姓名")
        parser.add_argument("--role", required=True, choices=[role.value for role in Role])
        parser.add_argument("--region", default="", help="2、4 或 6 位行政区划代码；审计员可不填")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the person."""
        user = User(
            username=options["username"],
            first_name=options["name"],
            role=options["role"],
            region=options["region"],
        )
        password = getpass("密码：")
        try:
            validate_password(password, user)
            user.set_password(password)
            user.full_clean()
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from error
        user.save()
        self.stdout.write(f"已创建 {user.username}")
