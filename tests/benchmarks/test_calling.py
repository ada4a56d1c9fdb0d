"""How a benchmark is called and answers: one flat line of JSON, or one sentence saying why there is none."""

from __future__ import annotations

import json

import pytest

from benchmarks import __main__ as calling
from benchmarks.__main__ import as_line, main, names, summary
from lookout.kernel.errors import ConfigError


def answering(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    class Module:
        @staticmethod
        def main(_arguments: list[str]) -> object:
            if isinstance(answer, Exception):
                raise answer
            return answer

    monkeypatch.setattr(calling, "import_module", lambda _name: Module)


def test_every_benchmark_says_in_one_line_what_it_measures() -> None:
    assert all(len(summary(name)) > 20 for name in names())


def test_help_lists_every_benchmark_and_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr()
    assert all(f"  {name} " in said.out for name in names())
    assert not said.err


def test_called_with_nothing_it_tells_how_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    said = capsys.readouterr()
    assert "usage" in said.err
    assert not said.out


def test_the_last_line_is_one_flat_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, {"companies": 3, "recall": 0.5, "equal": True})

    assert main(["spark"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {
        "companies": 3,
        "recall": 0.5,
        "equal": True,
    }


def test_what_was_not_measured_is_absent_and_never_null() -> None:
    assert json.loads(as_line({"recall": None, "companies": 3})) == {"companies": 3}


@pytest.mark.parametrize("odd", [{"by_class": {"a": 1}}, {"times": [1, 2]}, {"recall": float("nan")}])
def test_what_is_not_one_figure_is_refused(odd: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"not one figure|Out of range"):
        as_line(odd)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConfigError("没有找到 Java"), "没有找到 Java"),
        (ModuleNotFoundError("No module named 'splink'", name="splink"), "splink"),
        (FileNotFoundError(2, "No such file or directory", "labels_dev.csv.gz"), "labels_dev.csv.gz"),
    ],
)
def test_what_stands_in_the_way_is_said_in_one_sentence(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, error)

    assert main(["linkage"]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err
    assert not told.out
