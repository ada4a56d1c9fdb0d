"""The cast of the demonstration: their agencies, one person for each level, and those who keep the house."""

from __future__ import annotations

from dataclasses import dataclass

from lookout.web.accounts.models import Agency, AgencyKind, User
from lookout.web.accounts.roles import Role


@dataclass(frozen=True)
class Login:
    """How to sign in as one of the demo people."""

    username: str
    password: str
    name: str
    role: str
    region: str
    agency: str


# code → name, kind, region
DEMO_AGENCIES = {
    "gd-lead": ("广东省地方金融管理局（演示）", AgencyKind.LEAD, "44"),
    "gd-monitoring": ("广东省地方金融风险监测防控中心（演示）", AgencyKind.MONITORING, "44"),
    "gz-lead": ("广州市地方金融管理局（演示）", AgencyKind.LEAD, "4401"),
    "gz-tianhe": ("天河区处置非法集资办公室（演示）", AgencyKind.LEAD, "440106"),
    "sz-lead": ("深圳市地方金融管理局（演示）", AgencyKind.LEAD, "4403"),
    "sz-nanshan": ("南山区处置非法集资办公室（演示）", AgencyKind.LEAD, "440305"),
    "gz-tianhe-samr": ("天河区市场监督管理局（演示）", AgencyKind.MARKET_REGULATOR, "440106"),
    "gz-tianhe-police": ("天河区公安分局（演示）", AgencyKind.POLICE, "440106"),
    "gz-tianhe-fund": ("天河区某私募基金管理人（演示）", AgencyKind.INSTITUTION, "440106"),
}


def _login(username: str, name: str, role: Role, region: str, agency: str) -> Login:
    return Login(username, f"lookout-{username}", name, role.value, region, agency)


DEMO_PEOPLE = (
    _login("chen", "陈岚（省局）", Role.PROVINCE_ADMIN, "44", "gd-lead"),
    # Drafts what chen signs: nobody signs a report of their own.
    _login("huang", "黄敏仪（省局）", Role.ANALYST, "44", "gd-lead"),
    _login("lin", "林珊（广州市）", Role.CITY_SUPERVISOR, "4401", "gz-lead"),
    _login("wu", "吴健（天河区）", Role.DISTRICT_HANDLER, "440106", "gz-tianhe"),
    _login("zhao", "赵敏（南山区）", Role.DISTRICT_HANDLER, "440305", "sz-nanshan"),
    _login("jigou", "贾吉（报送机构）", Role.INSTITUTION, "440106", "gz-tianhe-fund"),
    _login("system", "系统管理员", Role.SYSTEM_ADMIN, "44", "gd-monitoring"),
    _login("security", "安全管理员", Role.SECURITY_ADMIN, "44", "gd-monitoring"),
    _login("auditor", "审计员", Role.AUDITOR, "44", "gd-monitoring"),
)


def create_demo_people() -> list[Login]:
    """Make the demo people, or reset them to their printed passwords; for demonstrations only."""
    agencies = {
        code: Agency.objects.update_or_create(
            code=code, defaults={"name": name, "kind": kind, "region": region}
        )[0]
        for code, (name, kind, region) in DEMO_AGENCIES.items()
    }
    for login in DEMO_PEOPLE:
        user, created = User.objects.get_or_create(username=login.username)
        user.first_name, user.role, user.region = login.name, login.role, login.region
        user.agency, user.is_active, user.must_change_password = agencies[login.agency], True, False
        if created or not user.check_password(login.password):
            user.set_password(login.password)
        user.save()
    return list(DEMO_PEOPLE)


def still_on_demo_passwords() -> list[str]:
    """Return the active accounts that a demo password opens."""
    known = {login.username: login.password for login in DEMO_PEOPLE}
    people = User.objects.filter(username__in=known, is_active=True).order_by("username")
    return [user.username for user in people if user.check_password(known[user.username])]
