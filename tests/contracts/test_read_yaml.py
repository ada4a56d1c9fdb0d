"""A catalogue file that is no mapping is one problem, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from lookout.contracts.catalogue import read_yaml
from lookout.kernel.errors import Problem


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"- a\n", "对照表"), ("名称".encode("gb18030"), "UTF-8"), (b"a: [", "YAML"), (b"just text", "对照表")],
)
def test_a_file_that_is_no_mapping_is_one_problem(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "labels.yaml"
    file.write_bytes(content)
    problems: list[Problem] = []

    assert read_yaml(file, problems) is None
    assert len(problems) == 1
    assert words in problems[0].what
