"""What became of clues goes back into the ratings as a delivery that the hub accepts row by row."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from lookout.cli.feedback import land_written
from lookout.config import load_settings
from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import DataError
from lookout.pipeline import ingest_folder
from lookout.web.accounts.models import Agency, User
from lookout.web.clues.models import Clue
from lookout.web.clues.words import Outcome
from lookout.web.dispatch.feedback import COLUMNS, MARK, waiting, write_feedback, write_new_feedback
from lookout.web.dispatch.models import DispatchOrder, EffectCheck, Measure
from lookout.web.jobs.services import JOBS

NOW = datetime(2026, 9, 20, 10, tzinfo=SHANGHAI)
USCC = "91440117MAN7UXE91L"


def _closed(number: int, outcome: str, *, company: str = "", days_ago: int = 1, **more: Any) -> Clue:
    at = NOW - timedelta(days=days_ago)
    return Clue.objects.create(
        number=f"44010620260901{number:04d}",
        source="model",
        company=company,
        company_name=f"=企业{number}",
        found_at=at,
        opened_at=more.pop("opened_at", at - timedelta(days=10)),
        state="monitoring",
        outcome=outcome,
        closed_at=at,
        **more,
    )


def _rows(folder: Path) -> list[dict[str, str]]:
    entry = yaml.safe_load((folder / "delivery.yaml").read_text("utf-8"))["deliveries"][0]
    with (folder / entry["file"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _measure(clue: Clue, by: User, kind: str, key: str, **more: Any) -> None:
    order, _made = DispatchOrder.objects.get_or_create(
        clue=clue, agency=Agency.objects.get(code="gz-tianhe"), defaults={"sent_by": by, "sent_at": NOW}
    )
    Measure.objects.create(order=order, kind=kind, basis="", taken_by=by, taken_at=NOW, form_key=key, **more)


def _check(clue: Clue, days: int, effect: str, computed_at: datetime) -> None:
    EffectCheck.objects.create(
        clue=clue,
        days=days,
        closed_at=clue.closed_at,
        due_on=NOW.date(),
        computed_at=computed_at,
        effect=Decimal(effect),
    )


def test_the_hub_accepts_every_outcome(cast: dict[str, User], tmp_path: Path) -> None:
    for number, outcome in enumerate(Outcome.values):
        _closed(number, outcome, company=USCC if number else "not-a-code")

    assert write_feedback(tmp_path / "out", None, NOW) == len(Outcome.values)
    report = ingest_folder(
        tmp_path / "home",
        tmp_path / "out",
        personal_key=b"k" * 32,
        ingested_at=NOW,
        progress=lambda *_steps: None,
    )

    assert [str(problem) for problem in report.problems] == []
    batch = report.receipts[0].batch
    assert (batch.accepted, batch.rejected, list(batch.unread)) == (len(Outcome.values), 0, [])


def test_a_row_tells_days_measures_that_count_and_the_newest_effect(
    cast: dict[str, User], tmp_path: Path
) -> None:
    clue, wu = _closed(1, "admin", company=USCC), cast["wu"]
    _measure(clue, wu, "rectify", "a")
    _measure(clue, wu, "interview", "b")
    _measure(clue, wu, "fine", "c", needs_approval=True)
    _measure(clue, wu, "exit_ban", "d", refused_at=NOW)
    _check(clue, 30, "0.400", NOW - timedelta(hours=3))
    _check(clue, 90, "0.700", NOW - timedelta(hours=2))

    write_feedback(tmp_path, None, NOW)

    assert _rows(tmp_path) == [
        dict(
            zip(
                COLUMNS,
                (
                    clue.number,
                    USCC,
                    "=企业1",
                    "administrative",
                    "2026-09-09",
                    "2026-09-19",
                    "整改;约谈",
                    "0.700",
                ),
                strict=True,
            )
        )
    ]


def test_only_what_came_about_since_is_told_and_open_clues_never(
    cast: dict[str, User], tmp_path: Path
) -> None:
    _closed(1, "watch", days_ago=30)
    checked = _closed(2, "watch", days_ago=30)
    _check(checked, 30, "0.9", NOW - timedelta(hours=1))
    _closed(3, "watch")
    Clue.objects.create(
        number="440106202609010009", source="model", company_name="x", found_at=NOW, opened_at=NOW
    )

    write_feedback(tmp_path, NOW - timedelta(days=2), NOW)

    assert [row["clue_no"][-1] for row in _rows(tmp_path)] == ["2", "3"]


def test_a_ledger_taken_over_is_not_opened_after_it_was_closed(cast: dict[str, User], tmp_path: Path) -> None:
    _closed(1, "watch", opened_at=NOW)

    write_feedback(tmp_path, None, NOW)

    assert _rows(tmp_path)[0]["opened_on"] == "2026-09-19"


def test_nothing_to_tell_writes_nothing_and_a_used_folder_is_refused(
    cast: dict[str, User], tmp_path: Path
) -> None:
    assert write_feedback(tmp_path / "none", None, NOW) == 0
    assert not (tmp_path / "none").exists()
    _closed(1, "watch")
    write_feedback(tmp_path, None, NOW)
    with pytest.raises(DataError, match="已有一份交付"):
        write_feedback(tmp_path, None, NOW)


def test_the_daily_job_goes_on_where_it_stopped(cast: dict[str, User], tmp_path: Path, settings: Any) -> None:
    settings.LOOKOUT_HOME = tmp_path
    _closed(1, "watch")
    assert (write_new_feedback(NOW), write_new_feedback(NOW + timedelta(days=1))) == (1, 0)
    _closed(2, "watch", days_ago=-1)  # closed the day after

    assert write_new_feedback(NOW + timedelta(days=2)) == 1
    assert [[row["clue_no"][-1] for row in _rows(folder)] for folder in waiting(tmp_path)] == [["1"], ["2"]]
    assert json.loads((tmp_path / "feedback" / MARK).read_text("utf-8"))["until"].startswith("2026-09-22")


def test_the_jobs_of_cases_and_feedback_are_registered() -> None:
    assert {"keep_reports", "write_feedback"} <= {job.name for job in JOBS}


def test_what_was_written_is_landed_and_what_cannot_be_stays(
    cast: dict[str, User], tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LOOKOUT_HOME = tmp_path
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path))
    _closed(1, "watch")
    write_new_feedback(NOW)

    assert land_written(load_settings())
    assert waiting(tmp_path) == []

    broken = tmp_path / "feedback" / "20260101T000000"
    broken.mkdir()
    (broken / "delivery.yaml").write_text("deliveries: 7", "utf-8")
    assert not land_written(load_settings())
    assert waiting(tmp_path) == [broken]
