"""Logs are one line of fields each, and hold no personal number."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from lookout.config import configure_logging
from lookout.config.logging import mask_personal
from lookout.kernel.identifiers import person_check_digit

PERSON = "44010619800101123" + person_check_digit("44010619800101123")


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"person {PERSON} called", f"person 4401**********{PERSON[-4:]} called"),
        ("phone 13812341234", "phone 138****1234"),
        ("company 91440101MA59ABCD1D", "company 91440101MA59ABCD1D"),
        ("sha256 13812341234abc", "sha256 13812341234abc"),
        ("rows 20000", "rows 20000"),
    ],
)
def test_personal_numbers_are_masked_and_nothing_else(text, masked):
    assert mask_personal(text) == masked


def test_json_logs_are_one_object_a_line_with_the_event_in_english(capsys):
    configure_logging("json", "INFO")

    structlog.get_logger("lookout").info("batch_landed", batch_no=1, contact="13812341234")
    logging.getLogger("library").warning("caller 13812341234")

    own, foreign = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (own["event"], own["batch_no"], own["level"]) == ("batch_landed", 1, "info")
    assert own["contact"] == "138****1234"
    assert foreign["event"] == "caller 138****1234"


def test_lower_levels_are_silent(capsys):
    configure_logging("json", "WARNING")

    structlog.get_logger("lookout").info("quiet")

    assert capsys.readouterr().err == ""
