"""The feed loses nothing: whatever is published, rated live, taken back or moved while somebody reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookout.web import published
from lookout.web.api import feed
from lookout.web.api.models import FeedHead, FeedRow
from lookout.web.api.records import KINDS
from tests.web.fake_reader import COMPANIES, _mark

pytestmark = pytest.mark.django_db
RATINGS = KINDS["rating"]
NAMES = [row.identifier for row in COMPANIES[:5]]
REGIONS = ("440106", "440115", "440305", "")
Content = tuple[str, int]  # region and number of labels


@dataclass
class World:
    """What is published: a run, and what was rated live since."""

    run: dict[str, Content] = field(default_factory=dict)
    live: dict[str, Content] = field(default_factory=dict)
    number: int = 0
    made: int = 0
    sequence: int = 0
    earlier: list[tuple[int, dict[str, Content]]] = field(default_factory=list)

    def edition(self) -> str:
        return f"run-{self.number}+{self.sequence}"

    def now(self) -> dict[str, Content]:
        return self.run | self.live

    def publish(self, run: dict[str, Content]) -> None:
        self.earlier.append((self.number, self.run))
        self.run, self.live, self.sequence = run, {}, 0
        self.made += 1
        self.number = self.made

    def take_back(self) -> None:
        if self.earlier:
            self.number, self.run = self.earlier.pop()
            self.live, self.sequence = {}, 0

    def rate_live(self, name: str, content: Content) -> None:
        self.live[name] = content
        self.sequence += 1

    def _rows(self, content: dict[str, Content]) -> list[Any]:
        from dataclasses import replace

        base = {row.identifier: row for row in COMPANIES}
        rows = [replace(base[name], region=told[0], label_count=told[1]) for name, told in content.items()]
        return [(row, _mark(row)) for row in rows]

    def marks(self, *, live_only: bool = False) -> Iterator[Any]:
        return (mark for row, mark in self._rows(self.live if live_only else self.now()) if row.region)

    def marked_rows(self, identifiers: Sequence[str], scope: Any) -> list[Any]:
        return self._rows({name: told for name, told in self.now().items() if name in identifiers})


@dataclass
class Partner:
    """A reader that keeps a copy of one region, by cursor or by time."""

    region: str
    by_time: bool
    copy: dict[str, Content] = field(default_factory=dict)
    after: int = 0
    since: datetime | None = None

    def page(self, clock: datetime) -> bool:
        """Read one page; return whether there is more."""
        feed.follow_what_came(clock)
        complete_until = feed.head().stamped_at
        since = self.since if self.by_time and not self.after else None
        read = feed.read(RATINGS, self.region, after=self.after, since=since, limit=2, now=clock)
        for one in read.told:
            if one.item is None:
                self.copy.pop(one.identifier, None)
            else:
                content: Any = one.item.content
                self.copy[one.identifier] = (content.region, content.label_count)
        self.after = read.last
        if self.by_time and not read.has_more:
            self.after, self.since = 0, complete_until
        return read.has_more


STEP = st.one_of(
    st.tuples(
        st.just("publish"),
        st.dictionaries(st.sampled_from(NAMES), st.tuples(st.sampled_from(REGIONS), st.integers(0, 1))),
    ),
    st.tuples(
        st.just("live"), st.sampled_from(NAMES), st.tuples(st.sampled_from(REGIONS[:3]), st.integers(0, 1))
    ),
    st.tuples(st.just("take back")),
    st.tuples(st.just("job")),
    st.tuples(st.just("clock"), st.integers(-100, 100)),
    st.tuples(st.just("read"), st.integers(0, 3)),
)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(published, "reader", lambda: made)
    return made


def begin_again(world: World) -> None:
    FeedRow.objects.all().delete()
    FeedHead.objects.all().delete()
    feed._followed_live.clear()
    world.__dict__.update(World().__dict__)


# Every example begins again by itself.
@settings(max_examples=40, database=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=14))
def test_every_copy_ends_equal_to_what_is_published(world: World, steps: list[tuple[Any, ...]]) -> None:
    begin_again(world)
    partners = [Partner("4401", False), Partner("4401", True), Partner("44", False), Partner("440115", True)]
    clock = timezone.now()
    for step in steps:
        match step:
            case ("publish", run):
                world.publish(run)
            case ("live", name, content):
                world.rate_live(name, content)
            case ("take back",):
                world.take_back()
            case ("job",):
                feed.follow(clock)
            case ("clock", seconds):
                clock += timedelta(seconds=seconds)
            case ("read", number):
                partners[number].page(clock)

    feed.follow(clock)
    for partner in partners:
        while partner.page(clock):
            pass
        prefix = partner.region
        expected = {
            name: told for name, told in world.now().items() if told[0] and told[0].startswith(prefix)
        }
        assert partner.copy == expected, partner


def test_nothing_that_stands_still_is_told_twice(world: World) -> None:
    world.publish(dict.fromkeys(NAMES, ("440106", 1)))
    feed.follow(timezone.now())
    end = feed.head().sequence

    world.publish(dict(world.run))
    moved = feed.follow(timezone.now())

    assert (moved, feed.head().sequence) == (0, end)


def test_times_only_grow_when_the_clock_is_set_back(world: World) -> None:
    now = timezone.now()
    world.publish({NAMES[0]: ("440106", 1)})
    feed.follow(now)
    world.publish({NAMES[0]: ("440106", 2), NAMES[1]: ("440106", 1)})
    feed.follow(now - timedelta(days=3))

    rows = FeedRow.objects.filter(kind="rating").order_by("sequence")

    assert [row.updated_at > now for row in rows] == [True, True]


def test_a_company_that_leaves_the_region_is_withdrawn_there_and_told_where_it_went(world: World) -> None:
    world.publish({NAMES[0]: ("440106", 1)})
    feed.follow(timezone.now())
    world.publish({NAMES[0]: ("440305", 1)})
    feed.follow(timezone.now())

    def told(region: str) -> list[tuple[str, bool]]:
        page = feed.read(RATINGS, region, after=0, since=None, limit=10, now=timezone.now())
        return [(one.identifier, one.item is None) for one in page.told]

    assert told("4401") == [(NAMES[0], True)]
    assert told("4403") == told("44") == [(NAMES[0], False)]
