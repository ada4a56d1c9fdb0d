"""The bar of places: nothing lost, nothing twice, five at most on a phone, and where one is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import pytest
from django.test import Client
from django.urls import reverse

from lookout.web.accounts.bar import AT_HAND, GROUPS, MOST_AT_HAND, bar_of
from lookout.web.accounts.models import User
from lookout.web.accounts.roles import PLACES, Place, Role
from lookout.web.ui.tags import region_options

SignIn = Callable[[str], Client]


def test_every_place_stands_in_one_group() -> None:
    assert sorted(chain.from_iterable(places for _title, places in GROUPS)) == sorted(Place)


@pytest.mark.parametrize("role", Role)
def test_a_phone_shows_five_at_most_and_loses_no_place(role: Role) -> None:
    bar = bar_of(User(role=role), "")
    rest = [place for group in bar.rest for place in group.places]

    assert len(bar.at_hand) + bool(rest) <= MOST_AT_HAND
    assert sorted([*bar.at_hand, *rest]) == sorted(PLACES[role])
    assert set(AT_HAND.get(role, ())) <= set(PLACES[role])


def test_a_page_without_a_place_of_its_own_stands_where_one_came_from() -> None:
    assert bar_of(User(role=Role.ANALYST), "dispatch").here is Place.CLUES
    assert bar_of(User(role=Role.INSTITUTION), "notices").here is None


def test_the_button_for_the_rest_says_where_one_is(as_person: SignIn) -> None:
    page = as_person("chen").get(reverse("data:tables")).content.decode()
    rest = page.split('<details class="menu rest here">')[1]

    assert "<span>数据</span></summary>" in rest.replace("\n", "")
    assert page.count('aria-current="page"><svg') == 2  # once in each of the two bars


def test_a_region_is_chosen_by_name_inside_ones_own() -> None:
    own = region_options("4401", "440106")

    assert '<option value="440106" selected>　天河区</option>' in own
    assert '<option value="4401">广州市</option>' in own
    assert "南山区" not in own
