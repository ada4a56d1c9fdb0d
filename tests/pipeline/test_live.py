"""Events between two runs: each counts once, at once, and never lowers; whatever dies in between."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lookout.hub.landing import list_batches, reveal
from lookout.hub.live import (
    STAND,
    EventState,
    Overlay,
    count_by_state,
    open_live,
    read_overlay,
    retry_set_aside,
    set_aside_events,
    waiting_events,
)
from lookout.hub.reading import CompanyFilter, Reader
from lookout.hub.reading.snapshot import Options, kept_snapshot
from lookout.hub.snapshots import current_run_id
from lookout.kernel.clock import SHANGHAI, end_of_day, naive_local
from lookout.kernel.errors import DataError, TransientError
from lookout.pipeline import rescore, run
from lookout.pipeline.live import Event, Worker, accept, fold_events
from lookout.pipeline.live.session import WarmSession
from lookout.pipeline.live.worker import worker_lock
from tests.hub.facts.test_facts import ALPHA, BETA, complaint, registry
from tests.hub.hubs import PERSONAL_KEY, deliver, wall

NAME = "广州众人通融资信息服务有限公司"
DAY = date(2026, 10, 3)
NOON = datetime(2026, 10, 3, 12, tzinfo=SHANGHAI)
_numbers = itertools.count()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one published run of two companies, one of them monitored; tests work on copies."""
    home = tmp_path_factory.mktemp("live") / "home"
    early = wall(2026, 9, 1)
    firms = [
        registry(ALPHA, NAME, organization_type="p2p_lending_platform"),
        registry(BETA, "温州乙有限公司"),
    ]
    deliver(home, "company", firms, early)
    known = [complaint(f"T{n}", NAME, date(2026, 8, 20), region="440106") for n in range(12)]
    deliver(home, "complaint_ticket", known, early)
    run(home, end_of_day(date(2026, 10, 2)), clock=lambda: NOON)
    return home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "home"))


@pytest.fixture
def worker(home: Path) -> Iterator[Worker]:
    one = Worker(home, clock=lambda: NOON)
    yield one
    one.close()


def complaint_event(event_id: str, **more: Any) -> Event:
    row = complaint(event_id, NAME, DAY, region="440106") | more
    return Event("hotline", "complaint_ticket", event_id, row)


def case_event(event_id: str = "C1", **more: Any) -> Event:
    row = {
        "case_no": "公1",
        "uscc": ALPHA,
        "company_name": NAME,
        "charge": "fundraising_fraud",
        "filed_on": DAY,
    }
    return Event("police", "police_case", event_id, row | more)


def send(home: Path, *events: Event, now: datetime = NOON) -> list[str]:
    return [one.outcome for one in accept(home, events, now=now, personal_key=PERSONAL_KEY)]


def states(home: Path) -> dict[EventState, int]:
    with open_live(home).read() as session:
        return count_by_state(session)


def tickets(home: Path) -> int:
    dossier = Reader(home).get_company(ALPHA, None)
    assert dossier is not None
    return next(source.rows for source in dossier.sources if source.table == "complaint_ticket")


def band(home: Path) -> str | None:
    return Reader(home).list_companies(CompanyFilter()).rows[0].band


def shown(home: Path, run_id: str, name: str, key: int) -> pa.Table:
    """Return a company's rows of a result as readers of the run see them."""
    kept = kept_snapshot(home, run_id, Options())
    return kept.store.query(f"SELECT * FROM {name} WHERE company_key = ?", [key])


def in_order(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: [str(value) for value in row.values()])


def test_without_events_a_live_rating_is_the_runs_own_kept_or_made_anew(home: Path) -> None:
    run_id = current_run_id(home) or ""
    session = WarmSession(home, as_of=wall(2026, 9, 1), lasting=True)
    key = session.keys_of([ALPHA])[ALPHA]

    as_of, nothing = session.published.as_of, Overlay(run_id)
    ratings = [session.rate([key], [], as_of, nothing, anew=anew).tables for anew in (False, True, False)]
    session.close()

    for tables, name in itertools.product(ratings, ("contribution", "label_hit", "record_count", "listing")):
        assert tables[name].num_rows > 0
        assert in_order(tables[name]) == in_order(shown(home, run_id, name, key)), name


