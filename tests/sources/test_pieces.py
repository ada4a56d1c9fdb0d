"""Files are read in pieces: where they are cut changes nothing."""

from __future__ import annotations

import csv
import io
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.sources import FileProblem, LateColumns, RawFile, encoding, read_file
from lookout.sources.csv_reader import stream_csv
from lookout.sources.json_reader import stream_json_lines
from lookout.sources.raw import collect

CELLS = st.text(st.sampled_from("ab\n\r\",' 中（"), max_size=6)
TEXTS = st.text(st.sampled_from('a,"\n\r中'), max_size=40)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(bounds)]


def outcome(blocks: list[bytes]) -> object:
    try:
        raw = collect(stream_csv("甲.csv", iter(blocks), "utf-8"))
    except FileProblem as problem:
        return [fault.what for fault in problem.faults]
    return raw.columns.to_pylist(), raw.lines.to_pylist(), [(row.line, row.reason) for row in raw.broken]


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.lists(st.integers(0, 500), max_size=6))
def test_a_well_formed_csv_is_the_same_wherever_it_is_cut(rows: list[tuple[str, str]], at: list[int]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    data = out.getvalue().encode()

    assert outcome(cut(data, at)) == outcome([data])


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 60), max_size=4))
def test_in_any_text_no_row_is_lost_wherever_it_is_cut(text: str, at: list[int]) -> None:
    data = b"a,b\n" + text.encode()

    result = outcome(cut(data, at))

    if isinstance(result, tuple):
        rows, lines, broken = result
        assert len(rows) == len(lines)
        assert lines == sorted(set(lines))
        assert not set(lines) & {line for line, _ in broken}


def test_lines_stay_right_after_many_pieces_with_line_breaks_in_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "BLOCK", 64)
    (tmp_path / "a.csv").write_text("a,b\n" + '"x\ny",中文\n3\n' * 50, "utf-8")

    raw = read_file(tmp_path / "a.csv")

    assert raw.lines.to_pylist() == list(range(2, 152, 3))
    assert [row.line for row in raw.broken] == list(range(4, 152, 3))


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "gb18030"])
def test_no_character_is_torn_between_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(encoding, "BLOCK", 7)
    text = "名称,说明\n" + "广东省甲公司,燚喆堃㛃\n" * 20
    (tmp_path / "a.csv").write_bytes(text.encode(name))

    raw = read_file(tmp_path / "a.csv")

    assert set(raw.columns["说明"].to_pylist()) == {"燚喆堃㛃"}
    assert raw.columns.num_rows == 20


def test_a_column_that_turns_up_late_in_json_lines_is_read_for_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "BLOCK", 64)
    rows: list[dict[str, str]] = [{"a": str(number)} for number in range(20)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"b": "9"}])), "utf-8")

    raw = read_file(tmp_path / "a.jsonl")

    assert raw.headers == ("a", "b")
    assert raw.columns["b"].to_pylist() == [""] * 20 + ["9"]
    with pytest.raises(LateColumns):
        collect(stream_json_lines("甲.jsonl", iter([b'{"a":1}\n', b'{"b":1}\n']), "utf-8"))


def test_two_torn_lines_that_fit_together_are_still_two_broken_lines() -> None:
    data = b'{"a":1},{"a":\n2}\n{"a":3}\n'

    raw: RawFile = collect(stream_json_lines("甲.jsonl", iter([data]), "utf-8"))

    assert raw.columns["a"].to_pylist() == ["3"]
    assert [row.line for row in raw.broken] == [1, 2]
