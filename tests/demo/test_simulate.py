"""The province as a whole: repeatable, honest about bad arguments, ignorant of the rating."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import lookout.demo
from lookout.demo import load_scenario, simulate
from lookout.kernel.errors import CatalogueError, DataError

RATING_ROOMS = ("lookout.engine", "lookout.hub", "lookout.pipeline", "lookout.sources", "lookout.web")


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file by its path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    scenario = load_scenario()
    for name in ("one", "two"):
        simulate(tmp_path / name, companies=60, seed=5, scenario=scenario)

    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_another_province(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(tmp_path / str(seed), companies=30, seed=seed, scenario=load_scenario())

    assert digests(tmp_path / "1")["truth.csv"] != digests(tmp_path / "2")["truth.csv"]


@pytest.mark.parametrize("companies", [1, 2, 7])
def test_a_tiny_province_is_possible(tmp_path: Path, companies: int) -> None:
    report = simulate(tmp_path / "out", companies=companies, seed=1, scenario=load_scenario("unseen"))

    assert report.companies == companies
    assert (tmp_path / "out" / "delivery.yaml").is_file()


def test_a_folder_with_files_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", "utf-8")

    with pytest.raises(DataError, match="不是空的"):
        simulate(tmp_path, companies=10, seed=1, scenario=load_scenario())


def test_no_companies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="正整数"):
        simulate(tmp_path / "out", companies=0, seed=1, scenario=load_scenario())


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    simulate(
        tmp_path / "out", companies=5, seed=1, scenario=load_scenario(), progress=lambda *p: told.append(p)
    )

    assert told[-1] == (5, 5)


def test_all_problems_of_a_scenario_are_reported_together(tmp_path: Path) -> None:
    text = Path(lookout.demo.__file__).with_name("scenarios").joinpath("guangdong.yaml").read_text("utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text(
        text.replace("wrong_check_digit: 0.002", "wrong_check_digit: 7").replace("months: 30", "months: 3"),
        "utf-8",
    )

    with pytest.raises(CatalogueError) as caught:
        load_scenario(file)

    assert len(caught.value.problems) == 2


def test_unknown_words_of_a_scenario_are_named(tmp_path: Path) -> None:
    text = Path(lookout.demo.__file__).with_name("scenarios").joinpath("guangdong.yaml").read_text("utf-8")
    file = tmp_path / "mine.yaml"
    changed = text.replace("theme: rumour,", "theme: gossip,").replace('"445300": 0.6', '"449999": 0.6')
    file.write_text(changed.replace("table: justice_auction", "table: auctions"), "utf-8")

    with pytest.raises(CatalogueError) as caught:
        load_scenario(file)

    assert {
        word for p in caught.value.problems for word in ("gossip", "449999", "auctions") if word in p.what
    } == {
        "gossip",
        "449999",
        "auctions",
    }


def test_a_missing_scenario_file_is_one_clear_problem() -> None:
    with pytest.raises(CatalogueError, match="无法读取"):
        load_scenario("nowhere.yaml")


def test_the_generator_does_not_know_the_rating() -> None:
    for file in Path(lookout.demo.__file__).parent.glob("*.py"):
        text = file.read_text("utf-8")

        assert not any(room in text for room in RATING_ROOMS), file.name
