"""The operator's page: what needs somebody is marked, and a monitor can read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from lookout.pipeline.live.state import LiveState
from lookout.web.runs import operation
from tests.web.fake_reader import FakeReader


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LOOKOUT_HOME = tmp_path
    monkeypatch.setattr(operation, "live_state", lambda home, live: LiveState(True, 0, 0))


@pytest.mark.django_db
def test_a_run_of_last_night_is_well_and_an_older_one_is_late() -> None:
    finished = FakeReader().current().finished_at  # type: ignore[union-attr]  # this reader always has a run

    assert operation.read_operation(finished + timedelta(hours=20)).is_well
    late = operation.read_operation(finished + timedelta(hours=40))
    assert late.last_run is not None
    assert late.last_run.is_late
    assert not late.is_well


@pytest.mark.parametrize(
    ("state", "is_stuck"),
    [
        (LiveState(True, 5, 0), False),
        (LiveState(False, 5, 0), True),
        (LiveState(False, 0, 0), False),
        (LiveState(None, 5, 0), False),
        (LiveState(True, 0, 1), True),
    ],
)
@pytest.mark.django_db
def test_events_that_nobody_takes_need_somebody(
    state: LiveState, is_stuck: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operation, "live_state", lambda home, live: state)
    finished = FakeReader().current().finished_at  # type: ignore[union-attr]  # this reader always has a run

    assert operation.read_operation(finished).queue.is_stuck == is_stuck


@pytest.mark.django_db
def test_a_source_that_fell_silent_or_cannot_be_reached_needs_somebody(
    tmp_path: Path, as_person: Callable[[str], Client]
) -> None:
    run = FakeReader().current()
    assert run is not None
    content = {
        "kind": "folder", "source": "tax", "table": "tax_arrears", "covers": {"regions": ["44"]}, "schedule": "always",
        "expect_every_days": 35, "added_at": run.finished_at.isoformat(), "folder": {"path": str(tmp_path)},
    }  # fmt: skip
    (tmp_path / "connections").mkdir()
    (tmp_path / "connections" / "tax_monthly.yaml").write_text(yaml.safe_dump(content))

    assert operation.read_operation(run.finished_at + timedelta(hours=20)).is_well
    late = operation.read_operation(run.finished_at + timedelta(days=40))
    assert [(one.name, one.silent_days) for one in late.troubled] == [("tax_monthly", 40)]
    (tmp_path / "connections" / "tax_monthly.yaml").write_text("坏")
    [broken] = operation.read_operation(run.finished_at).troubled
    assert broken.problem
    assert "tax_monthly" in as_person("chen").get(reverse("runs:operation")).content.decode()


def test_the_page_says_what_to_do_and_names_the_versions(as_person: Callable[[str], Client]) -> None:
    page = as_person("chen").get(reverse("runs:operation")).content.decode()

    for word in ("最近一次评定", "lookout run", "实时评级", "磁盘", "版本", "duckdb"):
        assert word in page


def test_a_system_officer_sees_the_operation_and_no_other_run_page(
    as_person: Callable[[str], Client],
) -> None:
    client = as_person("system")

    assert client.get(reverse("runs:operation")).status_code == 200
    assert client.get(reverse("runs:list")).status_code == 403


def test_a_monitor_reads_the_same_as_json(as_person: Callable[[str], Client]) -> None:
    figures = as_person("auditor").get(reverse("runs:operation_figures")).json()

    assert figures["is_well"] is False
    assert {
        "last_run",
        "queue",
        "disk",
        "batches",
        "refused",
        "stale_tables",
        "silent_tables",
        "versions",
    } <= set(figures)


def test_before_the_first_run_the_page_asks_for_one(
    as_person: Callable[[str], Client], use_reader: Callable[[str], Any]
) -> None:
    use_reader("nothing published")

    assert "还没有" in as_person("chen").get(reverse("runs:operation")).content.decode()
