"""Every page in every state: full, empty, nothing published, failing; policy and assets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lookout.hub.reading.model import Contribution, TimelineEvent
from lookout.kernel.errors import TransientError
from lookout.web import published
from lookout.web.companies.dossier import explain_sum, find_line, line_code, list_happenings
from lookout.web.config.context import stale_days
from tests.web.fake_reader import COMPANIES, IN_TIANHE, RUNS, FakeReader, contributions
from tests.web.test_permissions import TABLE, Row

WEB = Path(settings.WEB)
PAGES = [row for row in TABLE if row.method == "get" and row.expected[0] == 200]
STATES = ("full", "empty", "nothing published")


def _get(client: Client, row: Row) -> Any:
    return client.get(reverse(row.name, kwargs=row.arguments))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("row", PAGES, ids=lambda row: row.name)
def test_every_page_renders_in_every_state(
    row: Row, state: str, language: str, as_person: Callable[[str], Client], use_reader: Callable[[str], Any]
) -> None:
    use_reader(state)
    client = as_person("chen")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    answer = _get(client, row)

    # What an empty hub does not hold is not found; nothing may fail.
    assert answer.status_code in (200, 404)
    if answer.status_code == 404:
        assert state != "full"


@pytest.mark.parametrize("name", ["dashboards:today", "companies:list", "data:tables", "catalogues:labels"])
def test_without_a_published_run_a_page_says_what_to_do(
    name: str, as_person: Callable[[str], Client], use_reader: Callable[[str], Any]
) -> None:
    use_reader("nothing published")

    assert "lookout run" in as_person("chen").get(reverse(name)).content.decode()


def test_data_that_cannot_be_read_is_a_page_and_not_a_crash(
    as_person: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(FakeReader):
        def current(self) -> Any:
            raise TransientError("快照正在更换，请稍后再试")

    monkeypatch.setattr(published, "reader", Broken)

    answer = as_person("chen").get(reverse("companies:list"))

    assert answer.status_code == 503
    assert "快照正在更换" in answer.content.decode()
    assert "安全" in answer.content.decode()


def test_every_answer_carries_a_policy_that_allows_only_ourselves(as_person: Callable[[str], Client]) -> None:
    for row in PAGES:
        policy = _get(as_person("chen"), row).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"https?:", policy)


PAPERS = {
    "certificate_file.html"
}  # goes into packages and is opened from a disk, where no style sheet is near


@pytest.mark.parametrize("path", sorted(WEB.glob("**/*.html")), ids=lambda path: path.name)
def test_no_template_needs_anything_from_outside_or_inline(path: Path) -> None:
    text = path.read_text("utf-8")

    assert re.findall(r"""(?:src|href|action|url)\s*[=(]\s*["']?(?:https?:)?//""", text) == []
    inline = r"\son[a-z]+=|javascript:" if path.name in PAPERS else r"<style|\sstyle=|\son[a-z]+=|javascript:"
    assert re.findall(inline, text) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []


@pytest.mark.parametrize("path", sorted((WEB / "static").glob("*.*s")), ids=lambda path: path.name)
def test_no_own_style_or_script_needs_anything_from_outside(path: Path) -> None:
    text = path.read_text("utf-8")

    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text) == []
    assert "@import" not in text


def test_vendored_files_have_their_licences_beside_them() -> None:
    for folder in (WEB / "static" / "vendor").iterdir():
        if folder.is_dir():
            assert (folder / "LICENSE.txt").is_file()


def test_raw_text_of_a_source_cannot_become_markup(as_person: Callable[[str], Client]) -> None:
    address = reverse("companies:evidence", args=[IN_TIANHE.identifier, "P01"])

    for headers in ({}, {"HX-Request": "true"}):
        text = as_person("chen").get(address, headers=headers).content.decode()
        assert "到期不能兑付 &lt;script&gt;" in text


