"""Digests and the chain they form."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lookout.proof import GENESIS, Break, Link, canonical, chain_digest, find_break, sha256_hex, sm3_hex


def _chain(contents: list[bytes]) -> list[Link]:
    links, previous = [], GENESIS
    for number, content in enumerate(contents, 1):
        previous = chain_digest(previous, content)
        links.append(Link(number, content, previous))
    return links


def test_digests_are_those_of_the_standards() -> None:
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    # The example of GB/T 32905-2016, annex A.1.
    assert sm3_hex(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_the_same_record_gives_the_same_bytes_whatever_the_order_of_its_keys() -> None:
    assert canonical({"乙": 1, "甲": "x"}) == canonical({"甲": "x", "乙": 1})


@given(st.lists(st.binary(max_size=8), max_size=8))
def test_an_untouched_chain_holds(contents: list[bytes]) -> None:
    assert find_break(_chain(contents)) is None


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=8), st.data())
def test_a_changed_entry_is_found_where_it_is(contents: list[bytes], data: st.DataObject) -> None:
    links = _chain(contents)
    at = data.draw(st.integers(0, len(links) - 1))
    links[at] = Link(links[at].number, links[at].content + b"!", links[at].digest)

    assert find_break(links) == Break(at + 1, "changed")


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=8), st.data())
def test_a_missing_entry_is_found_where_it_was(contents: list[bytes], data: st.DataObject) -> None:
    links = _chain(contents)
    at = data.draw(st.integers(0, len(links) - 2))
    del links[at]

    assert find_break(links) == Break(at + 1, "gap")
