"""The cast of the demonstration: one person for each level, and one outsider."""

from __future__ import annotations

from dataclasses import dataclass

from lookout.web.accounts.models import User
from lookout.web.accounts.roles import Role


@dataclass(frozen=True)
class Login:
    """How to sign in as one of the demo people."""

    username: str
    password: str
    name: str
    role: str
    region: str


def _login(username: str, name: str, role: Role, region: str) -> Login:
    return Login(username, f"lookout-{username}", name, role.value, region)


DEMO_PEOPLE = (
    _login("chen", "陈岚（省局）", Role.PROVINCE_ADMIN, "44"),
    _login("lin", "林珊（广州市）", Role.CITY_SUPERVISOR, "4401"),
    _login("wu", "吴健（天河区）", Role.DISTRICT_HANDLER, "440106"),
    _login("zhao", "赵敏（南山区）", Role.DISTRICT_HANDLER, "440305"),
    _login("auditor", "审计员", Role.AUDITOR, "44"),
)


def create_demo_people() -> list[Login]:
    """Make the demo people, or reset them to their printed passwords; for demonstrations only."""
    for login in DEMO_PEOPLE:
        user, _created = User.objects.get_or_create(username=login.username)
        user.first_name, user.role, user.region = login.name, login.role, login.region
        if not user.check_password(login.password):
            user.set_password(login.password)
        user.save()
    return list(DEMO_PEOPLE)
