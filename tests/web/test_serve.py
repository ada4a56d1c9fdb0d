"""Starting the desk: what every page reads is opened beforehand, and leaves the rounds of the garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from lookout.kernel.errors import DataError
from lookout.web import published
from lookout.web.serve import GARBAGE, warm_up
from tests.web.fake_reader import FakeReader


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_opened_once_is_looked_through_for_garbage_no_more() -> None:
    warm_up()

    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == GARBAGE


def test_a_result_that_cannot_be_opened_does_not_keep_the_desk_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Torn(FakeReader):
        def list_companies(self, *_: Any, **__: Any) -> Any:
            raise DataError("snapshots/listing.parquet 损坏")

    monkeypatch.setattr(published, "reader", Torn)
    warm_up()

    assert gc.get_threshold() == GARBAGE
