"""Complaints about a command line are Chinese sentences."""

from __future__ import annotations

import pytest

from lookout.cli.chinese import in_chinese


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Missing argument 'identifier'.", "缺少参数“identifier”"),
        ("No such command 'nothing'.", "没有命令“nothing”"),
        ("No such option: --limt (Possible options: --limit)", "没有选项 --limt （相近的有：--limit）"),
        ("Got unexpected extra argument(s) (x)", "多出了参数：x"),
        (
            "Invalid value for --limit: Input should be a valid integer, unable to parse string as an integer",
            "--limit 的值不对：应为整数",
        ),
        ("Something new went wrong", "Something new went wrong"),  # better seen in English than hidden
    ],
)
def test_what_the_menu_complains_of_is_said_in_chinese(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese
