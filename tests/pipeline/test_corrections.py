"""Withdrawn, late and corrected batches: what they touch, what they move, and what the past still says."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from lookout.hub.landing import withdraw
from lookout.hub.reading import CompanyFilter, Reader
from lookout.hub.snapshots import HINDSIGHTS, current_run_id, list_runs, snapshot_folder
from lookout.kernel.clock import end_of_day
from lookout.kernel.errors import DataError
from lookout.pipeline import run
from lookout.pipeline.corrections import effects, rescore_batch, withdraw_batch
from tests.hub.facts.test_facts import ALPHA, registry
from tests.hub.hubs import deliver, wall
from tests.pipeline.test_run import FIRST, NAME, SECOND, advertisement, clock, complaints, same_results

pytestmark = pytest.mark.slow

LATE_COMPLAINTS = 4  # the batch that the tests withdraw
LUOGANG, HUANGPU = "440116", "440112"  # the first was made part of the second in 2014


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two runs; before the second, one more batch of complaints came."""
    home = tmp_path_factory.mktemp("home")
    early, late = wall(2026, 9, 1), wall(2026, 10, 1)
    firm = registry(ALPHA, NAME, organization_type="p2p_lending_platform", region=LUOGANG)
    deliver(home, "company", [firm | {"established_on": date(2010, 5, 1)}], early)
    deliver(home, "complaint_ticket", complaints("T", 5, date(2026, 8, 20)), early)
    deliver(home, "advertisement", [advertisement("A1", 20, date(2026, 8, 1))], early)
    run(home, end_of_day(FIRST), clock=clock)
    again = complaints("T", 2, date(2026, 8, 20), result="unfounded")
    deliver(home, "complaint_ticket", again + complaints("U", 30, date(2026, 8, 25)), late)
    run(home, end_of_day(SECOND), clock=clock)
    return home


@pytest.fixture
def home(ready: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ready, tmp_path / "home"))


def test_a_withdrawal_says_how_many_companies_it_touches(home: Path) -> None:
    done, companies = withdraw_batch(home, LATE_COMPLAINTS, at=wall(2026, 10, 5), by="李工", reason="报错表")

    assert (done.batch_no, companies) == (LATE_COMPLAINTS, 1)


def test_a_company_under_an_abolished_division_is_listed_under_the_one_that_has_its_place(
    ready: Path,
) -> None:
    (row,) = Reader(ready).list_companies(CompanyFilter(region=HUANGPU)).rows

    assert row.identifier == ALPHA
    assert "黄埔区" in row.region_name


def test_a_run_after_the_withdrawal_is_as_if_the_batch_had_never_come(home: Path, tmp_path: Path) -> None:
    withdraw(home, LATE_COMPLAINTS, at=wall(2026, 10, 1, 12), by="李工", reason="报错表")
    other = tmp_path / "other"
    shutil.copytree(home / "batches", other / "batches")
    shutil.rmtree(other / "batches" / f"{LATE_COMPLAINTS:06d}")
    run(other, end_of_day(FIRST), clock=clock)

    without = run(home, end_of_day(SECOND), clock=clock)
    never = run(other, end_of_day(SECOND), clock=clock)

    assert same_results(snapshot_folder(home, without.run_id), snapshot_folder(other, never.run_id))


def test_a_run_before_the_withdrawal_stays_as_it_was_bit_for_bit(home: Path) -> None:
    second = list_runs(home)[0].run_id
    before = Path(shutil.copytree(snapshot_folder(home, second), home / "before"))
    withdraw(home, LATE_COMPLAINTS, at=wall(2026, 10, 5), by="李工", reason="报错表")

    again = run(home, None, rerun_of=second, clock=clock)

    assert again.run_id == second
    assert same_results(before, snapshot_folder(home, second))


def test_a_withdrawal_is_told_as_a_correction(home: Path) -> None:
    withdraw(home, LATE_COMPLAINTS, at=wall(2026, 10, 5), by="李工", reason="报错表")
    run(home, end_of_day(date(2026, 10, 6)), clock=clock)
    dossier = Reader(home).get_company(ALPHA, None)

    assert dossier is not None
    assert dossier.change is not None
    assert dossier.change.parts["corrections"] < 0
    assert sum(dossier.change.parts.values()) == dossier.change.total


def test_the_effects_of_a_batch_add_up_to_the_change_of_the_score(home: Path) -> None:
    found = effects(home, LATE_COMPLAINTS, as_of=end_of_day(SECOND))

    (company,) = found.moved
    assert (found.rows, found.corrected, found.added) == (32, 2, 30)
    assert (company.identifier, company.rows) == (ALPHA, 32)
    assert company.before is not None
    assert company.after is not None
    assert company.after > company.before
    assert sum(points for _, _, points in company.lines) == company.after - company.before


def test_the_effects_of_a_withdrawn_batch_are_those_of_taking_it_away(home: Path) -> None:
    there = effects(home, LATE_COMPLAINTS, as_of=end_of_day(SECOND)).moved[0]
    withdraw(home, LATE_COMPLAINTS, at=wall(2026, 10, 2), by="李工", reason="报错表")

    gone = effects(home, LATE_COMPLAINTS, as_of=end_of_day(SECOND))

    assert gone.removed
    assert (gone.moved[0].before, gone.moved[0].after) == (there.after, there.before)


def test_rows_that_say_what_was_known_are_no_corrections(home: Path) -> None:
    again = complaints("T", 4, date(2026, 8, 20), result="unfounded")
    deliver(home, "complaint_ticket", again + complaints("W", 1, date(2026, 8, 25)), wall(2026, 10, 3))

    found = effects(home, 5, as_of=end_of_day(date(2026, 10, 3)))

    assert (found.rows, found.repeated, found.corrected, found.added) == (5, 2, 2, 1)


def test_an_unknown_batch_has_no_effects(home: Path) -> None:
    with pytest.raises(DataError, match="没有第 99 批"):
        effects(home, 99, as_of=end_of_day(SECOND))


def test_rescoring_a_late_batch_rates_the_companies_it_touches(home: Path) -> None:
    deliver(home, "complaint_ticket", complaints("V", 40, date(2026, 9, 30)), wall(2026, 10, 3))
    before = Reader(home).list_companies(CompanyFilter()).rows[0].score

    rated = rescore_batch(home, 5, as_of=end_of_day(date(2026, 10, 3)))

    assert rated == [ALPHA]
    assert Reader(home).list_companies(CompanyFilter()).rows[0].score > before


def test_hindsight_sees_what_had_happened_and_was_learned_later_and_is_never_published(home: Path) -> None:
    published, kept = current_run_id(home), list_runs(home)
    info = run(home, end_of_day(FIRST), clock=clock, known_at=end_of_day(SECOND))

    assert info.figures["facts"] > kept[-1].figures["facts"]
    assert current_run_id(home) == published
    assert list_runs(home) == kept
    assert (home / HINDSIGHTS / info.run_id / "run.json").exists()


def test_knowing_no_more_than_had_been_known_is_the_run_itself(home: Path) -> None:
    second = list_runs(home)[0].run_id

    assert run(home, end_of_day(SECOND), clock=clock, known_at=end_of_day(SECOND)).run_id == second
