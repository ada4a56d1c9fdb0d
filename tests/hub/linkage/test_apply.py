"""What linkage adds to resolution: as known at an instant, reversible, with nothing lost and nothing guessed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lookout.contracts import contracts
from lookout.hub.facts import Facts, Visible, fold, open_views, unresolved
from lookout.hub.landing import list_batches
from lookout.hub.store import DuckDBStore
from lookout.kernel.errors import DataError
from lookout.pipeline.linking import history, judge, undo
from tests.hub.hubs import PERSONAL_KEY, deliver, wall

ALPHA, BETA = "91440101MA59ABCD1D", "91330300MA2TE5XY5R"
EARLY, LATE, FULL = wall(2026, 9, 1), wall(2026, 10, 1), wall(2026, 10, 31, 23)
SEEN = "SELECT c.ticket_no, r.identifier FROM complaint_ticket AS c JOIN company_universe AS r ON r.company_key = c.company_key ORDER BY 1"


def company(uscc: str, name: str, **more: Any) -> dict[str, Any]:
    row = {
        "uscc": uscc,
        "name": name,
        "status": "active",
        "established_on": date(2020, 5, 1),
        "region": "440106",
    }
    return row | more


def complaint(ticket: str, name: str, **more: Any) -> dict[str, Any]:
    row = {
        "ticket_no": ticket, "channel": "hotline12345", "received_on": date(2026, 8, 20), "target_name": name,
        "complaint_type": "illegal_fundraising",
    }  # fmt: skip
    return row | more


@pytest.fixture
def home(tmp_path: Path) -> Path:
    deliver(
        tmp_path,
        "company",
        [
            company(ALPHA, "广州众人通财富管理有限公司"),
            company(BETA, "温州瓯江贸易有限公司", region="330304"),
        ],
        EARLY,
    )
    return tmp_path


def read(
    home: Path, known_by: datetime = FULL, batches: frozenset[int] | None = None
) -> dict[str, list[Any]]:
    store = DuckDBStore()
    fold(store, home, list_batches(home), contracts(), lambda *_: None)
    store.close()
    store = DuckDBStore()
    visible = Visible(known_by, batches)
    facts = Facts.read(home)
    open_views(store, home, facts, contracts(), visible)
    found = {
        "tickets": [tuple(row.values()) for row in store.query(SEEN).to_pylist()],
        "unresolved": [
            (row["value"], row["rows"], row["why"])
            for row in unresolved(store, facts, contracts(), visible).to_pylist()
            if row["table"] != "resolution_judgement"
        ],
        "linked": [
            tuple(row.values()) for row in store.query("SELECT name, score, how FROM linked").to_pylist()
        ],
        "universe": store.query("SELECT identifier FROM company_universe ORDER BY 1")[
            "identifier"
        ].to_pylist(),
    }
    store.close()
    return found


def say(home: Path, verb: str, name: str, code: str, at: datetime = LATE, by: str = "王五") -> str:
    left = ("name", name) if verb in {"link", "separate"} else ("uscc", name)
    return judge(home, verb, left, ("uscc", code), by=by, reason="核对住所", at=at, personal_key=PERSONAL_KEY)


def test_a_short_name_counts_for_the_company_it_clearly_means(home: Path) -> None:
    deliver(home, "complaint_ticket", [complaint("T1", "众人通财富管理")], EARLY)

    found = read(home)

    assert found["tickets"] == [("T1", ALPHA)]
    assert found["linked"] == [("众人通财富管理", 82, "automatic")]
    assert found["unresolved"] == []


def test_before_the_company_was_known_its_short_name_meant_nobody(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [company(BETA, "温州瓯江贸易有限公司", region="330304")], EARLY)
    deliver(tmp_path, "complaint_ticket", [complaint("T1", "众人通财富管理")], EARLY)
    before = read(tmp_path, EARLY)
    deliver(tmp_path, "company", [company(ALPHA, "广州众人通财富管理有限公司")], LATE)

    assert read(tmp_path, LATE)["tickets"] == [("T1", ALPHA)]
    assert read(tmp_path, EARLY) == before
    assert before["unresolved"] == [("众人通财富管理", 1, "unknown")]


def test_a_second_company_that_fits_as_well_takes_the_certainty_away(home: Path) -> None:
    deliver(home, "complaint_ticket", [complaint("T1", "众人通财富管理")], EARLY)
    deliver(
        home, "company", [company("9144030071526726XG", "深圳众人通财富管理有限公司", region="440305")], LATE
    )

    assert read(home, EARLY)["tickets"] == [("T1", ALPHA)]
    assert read(home, LATE)["tickets"] == []


def test_a_judgement_counts_from_the_instant_it_was_made(home: Path) -> None:
    deliver(home, "complaint_ticket", [complaint("T1", "老王理财")], EARLY)
    read(home)
    say(home, "link", "老王理财", ALPHA)

    assert read(home, LATE)["tickets"] == [("T1", ALPHA)]
    assert read(home, EARLY)["tickets"] == []


def test_a_clear_link_can_be_separated_and_the_undoing_brings_it_back(home: Path) -> None:
    deliver(home, "complaint_ticket", [complaint("T1", "众人通财富管理")], EARLY)
    read(home)
    number = say(home, "separate", "众人通财富管理", ALPHA)
    apart = read(home)["tickets"]
    undo(home, number, by="李四", reason="看错了", at=wall(2026, 10, 2), personal_key=PERSONAL_KEY)

    assert apart == []
    assert read(home)["tickets"] == [("T1", ALPHA)]
    assert read(home, LATE)["tickets"] == []


def test_of_two_opposite_judgements_the_later_wins_and_both_are_kept(home: Path) -> None:
    deliver(home, "complaint_ticket", [complaint("T1", "老王理财")], EARLY)
    read(home)
    say(home, "link", "老王理财", ALPHA)
    say(home, "separate", "老王理财", ALPHA, at=wall(2026, 10, 2))

    assert read(home)["tickets"] == []
    assert [(row.judgement.verb.value, row.in_force) for row in history(home)] == [
        ("separate", True),
        ("link", False),
    ]


def test_an_undoing_can_be_undone_but_nothing_twice(home: Path) -> None:
    read(home)
    number = say(home, "link", "老王理财", ALPHA)
    second = undo(home, number, by="李四", reason="", at=wall(2026, 10, 2), personal_key=PERSONAL_KEY)

    with pytest.raises(DataError, match="已经撤销"):
        undo(home, number, by="李四", reason="", at=wall(2026, 10, 3), personal_key=PERSONAL_KEY)

    undo(home, second, by="李四", reason="", at=wall(2026, 10, 4), personal_key=PERSONAL_KEY)
    assert {row.judgement.judgement_no: row.in_force for row in history(home)}[number]


def test_merged_companies_are_one_and_split_again_are_two(home: Path) -> None:
    deliver(home, "complaint_ticket", [complaint("T1", "", target_name="甲", target_uscc=BETA)], EARLY)
    read(home)
    say(home, "merge", BETA, ALPHA)
    together = read(home)
    say(home, "split", BETA, ALPHA, at=wall(2026, 10, 2))

    assert together["tickets"] == [("T1", ALPHA)]
    assert together["universe"] == [ALPHA]
    assert read(home)["tickets"] == [("T1", BETA)]


def test_a_row_whose_code_and_name_mean_two_companies_counts_for_neither(home: Path) -> None:
    row = complaint("T1", "温州瓯江贸易有限公司", target_uscc=ALPHA)
    deliver(home, "complaint_ticket", [row, complaint("T2", "众人通", target_uscc=ALPHA)], EARLY)

    found = read(home)

    assert found["tickets"] == [("T2", ALPHA)]
    assert found["unresolved"] == [(ALPHA, 1, "conflict")]


def test_a_conflicting_row_with_versions_is_listed_only_while_it_is_the_newest(home: Path) -> None:
    odd = [complaint(ticket, "温州瓯江贸易有限公司", target_uscc=ALPHA) for ticket in ("T1", "T2")]
    deliver(home, "complaint_ticket", [*odd, complaint("T3", "众人通", target_uscc=ALPHA)], EARLY)
    # Put right later; another one turns out to be in conflict only then.
    later = [complaint("T1", "众人通", target_uscc=ALPHA, state="closed")]
    later.append(complaint("T3", "温州瓯江贸易有限公司", target_uscc=ALPHA, state="closed"))
    deliver(home, "complaint_ticket", later, EARLY + timedelta(days=1))

    found = read(home)

    assert found["tickets"] == [("T1", ALPHA)]
    assert found["unresolved"] == [(ALPHA, 2, "conflict")]


def test_a_judgement_releases_conflicting_rows(home: Path) -> None:
    deliver(home, "complaint_ticket", [complaint("T1", "温州瓯江贸易有限公司", target_uscc=ALPHA)], EARLY)
    read(home)
    say(home, "link", "温州瓯江贸易有限公司", ALPHA)

    assert read(home)["tickets"] == [("T1", ALPHA)]


def test_a_branch_counts_for_its_parent_only_when_the_registry_declares_it(home: Path) -> None:
    name = "广州众人通财富管理有限公司深圳分公司"
    deliver(home, "complaint_ticket", [complaint("T1", name)], EARLY)
    before = read(home)["tickets"]
    branch = {
        "uscc": ALPHA, "branch_uscc": "B1", "branch_name": name, "established_on": date(2021, 1, 1), "region": "440305",
    }  # fmt: skip
    deliver(home, "company_branch", [branch], LATE)

    assert before == []
    assert read(home)["tickets"] == [("T1", ALPHA)]
    assert read(home)["linked"] == [(name, None, "branch")]


def test_what_is_kept_between_runs_may_be_deleted_without_a_trace(home: Path) -> None:
    deliver(home, "complaint_ticket", [complaint("T1", "众人通财富管理"), complaint("T2", "没人认得")], EARLY)
    first = read(home)
    for file in sorted((home / "linkage").rglob("*.parquet")):
        file.unlink()

    assert read(home) == first


@pytest.mark.parametrize(
    ("verb", "left", "right", "told"),
    [
        ("marry", ("name", "甲"), ("uscc", ALPHA), "没有“marry”这种判断"),
        ("link", ("uscc", BETA), ("uscc", ALPHA), "左方应为名称"),
        ("merge", ("uscc", ALPHA), ("uscc", ALPHA), "左右两方相同"),
        ("link", ("name", "甲"), ("uscc", "9144030071526726XG"), "没有代码为"),
        ("link", ("name", " "), ("uscc", ALPHA), "没有给出左方"),
    ],
)
def test_a_judgement_that_cannot_be_says_why_and_nothing_lands(
    home: Path, verb: str, left: tuple[str, str], right: tuple[str, str], told: str
) -> None:
    read(home)

    with pytest.raises(DataError, match=told):
        judge(home, verb, left, right, by="王五", reason="", at=LATE, personal_key=PERSONAL_KEY)

    assert history(home) == []
