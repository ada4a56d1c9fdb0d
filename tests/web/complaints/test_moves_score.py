"""A complaint reaches the rating of a real home at once, and five hundred of one wave do not make a firm red."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lookout.hub.reading import CompanyRow, Reader
from lookout.pipeline.live import Worker
from lookout.web import published
from lookout.web.complaints import signals
from lookout.web.complaints.models import Bundle
from lookout.web.complaints.services import receive
from tests.web.complaints.test_complaint_core import different_text, report
from tests.web.real_home import FIRM, NAME, NOON, make_rated

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_rated(tmp_path_factory.mktemp("rated") / "home")


@pytest.fixture
def worker(rated: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    home = Path(shutil.copytree(rated, tmp_path / "home"))
    settings.LOOKOUT_HOME = home
    live = settings.LOOKOUT.live_database
    reader = Reader(home, warm=True, live=live)
    monkeypatch.setattr(published, "reader", lambda: reader)
    one = Worker(home, clock=lambda: NOON + timedelta(hours=2), live=live)
    one.step()
    yield one
    one.close()


def _row() -> CompanyRow:
    found = published.reader().contributions(FIRM, None)
    assert found is not None
    return found[0]


about_the_firm = partial(report, company=FIRM, company_name=NAME)


def test_a_complaint_moves_the_score_within_a_second(worker: Worker) -> None:
    before, seconds = _row().score, []
    for number in range(3):
        receive(about_the_firm(text=different_text(number)), now=NOON + timedelta(minutes=number))
        begun = time.process_time()
        assert signals.send_waiting(NOON + timedelta(minutes=number)) == {"arrived": 1, "waiting": 0}
        assert worker.step().rated == 1
        after = _row().score
        seconds.append(time.process_time() - begun)

        assert after != before
        before = after
    # Seconds of the processor: they hardly feel who else is at work on the machine.
    assert min(seconds) < 1


def test_five_hundred_complaints_in_an_hour_do_not_make_an_honest_firm_red(worker: Worker) -> None:
    for number in range(500):
        told = about_the_firm(text=different_text(number), sender=f"device {number}")
        receive(told, now=NOON + timedelta(seconds=7 * number))
    signals.send_waiting(NOON + timedelta(hours=1))
    while worker.step().taken:
        pass

    assert _row().band != "red"
    bundle = Bundle.objects.get()
    assert bundle.complaints.count() >= 490
