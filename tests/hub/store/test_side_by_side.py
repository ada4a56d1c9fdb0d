"""Tables made side by side are those made one after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.hub.store import DuckDBStore, make_tables
from lookout.kernel.errors import DataError


@pytest.fixture
def store() -> Iterator[DuckDBStore]:
    opened = DuckDBStore(memory_limit="200MB", threads=1)
    yield opened
    opened.close()


def _nothing(_name: str) -> None:
    return None


def _value(store: DuckDBStore, name: str) -> int:
    return int(store.query(f'SELECT n FROM "{name}"')["n"][0].as_py())


@settings(max_examples=10, deadline=None)
@given(needs=st.lists(st.sets(st.integers(0, 5), max_size=3), min_size=1, max_size=6), data=st.data())
def test_each_table_is_made_after_those_it_reads(needs: list[set[int]], data: st.DataObject) -> None:
    # A table reads only earlier ones; they are handed over in any order.
    reads = {number: sorted(one for one in needed if one < number) for number, needed in enumerate(needs)}
    texts = {
        f"t{number}": "SELECT 1" + "".join(f" + (SELECT n FROM t{one})" for one in of) + " AS n"
        for number, of in reads.items()
    }
    shuffled = {name: texts[name] for name in data.draw(st.permutations(sorted(texts)))}
    store = DuckDBStore(memory_limit="200MB", threads=1)
    try:
        make_tables(
            store, shuffled, {f"t{n}": [f"t{one}" for one in of] for n, of in reads.items()}, _nothing
        )
        values: dict[int, int] = {}
        for number, of in reads.items():
            values[number] = 1 + sum(values[one] for one in of)
            assert _value(store, f"t{number}") == values[number]
    finally:
        store.close()


def test_every_table_is_told_once(store: DuckDBStore) -> None:
    told: list[str] = []
    make_tables(store, {"a": "SELECT 1 AS n", "b": "SELECT n FROM a"}, {"b": ["a"]}, told.append)
    assert told == ["a", "b"]


def test_what_is_there_already_need_not_be_made(store: DuckDBStore) -> None:
    store.table("there", "SELECT 7 AS n")
    make_tables(store, {"a": "SELECT n FROM there"}, {"a": ["there"]}, _nothing)
    assert _value(store, "a") == 7


def test_a_statement_that_fails_is_told_and_what_reads_it_is_not_begun(store: DuckDBStore) -> None:
    told: list[str] = []
    with pytest.raises(DataError, match="nowhere"):
        make_tables(store, {"a": "SELECT n FROM nowhere", "b": "SELECT n FROM a"}, {"b": ["a"]}, told.append)
    assert told == ["a"]


def test_what_one_session_beside_makes_the_first_one_sees_and_a_sibling_keeps_to_itself(
    store: DuckDBStore,
) -> None:
    store.beside().table("shared", "SELECT 1 AS n")
    sibling = store.sibling()
    sibling.table("shared", "SELECT 2 AS n")
    assert (_value(store, "shared"), _value(sibling, "shared")) == (1, 2)
    with pytest.raises(ValueError, match="sibling"):
        sibling.beside()