def test_a_batch_says_what_was_left_out_and_that_a_run_has_yet_to_use_it(
    as_person: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = FakeReader()
    known = reader.batch(3)
    assert known is not None
    fresh = replace(
        known, delivered_at=known.delivered_at + timedelta(days=99), left_out=2, unread=("序号", "备注#1")
    )
    monkeypatch.setattr(FakeReader, "batch", lambda self, number: fresh)
    monkeypatch.setattr(FakeReader, "batch_effects", lambda self, number, scope: [])

    text = as_person("chen").get(reverse("data:batch", args=[3])).content.decode()

    assert "另有 2 行" in text
    assert "序号、备注#1" in text
    assert "lookout effects 3" in text


def test_evidence_shows_rule_sql_and_the_place_of_each_row(as_person: Callable[[str], Client]) -> None:
    address = reverse("companies:evidence", args=[IN_TIANHE.identifier, "P01"])

    text = as_person("chen").get(address, headers={"HX-Request": "true"}).content.decode()

    for part in (
        "截至日前90天内受理的投诉",
        "SELECT * FROM complaint",
        "2026-10/complaint.csv",
        "2026-10-31 23:59",
    ):
        assert part in text
    assert reverse("data:batch", args=[3]) in text
    assert "<html" not in text


@pytest.mark.parametrize("company", COMPANIES[::5], ids=lambda row: row.identifier)
def test_every_line_of_the_sum_opens_and_the_lines_add_up(
    company: Any, as_person: Callable[[str], Client]
) -> None:
    client = as_person("chen")
    text = client.get(reverse("companies:page", args=[company.identifier])).content.decode()
    links = re.findall(rf'href="(/companies/of/{company.identifier}/evidence/[^"]+)"', text)
    lines = contributions(company.score)

    assert sum((line.points for line in lines), Decimal(0)) == (company.score or 0)
    for line in lines:
        if line.points:
            assert reverse("companies:evidence", args=[company.identifier, line_code(line)]) in links
    assert {client.get(link).status_code for link in links} <= {200}


def test_the_waterfall_ends_at_the_score() -> None:
    lines = contributions(Decimal("97.50"))

    found = explain_sum(lines)

    assert found.total == Decimal("97.50")
    assert found.steps[-1].running == Decimal("97.50")
    assert [line.code for line in found.quiet] == ["K01"]
    assert [line.code for line in found.missing] == ["C01"]


def test_a_baseline_is_named_by_its_dimension() -> None:
    line = Contribution("prior", "", "行业基准", "harm", None, "", None, "", None, Decimal(1), "")

    assert line_code(line) == "prior-harm"
    assert find_line([line], "prior-harm") is line


def test_twenty_complaints_of_one_day_are_one_line_of_the_timeline() -> None:
    same = [TimelineEvent(date(2026, 10, 1), "complaint", "投诉", "12345热线", 3, line) for line in range(20)]
    other = TimelineEvent(date(2026, 10, 2), "advertisement", "广告", "网站", 2, 1)

    found = list_happenings([*same[:10], other, *same[10:]])

    assert [(item.event.kind, item.count) for item in found] == [("广告", 1), ("投诉", 20)]


@pytest.mark.parametrize(("days", "stale"), [(0, 0), (2, 0), (3, 3), (40, 40)])
def test_a_result_is_stale_after_three_days(days: int, stale: int) -> None:
    run = replace(RUNS[0], as_of=timezone.now() - timedelta(days=days, minutes=1))

    assert stale_days(run) == stale
    assert stale_days(None) == 0


def test_a_stale_result_says_since_when_and_what_to_do(
    as_person: Callable[[str], Client], settings: Any, use_reader: Callable[[str], Any]
) -> None:
    settings.LOOKOUT_DEMO = False
    reader = use_reader("full")
    old = replace(RUNS[0], as_of=timezone.now() - timedelta(days=9))
    reader.current = lambda: old

    text = as_person("wu").get(reverse("companies:list")).content.decode()

    assert "已 9 天没有更新" in text
    assert "请联系数据管理员" in text


def test_error_pages_say_what_to_do(as_person: Callable[[str], Client]) -> None:
    client = as_person("auditor")

    assert "您的角色不包括这一页" in client.get(reverse("companies:list")).content.decode()
    assert "没有找到这一页" in client.get("/nowhere/").content.decode()


def test_an_unforeseen_error_is_a_calm_page(
    as_person: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise RuntimeError("boom")

    monkeypatch.setattr(published, "reader", fail)
    client = as_person("chen")
    client.raise_request_exception = False

    answer = client.get(reverse("companies:list"))

    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()
    assert "boom" not in answer.content.decode()
