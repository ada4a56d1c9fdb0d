"""The fixture of a small store of empty as_of views."""

from collections.abc import Iterator

import pytest

from tests.hub.marts.small_store import SmallStore


@pytest.fixture
def store() -> Iterator[SmallStore]:
    made = SmallStore()
    yield made
    made.connection.close()
