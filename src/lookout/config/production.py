"""What an installation must not have once real data is in it; all reasons are told together."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from lookout.kernel.errors import Problem

# Keys that stand in examples, and what people type to get past a form.
_COMMON = ("changeme", "secret", "password", "example", "lookout", "insecure", "12345678")
_FEWEST_CHARACTERS = 10  # different ones: a key of random hexadecimal digits has nearly always more
_GENERATE = "用 openssl rand -hex 32 生成"


def weakness(secret: str) -> str:
    """Return why a key of full length can be guessed, '' when nothing speaks against it."""
    plain = secret.lower()
    if len(set(secret)) < _FEWEST_CHARACTERS:
        return f"密钥只用了 {len(set(secret))} 种字符，容易猜中"
    word = next((word for word in _COMMON if word in plain), "")
    return f"密钥里有常见词“{word}”，容易猜中" if word else ""


def production_problems(
    home: Path,
    secrets: dict[str, str],
    made_in_demo: Collection[str],
    hosts: Collection[str],
) -> list[Problem]:
    """Return every reason against a start with real data.

    `secrets`: variable → value, '' when none is given; `made_in_demo`: the secrets lying in the
    home, which demo mode made and everybody with a backup may have.
    """
    problems = [
        Problem(variable, reason, _GENERATE)
        for variable, value in secrets.items()
        if value and (reason := weakness(value))
    ]
    given = [value for value in secrets.values() if value]
    if len(set(given)) < len(given):
        problems.append(
            Problem(next(iter(secrets)), "两个密钥相同；泄露一个就失去两个，请分别生成", _GENERATE)
        )
    for host in hosts:
        if host.startswith(("*", ".")):
            what = f"“{host}”让任何主机名都能访问，会被用来伪造链接；请逐个写出主机名"
            problems.append(Problem("LOOKOUT_ALLOWED_HOSTS", what, "lookout.example.gov.cn"))
    for name in made_in_demo:
        what = "数据目录里有演示模式生成的密钥；正式数据不得放进演示过的目录，请换一个空目录"
        problems.append(Problem(str(home / "keys" / name), what, "LOOKOUT_HOME=/srv/lookout"))
    if (home / "province").is_dir():
        what = "数据目录里是合成的演示省份，会与真实数据混在一起；请换一个空目录"
        problems.append(Problem(str(home / "province"), what, "LOOKOUT_HOME=/srv/lookout"))
    return problems
