"""What an operator installs by: units that systemd accepts, scripts that the shell accepts, one list of settings."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lookout.config.settings import SECRETS, variable_names

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMMAND = "/opt/lookout/bin/lookout"


def test_systemd_accepts_every_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("needs systemd-analyze")
    for unit in UNITS:  # it also checks that the command is there, which it is on an installed machine only
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace(COMMAND, "/bin/true"), "utf-8")
    services = [str(tmp_path / unit.name) for unit in UNITS if "@" not in unit.name]

    done = subprocess.run([program, "verify", *services], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("script", sorted(DEPLOY.glob("*.sh")), ids=lambda script: script.name)
def test_the_shell_accepts_every_script(script: Path) -> None:
    done = subprocess.run(["/bin/sh", "-n", str(script)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert script.stat().st_mode & 0o111


def test_the_units_call_commands_there_are() -> None:
    from typer.main import get_command

    from lookout.cli import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]  # the menu is a group
    called = {word for unit in UNITS for word in re.findall(rf"{COMMAND} (\w+)", unit.read_text("utf-8"))}

    assert called <= known


def test_the_list_of_settings_names_only_settings_there_are() -> None:
    known = {*variable_names().values(), *(f"LOOKOUT_{name.upper()}_FILE" for name in SECRETS)}

    assert set(re.findall(r"^(\w+)=", (DEPLOY / "lookout.env").read_text("utf-8"), re.M)) <= known
