"""The commands of “一小时接通一个部门” run as they stand on the page, on a workbook of the synthetic province."""

from __future__ import annotations

import json
import logging
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lookout.cli import app
from lookout.demo import load_scenario, simulate
from tests.project.trees import ROOT

PAGE = ROOT / "docs" / "howto" / "connect_a_source.md"


def commands() -> list[list[str]]:
    """The words of every `lookout connect` command in the blocks of the page, in order."""
    blocks = re.findall(r"```\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("lookout connect")]


@pytest.fixture
def desk_of_an_engineer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with the sample, a home, and a folder for deliveries."""
    province = tmp_path / "province"
    simulate(province, companies=200, seed=1, scenario=load_scenario(None))
    (sample, *_) = sorted(province.glob("*/tax/tax_violation_*.xlsx"))
    work = tmp_path / "work"
    (work / "tax").mkdir(parents=True)
    shutil.copy(sample, work / "样本.xlsx")
    shutil.copy(sample, work / "tax" / "2026-10.xlsx")
    (work / "tax" / "2026-10.xlsx.done").touch()
    monkeypatch.chdir(work)
    monkeypatch.setenv("LOOKOUT_DEMO", "1")
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path / "home"))
    handlers = logging.getLogger().handlers[:]
    yield work
    logging.getLogger().handlers[:] = handlers


@pytest.mark.django_db
@pytest.mark.slow
def test_every_command_on_the_page_runs(desk_of_an_engineer: Path) -> None:
    said = {}
    for words in commands():
        words = [word.replace("/srv/lookout-deliveries", str(desk_of_an_engineer)) for word in words]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.output, done.exception)
        said[words[1]] = done.output

    assert "接收" in said["try"]
    assert said["key"].startswith("lki_")
    assert len(list((desk_of_an_engineer / "tax" / "done").glob("*.xlsx"))) == 1


@pytest.mark.slow
def test_what_a_program_reads_is_json(desk_of_an_engineer: Path) -> None:
    def run(*words: str) -> object:
        done = CliRunner().invoke(app, ["connect", *words])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    tried = run("try", "样本.xlsx", "--table", "tax_violation", "--json")
    place = str(desk_of_an_engineer / "tax")
    add = ["connect", "add", "tax_in", "--kind", "folder", "--source", "tax", "--table", "tax_violation"]
    assert CliRunner().invoke(app, [*add, "--path", place]).exit_code == 0
    rounds = run("run", "--json")

    assert isinstance(tried, dict)
    assert tried["rejected"] == 0
    assert isinstance(rounds, list)
    assert rounds[0]["files"][0]["accepted"] == tried["accepted"]
    assert run("list", "--json") != []