@pytest.mark.slow
def test_with_events_a_live_rating_is_that_of_a_full_run_that_has_folded_them(home: Path) -> None:
    late = end_of_day(date(2026, 10, 2)) + timedelta(seconds=20)  # just after midnight
    send(
        home,
        case_event(filed_on=date(2026, 10, 1)),
        complaint_event("L1", received_on="2026-10-02"),
        now=late,
    )
    one = Worker(home, clock=lambda: late)
    one.step()
    one.close()
    live = read_overlay(home, current_run_id(home) or "").tables

    full = run(home, late + timedelta(seconds=10), clock=lambda: NOON)

    (key,) = live["listing"]["company_key"].to_pylist()
    of_the_rating = ("band", "score", "base", "states", "floor_code", "label_count", "reason_1", "is_key")
    for name in ("contribution", "label_hit", "record_count", "listing"):
        rated = shown(home, full.run_id, name, key)
        columns = of_the_rating if name == "listing" else rated.column_names
        assert in_order(live[name].select(columns)) == in_order(rated.select(columns)), name


@pytest.mark.slow
def test_an_event_the_run_folded_but_did_not_see_counts_afterwards(home: Path) -> None:
    # Both become rows of one batch, which the run as of noon reads only half of.
    send(home, complaint_event("L1"), now=NOON - timedelta(hours=1))
    send(home, complaint_event("L2"), now=NOON + timedelta(hours=1))
    one = Worker(home, clock=lambda: NOON + timedelta(hours=2))
    one.step()

    run(home, NOON, clock=lambda: NOON + timedelta(hours=2))
    assert tickets(home) == 13
    one.step()
    one.close()

    assert tickets(home) == 14


def test_an_event_is_seen_with_score_reasons_warning_and_rows_at_once(home: Path, worker: Worker) -> None:
    reader = Reader(home)
    before = reader.list_companies(CompanyFilter()).rows[0]

    assert send(home, case_event()) == ["accepted"]
    step = worker.step()

    assert (step.taken, step.rated) == (1, 1)
    after = reader.list_companies(CompanyFilter(bands=("red",))).rows[0]
    assert (after.identifier, after.score) == (ALPHA, 95)
    assert before.band != "red"
    assert reader.count_by(CompanyFilter(), "band") == [("red", "红色", 1)]
    assert reader.band_trend(None)[-1][1] == {"red": 1}
    dossier = reader.get_company(ALPHA, None)
    assert dossier is not None
    assert sum(line.points for line in dossier.contributions) == after.score
    assert dossier.history[-1][2] == "red"
    evidence = reader.evidence(ALPHA, "F03", None)
    assert evidence is not None
    rows = [row for group in evidence.groups for row in group.rows]
    assert [(row.values["case_no"], row.event_id, row.source, row.known_at) for row in rows] == [
        ("公1", "C1", "police", naive_local(NOON))
    ]


@pytest.mark.slow
def test_an_event_that_replaces_a_row_is_shown_in_its_place_though_their_number_stays(
    home: Path, worker: Worker
) -> None:
    send(home, complaint_event("T0"))
    worker.step()

    dossier = Reader(home).get_company(ALPHA, None)

    assert dossier is not None
    assert tickets(home) == len(dossier.timeline) == 12
    assert [event.on for event in dossier.timeline][:2] == [DAY, date(2026, 8, 20)]


@pytest.mark.slow
def test_a_name_finds_the_company_and_the_rows_open_beside_those_of_files(home: Path, worker: Worker) -> None:
    send(home, complaint_event("L1"))
    worker.step()

    rows = Reader(home).table_rows(ALPHA, "complaint_ticket", None)

    assert rows is not None
    assert rows.total == tickets(home) == 13
    assert {row.event_id for row in rows.rows} == {"", "L1"}


