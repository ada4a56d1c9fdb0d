"""`lookout authority`: look, try, renew, revoke; and what `lookout doctor` says of the test authority."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from lookout.cli import app
from lookout.kernel.errors import ConfigError, DataError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    handlers, level = logging.root.handlers[:], logging.root.level
    yield tmp_path / "home"
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def serials(said: str) -> list[str]:
    return re.findall(r"^([0-9a-f]{30,40})  ", said, re.M)


def test_one_signature_and_one_stamp_are_made_and_checked(home: Path) -> None:
    tried = run("authority", "try")

    assert tried.exit_code == 0
    assert "都通过核验" in tried.output
    assert "没有法律效力" in tried.output
    assert (home / "proof" / "authority" / "root.pem").exists()


def test_to_look_makes_nothing(home: Path) -> None:
    shown = run("authority", "show")

    assert shown.exit_code == 0
    assert "内置的测试机构" in shown.output
    assert not (home / "proof").exists()


def test_renewing_shows_the_old_one_as_revoked(home: Path) -> None:
    run("authority", "try")
    assert run("authority", "renew", "tsa", "--leaked").exit_code == 0

    shown = run("authority", "show").output

    assert len(serials(shown)) == 4
    assert shown.count("吊销") == 1
    assert run("authority", "try").exit_code == 0


def test_a_certificate_is_revoked_by_its_number(home: Path) -> None:
    run("authority", "try")
    shown = run("authority", "show").output
    signing = next(line.split()[0] for line in shown.splitlines() if "测试签章" in line)

    assert run("authority", "revoke", signing).exit_code == 0
    assert shown.count("吊销") + 1 == run("authority", "show").output.count("吊销")
    assert run("authority", "try").exit_code == 1  # what is revoked does not pass


@pytest.mark.parametrize("serial", ["not-a-number", "1234"])
def test_a_number_that_is_none_is_told(home: Path, serial: str) -> None:
    failed = run("authority", "revoke", serial)

    assert isinstance(failed.exception, DataError)


def test_settings_that_do_not_fit_together_are_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKOUT_TSA_URL", "http://tsa.internal/tsa")
    monkeypatch.setenv("LOOKOUT_SIGNING_CERTIFICATE", str(home / "none.p12"))

    failed = run("authority", "try")

    assert isinstance(failed.exception, ConfigError)
    assert "none.p12" in str(failed.exception)
    assert "LOOKOUT_TRUSTED_ROOTS" in str(failed.exception)


@pytest.mark.parametrize("demo", [True, False])
def test_the_doctor_ends_with_1_while_the_test_authority_serves_in_production(
    home: Path, monkeypatch: pytest.MonkeyPatch, demo: bool
) -> None:
    if not demo:
        monkeypatch.setenv("LOOKOUT_DEMO", "0")
        monkeypatch.setenv("LOOKOUT_SECRET_KEY", hashlib.sha256(b"one").hexdigest())
        monkeypatch.setenv("LOOKOUT_PERSONAL_KEY", hashlib.sha256(b"two").hexdigest())

    said = run("doctor")

    assert "内置的测试机构" in said.output
    assert said.exit_code == (0 if demo else 1)
