"""The regional index: what DOMAIN asks of the formula holds for any region, and for any of its parts."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.kernel.errors import DataError
from lookout.web.situation.index_rules import CATALOGUE, index_rules, read_residents, read_rules, residents
from lookout.web.situation.region_index import (
    Entity,
    Holding,
    base_medians,
    chain_link,
    contributions,
    drivers,
    mass,
    measure,
    region_index,
    scale,
    shared_out,
    smooth,
    unscale,
)

RULES = index_rules()
entities = st.builds(
    Entity,
    identifier=st.text("0123456789", min_size=4, max_size=4),
    name=st.just("甲"),
    district=st.sampled_from(("440106", "440115", "440305", "")),
    kind=st.sampled_from(("p2p", "private_fund")),
    score=st.floats(0, 100),
    previous_score=st.none() | st.floats(0, 100),
    participants=st.none() | st.floats(0, 1e7),
    credit=st.floats(0, 1),
)
held = st.builds(
    Holding,
    mass=st.floats(0, 1e4),
    monitored=st.integers(1, 700_000),
    new_warned=st.none() | st.integers(0, 5000),
    window_days=st.integers(7, 90),
    voices=st.none() | st.integers(0, 100_000),
    residents=st.none() | st.integers(1, 200_000_000),
    late=st.integers(0, 50),
    open_clues=st.integers(50, 100),
    unpaid=st.floats(0, 1e9),
    raised=st.floats(1e9, 1e10),
)


def _times(holding: Holding, factor: int) -> Holding:
    def many(value: int | None) -> int | None:
        return None if value is None else value * factor

    return replace(
        holding,
        mass=holding.mass * factor,
        monitored=holding.monitored * factor,
        new_warned=many(holding.new_warned),
        voices=many(holding.voices),
        residents=many(holding.residents),
        late=holding.late * factor,
        open_clues=holding.open_clues * factor,
        unpaid=holding.unpaid * factor,
        raised=holding.raised * factor,
    )


def test_the_published_fall_of_a_city_is_a_fifth_less_risk() -> None:
    before, after = unscale(71.6), unscale(63.35)

    assert (round(before, 3), round(after, 3)) == (1.816, 1.448)
    assert round(after / before - 1, 3) == -0.203


@given(st.floats(0, 99.9))
def test_scaling_back_and_forth_gives_the_same(index: float) -> None:
    assert scale(unscale(index), 1.0) == pytest.approx(index)


@pytest.mark.parametrize("index", [-1, 100, 101])
def test_an_index_beyond_the_scale_has_no_inverse(index: float) -> None:
    with pytest.raises(DataError, match="0 到 100"):
        unscale(index)


@given(held)
def test_it_stays_between_0_and_100_and_its_points_add_up(holding: Holding) -> None:
    index = region_index(holding, RULES)

    assert 0 <= index.value <= 100
    assert sum(index.points.values()) == index.value
    assert index.points.keys() == index.measured.keys()


@pytest.mark.parametrize("field", ["mass", "new_warned", "voices", "late", "unpaid"])
@given(holding=held, more=st.integers(0, 40))
@settings(max_examples=60)
def test_more_of_anything_bad_never_lowers_it(field: str, holding: Holding, more: int) -> None:
    value = getattr(holding, field)
    if value is None:
        return
    worse = replace(
        holding, **{field: min(value + more, holding.open_clues) if field == "late" else value + more}
    )

    assert region_index(worse, RULES).value >= region_index(holding, RULES).value


@given(held, st.integers(2, 9))
def test_a_region_as_mixed_and_twice_as_large_measures_the_same(holding: Holding, factor: int) -> None:
    assert measure(_times(holding, factor), RULES) == pytest.approx(measure(holding, RULES))


@given(entities, st.floats(0, 1))
def test_handling_lowers_what_a_company_weighs(entity: Entity, credit: float) -> None:
    handled = replace(entity, credit=max(entity.credit, credit))

    assert 0 <= mass(handled, RULES) <= mass(entity, RULES)
    assert mass(replace(entity, credit=1.0), RULES) == 0


@given(entities)
def test_only_what_is_above_yellow_weighs_and_more_people_weigh_more(entity: Entity) -> None:
    assert mass(replace(entity, score=40.0), RULES) == 0
    assert mass(replace(entity, participants=(entity.participants or 0) + 100), RULES) >= mass(entity, RULES)


def test_clean_firms_outside_the_target_list_change_nothing() -> None:
    # The denominator is the monitored list; nothing else of a region is asked for.
    assert [name for name in Holding.__dataclass_fields__ if "compan" in name or "monitored" in name] == [
        "monitored"
    ]


def test_the_median_region_has_50_in_every_part() -> None:
    size = 10_000
    medians = RULES.medians
    holding = Holding(
        mass=medians["density"] * size / 10_000,
        monitored=size,
        new_warned=round(medians["flow"] * size / 10_000),
        voices=round(medians["public"] * 10_000_000 / 100_000),
        residents=10_000_000,
        late=1,
        open_clues=4,
        unpaid=1.0,
        raised=4.0,
    )

    assert region_index(holding, RULES).scaled == pytest.approx(dict.fromkeys(RULES.weights, 50.0), abs=0.01)
    assert region_index(holding, RULES).value == Decimal("50.00")


def test_a_small_region_is_drawn_towards_the_median() -> None:
    small, large = Holding(mass=1.0, monitored=10), Holding(mass=1000.0, monitored=10_000)

    assert measure(small, RULES) == measure(large, RULES)
    assert 50 < region_index(small, RULES).scaled["density"] < region_index(large, RULES).scaled["density"]


def test_a_part_nothing_is_known_about_is_left_out_and_said_so() -> None:
    index = region_index(Holding(mass=1.0, monitored=100), RULES)

    assert set(index.points) == {"density", "backlog"}
    assert index.known == pytest.approx(0.65)
    assert region_index(
        replace(Holding(mass=1.0, monitored=100), new_warned=3, window_days=3), RULES
    ).points.keys() == {
        "density",
        "backlog",
    }


def test_nobody_monitored_means_no_density_and_no_flow() -> None:
    index = region_index(Holding(mass=0.0, monitored=0, new_warned=0, voices=5, residents=100_000), RULES)

    assert set(index.points) == {"public", "backlog"}


@given(st.lists(entities, max_size=30), st.integers(1, 10_000))
def test_the_parts_of_the_density_by_place_and_by_kind_add_up_to_it_exactly(
    listed: list[Entity], monitored: int
) -> None:
    total = sum(mass(one, RULES) for one in listed)
    index = region_index(Holding(mass=total, monitored=monitored), RULES)
    for key in (lambda one: one.district, lambda one: one.kind):
        shares = contributions(index, listed, RULES, key)

        assert sum(shares.values()) == (index.points["density"] if total > 0 else 0)
        assert all(points >= 0 for points in shares.values())


@given(
    st.dictionaries(st.text(max_size=3), st.floats(0.001, 1e6), min_size=1, max_size=40),
    st.integers(0, 10_000),
)
def test_sharing_out_loses_not_a_hundredth(parts: dict[str, float], cents: int) -> None:
    total = Decimal(cents) / 100

    assert sum(shared_out(total, parts).values()) == total


def test_the_printed_index_is_half_this_month_and_half_the_last() -> None:
    assert smooth(None, Decimal("60.00"), RULES) == Decimal("60.00")
    assert smooth(Decimal("50.01"), Decimal("60.00"), RULES) == Decimal("55.01")


def test_the_companies_that_moved_it_most_come_first() -> None:
    risen = Entity("1", "升", "", "", 90, 50)
    fallen = Entity("2", "降", "", "", 41, 95)
    still = Entity("3", "平", "", "", 80, 80)
    listed = drivers([still, risen, fallen], RULES, 2)

    assert [one.entity.name for one in listed] == ["降", "升"]
    assert listed[0].change < 0 < listed[1].change


def test_a_new_base_is_linked_over_twelve_common_months() -> None:
    old = {f"2025-{month:02d}": Decimal(60) for month in range(1, 13)}
    new = dict.fromkeys(old, Decimal(50))

    assert chain_link(old, new) == Decimal("1.2")
    with pytest.raises(DataError, match="12 个月"):
        chain_link(old, {"2025-01": Decimal(50)})
    with pytest.raises(DataError, match="都是 0"):
        chain_link(old, dict.fromkeys(old, Decimal(0)))


def test_medians_of_a_base_come_from_at_least_half_of_the_regions() -> None:
    regions = [Holding(mass=number, monitored=10_000) for number in (1.0, 2.0, 9.0)]
    regions[0] = replace(regions[0], voices=1, residents=100_000)

    assert base_medians(regions, RULES) == {"density": 2.0, "backlog": 0.0}


def test_the_catalogue_says_everything_that_is_wrong_with_it() -> None:
    content: dict[str, Any] = yaml.safe_load((CATALOGUE / "region_index.yaml").read_text("utf-8"))
    wrong = copy.deepcopy(content)
    wrong["weights"]["flow"] = 0.9
    with pytest.raises(DataError, match="合计应为 1"):
        read_rules(wrong)
    wrong["weights"]["noise"] = 0.1
    wrong["base"]["medians"]["density"] = 0
    wrong["base"]["how"] = ""
    wrong["credits"]["accepted"] = 2
    with pytest.raises(DataError) as refusal:
        read_rules(wrong)

    for said in ("noise", "medians.density", "base.how", "credits.accepted"):
        assert said in str(refusal.value)


def test_residents_of_districts_add_up_to_their_city_and_cities_to_the_province() -> None:
    counts = residents().by_prefix
    cities = {prefix: number for prefix, number in counts.items() if len(prefix) == 4}

    assert sum(cities.values()) == counts["44"]
    assert (
        sum(number for prefix, number in counts.items() if prefix.startswith("4401") and len(prefix) == 6)
        == (counts["4401"])
    )
    with pytest.raises(DataError, match="residents"):
        read_residents({"source": "x", "counted_on": None, "residents": {"9": 0}})
