"""`lookout validate`: every problem of every record, by line, and an exit code a script can use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from docs.generate import DOCS
from lookout.cli import app
from lookout.web.api.formats import FORMATS, check_text, schema_of, schema_text

GOOD: dict[str, dict[str, Any]] = {
    "warning": {
        "identifier": "91440101MA5ANBAE0P", "name": "众人通财富管理有限公司", "region": "440106", "band": "red",
        "score": "83.10", "coverage": 0.6, "is_stale": False, "dimensions": {"harm": 90}, "reasons": ["到期不能兑付"],
        "label_count": 3, "change": "raised",
    },
    "clue": {
        "number": "440106202610310001", "source": "model", "company_name": "众人通财富管理有限公司", "state": "new",
        "found_at": "2026-10-31T06:00:00+08:00", "opened_at": "2026-10-31T06:00:00+08:00",
        "amount_yuan": "150000.00",
    },
    "filing": {
        "number": "2026-10-1", "table": "offsite_statement", "institution": "91440101MA5ANBAE0P",
        "period": "2026-10", "rows": [{"total_assets_yuan": "1.00"}],
    },
    "index": {
        "region": "4401", "month": "2026-10", "value": "63.35", "raw": "61.00", "known": 1.0, "base": "2026",
        "version": "1", "run_id": "r", "density": {"measured": 1.2, "scaled": 50.0, "points": "22.50"},
    },
}  # fmt: skip
GOOD["rating"] = {name: value for name, value in GOOD["warning"].items() if name != "change"}


def run(*arguments: str, given: str = "") -> Any:
    return CliRunner().invoke(app, ["validate", *arguments], input=given)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_schema_is_one_and_takes_a_good_record(kind: str) -> None:
    Draft202012Validator.check_schema(schema_of(kind))

    assert check_text(kind, json.dumps(GOOD[kind])) == (1, [])


@pytest.mark.parametrize("kind", FORMATS)
def test_the_published_file_is_the_one_the_types_make(kind: str) -> None:
    assert (DOCS / f"reference/schemas/v1/{kind}.json").read_text("utf-8") == schema_text(kind)


def test_all_problems_of_all_lines_are_told(tmp_path: Path) -> None:
    bad = {**GOOD["warning"], "score": 83.1, "band": "grey", "colour": "red"}
    del bad["name"], bad["region"]
    file = tmp_path / "a.ndjson"
    file.write_text(f"{json.dumps(GOOD['warning'])}\n\n{{\n{json.dumps(bad)}\n", "utf-8")

    answer = run("warning", str(file))

    assert answer.exit_code == 1
    for told in ("第 3 行：不是合乎语法的 JSON", "第 4 行：缺少 name、region", "没有 “colour” 这一项",
                 "第 4 行 score：应为文本", "第 4 行 band："):  # fmt: skip
        assert told in answer.output
    assert "第 1 行" not in answer.output
    assert "3 条记录" in answer.output


def test_a_good_file_is_told_so_with_its_count() -> None:
    lines = "\n".join(json.dumps(GOOD["clue"], ensure_ascii=False) for _line in range(3))

    answer = run("clue", "-", given="\ufeff" + lines)

    assert (answer.exit_code, answer.output.strip()) == (0, "风险线索：3 条记录，全部合格")


def test_a_program_reads_the_problems_as_json() -> None:
    answer = run(
        "filing", "-", "--json", given=json.dumps([{**GOOD["filing"], "period": "2026-13"}, GOOD["filing"]])
    )

    told = json.loads(answer.output)
    assert (told["records"], [(one["line"], one["place"]) for one in told["problems"]]) == (
        2,
        [(1, "period")],
    )


@pytest.mark.parametrize("text", ["", "\n \n", "[]"])
def test_an_empty_file_is_no_good_file(text: str) -> None:
    assert run("clue", "-", given=text).exit_code == 1


@pytest.mark.parametrize("text", ["NaN", '{"score": Infinity}', "3", '"x"', "null", "[1, 2]"])
def test_what_is_no_record_is_a_problem_and_no_failure(text: str) -> None:
    count, problems = check_text("rating", text)

    assert count >= 1
    assert problems