def test_the_same_event_twice_is_one_and_another_content_under_its_id_is_refused(
    home: Path, worker: Worker
) -> None:
    assert send(home, complaint_event("L1"), complaint_event("L1")) == ["accepted", "known"]
    worker.step()
    assert send(home, complaint_event("L1")) == ["known"]
    assert send(home, complaint_event("L1", amount_yuan=5)) == ["refused"]
    worker.step()

    assert tickets(home) == 13


def test_a_bad_event_is_refused_with_its_reasons_and_the_others_go_on(home: Path) -> None:
    bad = [
        complaint_event("B1", received_on="2026-02-30"),
        complaint_event("B2", colour="red"),
        Event("hotline", "no_such_table", "B3", {}),
        Event("courts", "complaint_ticket", "B4", complaint("B4", NAME)),
        Event("hotline", "complaint_ticket", " ", complaint("B5", NAME)),
        Event("hotline", "complaint_ticket", "B6", {"target_name": NAME}),
    ]

    receipts = accept(home, [*bad, complaint_event("L1")], now=NOON, personal_key=PERSONAL_KEY)

    assert [one.outcome for one in receipts] == ["refused"] * len(bad) + ["accepted"]
    said = ["；".join(one.reasons) for one in receipts]
    for place, word in enumerate(
        ["2026-02-30", "colour", "no_such_table", "没有登记报送", "事件编号", "受理"]
    ):
        assert word in said[place], said[place]
    assert states(home) == {EventState.WAITING: 1}


def test_personal_values_are_tokens_in_the_outbox_and_open_after_landing(home: Path) -> None:
    send(home, complaint_event("L1", reporter="440106199001011238"))

    stored = waiting_events(open_live(home), 10)[0]
    (batch,) = fold_events(home, now=NOON)

    assert "440106199001011238" not in str(stored)
    assert stored.fact["reporter_masked"] == "4401**********1238"
    opened = reveal(home, batch.batch_no, 1, "reporter", personal_key=PERSONAL_KEY)
    assert opened == "440106199001011238"
    assert not list((home / "vault_keys").glob("live-*"))


@pytest.mark.slow
def test_live_never_lowers_a_band(home: Path, worker: Worker) -> None:
    send(home, case_event())
    worker.step()
    send(home, case_event("C2", closed_on=DAY))
    worker.step()

    assert band(home) == "red"
    row = Reader(home).list_companies(CompanyFilter()).rows[0]
    assert row.change in {"opened", "raised"}


def test_an_event_of_an_unknown_company_waits_for_the_full_run(home: Path, worker: Worker) -> None:
    send(home, complaint_event("L1", target_name="从未见过的公司"))
    worker.step()

    assert states(home) == {EventState.UNRATED: 1}
    assert read_overlay(home, current_run_id(home) or "").sequence == 0
    (batch,) = fold_events(home, now=NOON)
    assert batch.accepted == 1


@pytest.mark.slow
def test_an_event_can_bring_a_company_under_watch(home: Path, worker: Worker) -> None:
    assert Reader(home).list_companies(CompanyFilter()).total == 1
    send(home, complaint_event("L1", target_name="温州乙有限公司"))
    worker.step()

    assert {row.identifier for row in Reader(home).list_companies(CompanyFilter()).rows} == {ALPHA, BETA}


@pytest.mark.slow
def test_a_poison_event_is_set_aside_with_its_reason_and_blocks_nobody(
    home: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate = WarmSession.rate

    def choke(self: WarmSession, keys: Any, events: Sequence[Any], *rest: Any) -> Any:
        if any(event.event_id == "POISON" for event in events):
            raise ValueError("cannot be digested")
        return rate(self, keys, events, *rest)

    monkeypatch.setattr(WarmSession, "rate", choke)
    send(home, complaint_event("POISON"), case_event())
    for _ in range(3):
        worker.step()

    assert band(home) == "red"
    (aside,) = set_aside_events(open_live(home))
    assert (aside.event_id, aside.attempts) == ("POISON", 3)
    assert "cannot be digested" in aside.note
    monkeypatch.undo()
    assert retry_set_aside(open_live(home)) == 1
    worker.step()
    assert states(home) == {EventState.RATED: 2}


def test_there_is_one_worker(home: Path) -> None:
    with worker_lock(home), pytest.raises(TransientError, match="已有一个"), worker_lock(home):
        pass


@pytest.mark.slow
def test_two_processes_that_rate_at_once_lose_nothing(home: Path, worker: Worker) -> None:
    other = Worker(home, clock=lambda: NOON)
    send(home, complaint_event("L1"))
    worker.step()
    send(home, complaint_event("L2"))
    other.step()  # knows nothing of the first one's generation until it looks
    send(home, complaint_event("L3"))
    worker.step()
    other.close()

    assert tickets(home) == 15
    assert states(home) == {EventState.RATED: 3}


@pytest.mark.slow
def test_any_order_and_batching_of_events_gives_the_same_overlay(published: Path, tmp_path: Path) -> None:
    events = [case_event(), *(complaint_event(f"L{n}") for n in range(5))]
    orders = [[events], [[e] for e in events], [events[3:], events[:3]], [[e] for e in reversed(events)]]
    found = []
    for number, batches in enumerate(orders):
        home = Path(shutil.copytree(published, tmp_path / f"home{number}"))
        one = Worker(home, clock=lambda: NOON)
        for batch in batches:
            send(home, *batch)
            one.step()
        one.close()
        tables = read_overlay(home, current_run_id(home) or "").tables
        found.append({name: table.to_pylist() for name, table in tables.items()})

    assert found[0] == found[1] == found[2] == found[3]


@pytest.mark.slow
def test_the_fold_makes_one_batch_a_source_table_and_day_and_keeps_when_each_row_was_known(
    home: Path,
) -> None:
    send(home, complaint_event("L1"), case_event(), now=NOON)
    send(home, complaint_event("L2"), now=NOON + timedelta(hours=2))
    send(home, complaint_event("L3"), now=NOON + timedelta(days=1))
    landed = len(list_batches(home))

    batches = fold_events(home, now=NOON + timedelta(days=1))

    assert [(one.source, one.table, one.accepted) for one in batches] == [
        ("hotline", "complaint_ticket", 2),
        ("police", "police_case", 1),
        ("hotline", "complaint_ticket", 1),
    ]
    assert fold_events(home, now=NOON) == []
    assert len(list_batches(home)) == landed + 3
    assert states(home) == {EventState.FOLDED: 4}
    at_one = run(home, NOON + timedelta(hours=1), clock=lambda: NOON)
    assert at_one.figures["facts"] == 14 + 2  # the day's first complaint and the case, not the later one


@pytest.mark.slow
def test_a_run_takes_events_over_without_loss_or_doubling(home: Path, worker: Worker) -> None:
    send(home, *(complaint_event(f"L{n}") for n in range(3)))
    worker.step()
    seen = tickets(home)

    run(home, NOON + timedelta(hours=6), clock=lambda: NOON + timedelta(hours=6))

    assert tickets(home) == seen == 15
    assert read_overlay(home, current_run_id(home) or "").sequence == 0
    assert send(home, complaint_event("L1")) == ["known"]
    worker.step()
    assert tickets(home) == 15


@pytest.mark.slow
def test_what_arrives_during_a_run_stays_live(
    home: Path, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lookout.pipeline import run as run_package  # noqa: F401  the module is patched through sys.modules

    module = sys.modules["lookout.pipeline.run"]
    plan = module.make_plan  # type: ignore[attr-defined]  # looked up by name, so its type is not known

    def late(*args: Any) -> Any:
        send(home, case_event())
        worker.step()
        return plan(*args)

    monkeypatch.setattr(module, "make_plan", late)
    run(home, NOON, clock=lambda: NOON)
    assert band(home) != "red"  # the run did not see it …
    monkeypatch.undo()
    worker.step()
    assert band(home) == "red"  # … and the worker has laid it over the new run


def test_a_fold_that_dies_between_landing_and_marking_doubles_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(home, complaint_event("L1"), complaint_event("L2"))

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lookout.pipeline.live.landing.mark_folded", die)
    with pytest.raises(KeyboardInterrupt):
        fold_events(home, now=NOON)
    monkeypatch.undo()
    send(home, complaint_event("L3"))
    batches = fold_events(home, now=NOON)

    assert [one.accepted for one in batches] == [2, 1]
    assert sum(one.accepted for one in list_batches(home) if one.format == "events") == 3


@pytest.mark.slow
def test_a_rescore_counts_live_events_too(home: Path, worker: Worker) -> None:
    send(home, complaint_event("L1"))
    worker.step()

    rescore(home, [ALPHA], as_of=NOON)

    assert tickets(home) == 13


@pytest.mark.slow
def test_a_reader_keeps_one_generation_until_it_asks_again(home: Path, worker: Worker) -> None:
    run_id = current_run_id(home) or ""
    send(home, complaint_event("L1"))
    worker.step()
    first = read_overlay(home, run_id)
    send(home, case_event())
    worker.step()
    second = read_overlay(home, run_id, known=first)

    assert first.sequence < second.sequence
    assert first.tables[STAND] is not second.tables[STAND]
    assert second.tables["listing"].to_pylist()[0]["band"] == "red"
    assert read_overlay(home, run_id).tables["listing"].equals(second.tables["listing"])


def test_too_many_events_at_once_are_asked_to_be_split(home: Path) -> None:
    with pytest.raises(DataError, match="分几次"):
        accept(home, [complaint_event("L1")] * 10_001, now=NOON, personal_key=PERSONAL_KEY)


_KILLED = """
import os, sys
from datetime import datetime
from pathlib import Path
import lookout.pipeline.live.worker as worker
from lookout.kernel.clock import SHANGHAI
home, place = Path(sys.argv[1]), sys.argv[2]
def die(*args, **more):
    os.kill(os.getpid(), 9)
if place == "before rating":
    worker.WarmSession.rate = die
elif place == "before writing":
    worker.put_overlay = die
elif place == "after writing":
    put = worker.put_overlay
    worker.put_overlay = lambda *args, **more: (put(*args, **more), die())
else:
    import lookout.hub.live.overlay as overlay
    overlay._write = die
worker.Worker(home, clock=lambda: datetime(2026, 10, 3, 12, tzinfo=SHANGHAI)).step()
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", ["before rating", "before writing", "inside the writing", "after writing"])
def test_a_worker_killed_anywhere_loses_and_doubles_nothing(home: Path, place: str) -> None:
    send(home, *(complaint_event(f"L{n}") for n in range(3)))

    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(home), place], env=os.environ, check=False, capture_output=True
    )

    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    one = Worker(home, clock=lambda: NOON)
    one.step()
    one.close()
    assert states(home) == {EventState.RATED: 3}
    assert tickets(home) == 15


def test_a_company_rated_live_is_another_edition_with_another_mark(home: Path, worker: Worker) -> None:
    reader = Reader(home)
    edition, before = reader.edition(), {mark.identifier: mark for mark in reader.marks()}
    send(home, case_event())
    worker.step()

    (live,) = reader.marks(live_only=True)

    assert reader.edition() != edition
    assert live != before[ALPHA]
    assert {mark.identifier: mark for mark in reader.marks()} == before | {ALPHA: live}
    assert [mark for _row, mark in reader.marked_rows([ALPHA], None)] == [live]
