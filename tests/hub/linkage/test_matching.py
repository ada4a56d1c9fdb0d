"""Whom a name means: what links, what a person decides, what are strangers; and that the score adds up."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.hub.linkage import cluster, dissect, explain, lexicon, match
from lookout.hub.resolution import normalise_name
from lookout.hub.store import DuckDBStore

REGISTER = (
    "广州安邦贸易有限公司",
    "深圳安邦贸易有限公司",
    "广州安达贸易有限公司",
    "广州市众人通财富管理有限公司",
    "广州恒通达投资合伙企业（有限合伙）",
    "佛山捷世健身服务有限公司",
    "深圳宏发集团有限公司",
)


def decided(names: list[str], register: tuple[str, ...] = REGISTER) -> dict[str, list[tuple[str, str]]]:
    """Return for each name the decisions with the registered names, best first."""
    words = lexicon()
    left, right = ([normalise_name(name) for name in side] for side in (names, register))
    store = DuckDBStore()
    keys = pa.array(range(len(right)), pa.int32())
    found = match(store, dissect(left, words), dissect(right, words), keys, words).to_pylist()
    store.close()
    return {
        name: [(row["decision"], row["known_as"]) for row in found if row["name"] == own]
        for name, own in zip(names, left, strict=True)
    }


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("广州安邦贸易", "广州安邦贸易有限公司"),
        ("廣州安邦貿易公司", "广州安邦贸易有限公司"),
        ("安邦（广州）贸易", "广州安邦贸易有限公司"),
        ("广州安邦贸移有限公司", "广州安邦贸易有限公司"),
        ("广洲安邦贸易有限公司", "广州安邦贸易有限公司"),
        ("广州安邦贸易有线公司", "广州安邦贸易有限公司"),
        ("广州众人同财富管理有限公司", "广州市众人通财富管理有限公司"),
        ("广州众人通财富", "广州市众人通财富管理有限公司"),
        ("众人通财富管理", "广州市众人通财富管理有限公司"),
        ("广州安邦", "广州安邦贸易有限公司"),
    ],
)
def test_a_name_that_clearly_means_one_company_links(name: str, meant: str) -> None:
    assert decided([name])[name][0] == ("link", meant)


def test_the_same_brand_in_two_cities_without_a_city_is_for_a_person() -> None:
    found = decided(["安邦贸易有限公司"])["安邦贸易有限公司"]

    assert {decision for decision, _ in found} == {"queue"}
    assert {name for _, name in found} == {"广州安邦贸易有限公司", "深圳安邦贸易有限公司"}


@pytest.mark.parametrize(
    "name",
    [
        "东莞安邦贸易有限公司",  # another city
        "广州安邦物流有限公司",  # another trade
        "广州安泰贸易有限公司",  # another 字号 beside the same everything
        "广州安邦达贸易有限公司",  # a longer 字号
        "广州安邦贸易有限公司深圳分公司",  # a branch is not its parent
        "佛山捷和世健身服务有限公司",  # a character put into a short 字号
        "深圳宏发有限公司",  # the group is not the company
        "广州恒通达投资有限公司",  # another kind of person in law
    ],
)
def test_strangers_never_link_by_themselves(name: str) -> None:
    assert all(decision == "queue" for decision, _ in decided([name])[name])


def test_strangers_are_not_even_asked_about_when_the_brand_differs() -> None:
    assert decided(["广州安泰贸易有限公司"]) == {"广州安泰贸易有限公司": []}


def test_the_same_brand_elsewhere_is_one_company_when_phone_and_representative_agree() -> None:
    left = {"name": "深圳安邦贸易有限公司", "phone": "t1", "representative": "t2", "address": "甲路1号"}
    right = {**left, "name": "广州安邦贸易有限公司"}

    assert explain({"name": left["name"]}, {"name": right["name"]}, lexicon()).score < 55
    assert explain(left, right, lexicon()).score >= lexicon().weights.thresholds.link


NAMES = st.text("广州深圳安邦众人通财富管理贸易有限公司集团分第一店厂", max_size=14)


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES)
def test_the_parts_always_add_up_to_the_score(left: str, right: str) -> None:
    found = explain({"name": left}, {"name": right}, lexicon())

    assert sum(part.points for part in found.parts) == found.score


def test_the_sentence_says_each_part_with_its_points() -> None:
    found = explain({"name": "广州众人同财富"}, {"name": "广州众人通财富管理有限公司"}, lexicon())

    assert "字号“众人同”与“众人通”同音（+38）" in found.sentence
    assert found.sentence.startswith("共 ")


def test_two_readings_give_the_same_answer_in_the_same_order() -> None:
    names = ["安邦贸易有限公司", "广州安邦", "众人童财富管理"]

    assert decided(names) == decided(names)


def test_a_chain_does_not_make_strangers_one() -> None:
    # A is like B and B like C, but A was compared with C and is another.
    found = cluster([(1, 2, 90), (2, 3, 89), (1, 3, 20)], threshold=78, codes={})

    assert found == {1: 1, 2: 1}


def test_a_chain_of_never_compared_ends_does_not_join_either() -> None:
    assert cluster([(1, 2, 90), (2, 3, 90)], threshold=78, codes={}) == {1: 1, 2: 1}


def test_a_cluster_never_holds_two_codes() -> None:
    pairs = [(1, 2, 95), (2, 3, 95), (1, 3, 95)]

    assert cluster(pairs, threshold=78, codes={1: "A", 3: "C"}) == {1: 1, 2: 1}
