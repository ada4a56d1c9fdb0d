"""What differs between two lists: every rated company once, by its gravest difference, counted as it is listed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookout.hub.reading import Reader
from lookout.hub.reading.difference import DifferenceFilter
from lookout.hub.snapshots import list_runs, snapshot_folder

GRAVITY = {"red": 4, "orange": 3, "yellow": 2, "normal": 1, "grey": 0}
REGIONS = ("440106", "440305", "330302")
SIDE = st.none() | st.tuples(
    st.sampled_from(sorted(GRAVITY)), st.integers(0, 10_000).map(lambda cents: Decimal(cents) / 100)
)


@pytest.fixture(scope="module")
def runs(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A home with two kept runs, whose lists each test writes anew."""
    copy = tmp_path_factory.mktemp("lists") / "home"
    shutil.copytree(home, copy)
    second, first = (record.run_id for record in list_runs(copy))
    for run_id in (first, second):
        folder = snapshot_folder(copy, run_id)
        shutil.copy(folder / "listing.parquet", folder / "listing.kept")
    return copy, first, second


def put_list(home: Path, run_id: str, sides: list[tuple[str, Decimal] | None]) -> None:
    """Write a list of as many companies as there are sides; None is a company the run does not rate."""
    folder = snapshot_folder(home, run_id)
    kept = pq.read_table(folder / "listing.kept").slice(0, 1)
    rows = []
    for number, side in enumerate(sides):
        row = kept.to_pylist()[0]
        band, score = side or (None, None)
        row |= {"company_key": number, "identifier": f"C{number:03}", "region": REGIONS[number % 3]}
        row |= {"is_rated": side is not None, "band": band, "score": None if band == "grey" else score}
        rows.append(row)
    pq.write_table(pa.Table.from_pylist(rows, kept.schema), folder / "listing.parquet")
    (folder / "run.json").touch()  # a folder changes only when its run is made again


def kind_of(
    before: tuple[str, Decimal] | None, now: tuple[str, Decimal] | None, least: Decimal
) -> str | None:
    """The rule in plain words."""
    if before is None or now is None:
        return None if before is now else "entered" if before is None else "left"
    if before[0] != now[0]:
        return "raised" if GRAVITY[now[0]] > GRAVITY[before[0]] else "lowered"
    return "moved" if before[0] != "grey" and abs(now[1] - before[1]) >= least else None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(SIDE, SIDE), min_size=1, max_size=9), st.sampled_from([Decimal(1), Decimal(5)]))
def test_every_company_that_differs_is_listed_once_under_the_kind_of_its_difference(
    runs: tuple[Path, str, str], pairs: list[tuple[object, object]], least: Decimal
) -> None:
    home, first, second = runs
    put_list(home, first, [pair[0] for pair in pairs])
    put_list(home, second, [pair[1] for pair in pairs])
    expected = {
        f"C{n:03}": kind
        for n, pair in enumerate(pairs)
        if (kind := kind_of(pair[0], pair[1], least)) is not None
    }

    page = Reader(home).difference(first, second, DifferenceFilter(least=least))

    assert {row.identifier: row.kind for row in page.rows} == expected
    assert page.total == len(page.rows) == sum(page.counts.values()) == len(expected)
    assert all(page.counts[kind] == list(expected.values()).count(kind) for kind in page.counts)


def test_a_list_differs_from_itself_in_nothing(runs: tuple[Path, str, str]) -> None:
    home, first, _ = runs
    put_list(home, first, [("red", Decimal(90)), ("normal", Decimal(3)), None])

    assert Reader(home).difference(first, first, DifferenceFilter()).total == 0


def test_a_region_and_a_scope_narrow_what_is_counted_and_what_is_listed(runs: tuple[Path, str, str]) -> None:
    home, first, second = runs
    put_list(home, first, [None, None, None])
    put_list(home, second, [("red", Decimal(90)), ("red", Decimal(80)), ("red", Decimal(70))])
    asked = DifferenceFilter()
    reader = Reader(home)

    def seen(narrowed: DifferenceFilter) -> list[str]:
        page = reader.difference(first, second, narrowed)
        assert page.counts["entered"] == page.total == len(page.rows)
        return [row.identifier for row in page.rows]

    assert seen(asked) == ["C000", "C001", "C002"]  # the largest move first
    assert seen(replace(asked, region="4401")) == ["C000"]
    assert seen(replace(asked, scope=("4403", "33"))) == ["C001", "C002"]
    assert seen(replace(asked, scope=("4403",), region="4401")) == []
    assert seen(replace(asked, scope=())) == []


def test_a_run_that_is_not_kept_is_an_error(runs: tuple[Path, str, str]) -> None:
    home, first, _ = runs

    with pytest.raises(KeyError):
        Reader(home).difference(first, "20200101-00000000", DifferenceFilter())
