"""The commands of proof: a head to publish, a log to check, an entry to look up, a package to verify."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from lookout.cli import app
from lookout.kernel.errors import DataError
from tests.hub.facts.test_facts import ALPHA, complaint, registry
from tests.hub.hubs import deliver, wall
from tests.proof.evidence import house, packed

NAME = "广州众人通融资信息服务有限公司"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with two batches."""
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    deliver(tmp_path / "home", "company", [registry(ALPHA, NAME)], wall(2026, 9, 1))
    deliver(
        tmp_path / "home", "complaint_ticket", [complaint("T1", NAME, date(2026, 8, 20))], wall(2026, 9, 1)
    )
    return tmp_path / "home"


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["proof", *map(str, words)])


def test_a_head_is_published_shown_and_kept(home: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="还没有签名头"):
        CliRunner().invoke(app, ["proof", "head"], catch_exceptions=False)

    published = call("head", "--publish", "--out", tmp_path / "head.json")
    assert published.exit_code == 0, published.output
    assert "2 条" in published.output
    assert json.loads((tmp_path / "head.json").read_text("utf-8"))["token"]
    shown = json.loads(call("head", "--json").output)
    assert json.loads(shown["head"])["size"] == 2

    checked = call("check")
    assert checked.exit_code == 0
    assert "2 条记录、1 个签名头：全部相符" in checked.output


def test_a_damaged_log_is_told_with_exit_code_1(home: Path) -> None:
    call("head", "--publish")
    entries = home / "proof/log/entries"
    entries.write_bytes(entries.read_bytes().replace(b'"number":"000002"', b'"number":"000003"'))
    checked = call("check")

    assert checked.exit_code == 1
    assert "第 1 条" in checked.output


def test_an_entry_is_shown_with_its_proof(home: Path) -> None:
    assert "补进 2 条" in call("enter").output
    assert "第 1 条：batch 000002" in call("entry", "batch", "000002").output
    proven = json.loads(call("entry", "batch", "000002", "--json").output)
    assert (proven["index"], proven["size"], len(proven["path"])) == (1, 2, 1)
    with pytest.raises(DataError, match="日志里没有"):
        CliRunner().invoke(app, ["proof", "entry", "batch", "9"], catch_exceptions=False)


def test_a_changed_batch_is_told_with_exit_code_1(home: Path) -> None:
    call("enter")
    record = home / "batches/000001/batch.json"
    record.write_text(record.read_text("utf-8") + " ", "utf-8")

    assert call("enter").exit_code == 1


def test_a_consistency_proof_is_written(home: Path, tmp_path: Path) -> None:
    call("enter")

    assert call("consistency", "1", "2", tmp_path / "proof.json").exit_code == 0
    assert len(json.loads((tmp_path / "proof.json").read_text("utf-8"))["path"]) == 1


def test_a_package_is_verified_like_by_the_one_file(tmp_path: Path) -> None:
    package = packed(house(tmp_path / "house"), tmp_path / "p.zip")
    (tmp_path / "root.pem").write_bytes(house(tmp_path / "house").root)

    assert call("verify", package).exit_code == 3
    assert call("verify", package, "--root", tmp_path / "root.pem", "--lang", "en").exit_code == 0
    package.write_bytes(package.read_bytes()[:-1])
    assert call("verify", package).exit_code == 1


def test_the_verifier_is_written_as_one_file(tmp_path: Path) -> None:
    said = call("verifier", tmp_path / "verify.py")

    assert said.exit_code == 0
    assert (tmp_path / "verify.py").read_text("utf-8").startswith("#!/usr/bin/env python3")
