"""A connection file is checked as a whole and never holds a secret."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from lookout.contracts import contracts
from lookout.sources import sources
from lookout.sources.connectors import BadConnectionError, connection_text, parse_connection

FOLDER: dict[str, Any] = {
    "kind": "folder",
    "source": "tax",
    "table": "tax_arrears",
    "added_at": "2026-11-01T00:00:00",
    "folder": {"path": "/srv/in"},
}
SQL = {"url_variable": "TAX_URL", "select": "SELECT a, b FROM t", "watermark": "b"}


def parse(content: dict[str, Any]) -> Any:
    return parse_connection("tax_in", yaml.safe_dump(content), contracts(), sources())


def problems(content: dict[str, Any]) -> str:
    with pytest.raises(BadConnectionError) as caught:
        parse(content)
    return str(caught.value)


def test_a_connection_reads_back_as_it_was_written():
    connection = parse(FOLDER)

    assert parse_connection("tax_in", connection_text(connection), contracts(), sources()) == connection


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "no_such"}, "没有名为“no_such”的表"),
        ({"source": "courts"}, "没有登记报送表"),
        ({"schedule": "weekly"}, "不是时间表"),
        ({"covers": {"regions": ["4"]}}, "2、4 或 6 位数字"),
        ({"folder": {"path": "relative"}}, "应为绝对路径"),
        ({"folder": None}, "须恰有 folder"),
        ({"delivered_at": "stated"}, "stated 只用于 push"),
        ({"delivered_at": {"rule": "file_name", "pattern": "no group"}}, "一对括号"),
        ({"secret": "x"}, "不认识的项"),
        (
            {"kind": "sql", "folder": None, "sql": {**SQL, "url_variable": "postgresql://me:pw@db/x"}},
            "不是环境变量名",
        ),
        (
            {"kind": "sql", "folder": None, "sql": {**SQL, "url_variable": "LOOKOUT_URL"}},
            "不能以 LOOKOUT_ 开头",
        ),
        ({"kind": "sql", "folder": None, "sql": {**SQL, "select": "DELETE FROM t"}}, "一条 SELECT"),
        ({"kind": "sql", "folder": None, "sql": {**SQL, "select": "SELECT 1; DROP TABLE t"}}, "一条 SELECT"),
        ({"kind": "object", "folder": None, "object": {"uri": "s3://key:pw@bucket/x"}}, "不得写密钥"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str):
    merged = {key: value for key, value in {**FOLDER, **change}.items() if value is not None}

    assert said in problems(merged)


def test_all_problems_come_together():
    said = problems({**FOLDER, "schedule": "weekly", "folder": {"path": "relative"}})

    assert "2 处问题" in said
