"""The stewards' pages: the heaviest case first, both sides, a judgement that lands, an undoing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lookout.kernel.errors import DataError
from lookout.pipeline import live
from lookout.web.audit.models import AuditEntry
from tests.web.stewards.cases import RIGHT, ROWS

Sign = Callable[[str], Client]


@pytest.fixture
def landed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Catch what is sent to the core."""
    sent: list[tuple[Any, ...]] = []

    def judge(home: Any, verb: str, left: Any, right: Any, **more: Any) -> str:
        sent.append((verb, left, right, more["by"], more["reason"], more["score"]))
        return "J7"

    def undo(home: Any, judgement_no: str, **more: Any) -> str:
        sent.append(("undo", judgement_no, more["by"]))
        return "J8"

    monkeypatch.setattr(live, "judge", judge, raising=False)
    monkeypatch.setattr(live, "undo", undo, raising=False)
    return sent


def page(client: Client, name: str, *arguments: str) -> str:
    return client.get(reverse(f"stewards:{name}", args=arguments)).content.decode()


def test_the_queue_names_both_sides_and_how_many_rows_wait(as_person: Sign) -> None:
    text = page(as_person("chen"), "list")

    assert "广州众人通" in text
    assert "1,249 条记录在等您判断" in text
    places = [text.index(reverse("stewards:case", args=[number])) for number in ("c1", "c2", "c3")]
    assert places == sorted(places)


def test_the_queue_can_be_narrowed_to_one_kind(as_person: Sign) -> None:
    text = as_person("chen").get(reverse("stewards:list"), {"kind": "conflict"}).content.decode()

    assert "深圳圣鸿贸易有限公司" in text
    assert "广州众人通财富管理有限公司" in text
    assert "1,234" not in text


def test_a_case_shows_every_part_with_its_points_and_the_sum(as_person: Sign) -> None:
    text = page(as_person("chen"), "case", "c1")

    for told in ("字号", "+50", "<b>78</b>", "142****1234", "1,200 条", "3:12", "广州众人通贸易有限公司"):
        assert told in text


def test_the_same_lands_a_judgement_and_opens_the_next_case(
    as_person: Sign, landed: list[tuple[Any, ...]]
) -> None:
    answer = as_person("chen").post(
        reverse("stewards:judge", args=["c1"]), {"verdict": "same", "reason": "住所一致"}
    )

    assert landed == [("link", ("name", "广州众人通"), RIGHT, "chen", "住所一致", 78)]
    assert answer.headers["Location"] == reverse("stewards:case", args=["c2"])
    assert AuditEntry.objects.filter(verb="steward_judge", object_id="J7").count() == 1


@pytest.mark.parametrize(("number", "verb"), [("c1", "separate"), ("c2", "separate"), ("c3", "split")])
def test_not_the_same_says_so_in_the_words_of_the_kind(
    number: str, verb: str, as_person: Sign, landed: list[tuple[Any, ...]]
) -> None:
    as_person("chen").post(reverse("stewards:judge", args=[number]), {"verdict": "other"})

    assert landed[0][0] == verb


def test_what_is_put_off_comes_last_and_nothing_lands(as_person: Sign, landed: list[tuple[Any, ...]]) -> None:
    client = as_person("chen")
    client.post(reverse("stewards:judge", args=["c1"]), {"verdict": "later"})
    text = page(client, "list")

    assert landed == []
    assert text.index("c2") < text.index("c1")
    assert "已暂缓" in text


def test_an_unknown_verdict_changes_nothing(as_person: Sign, landed: list[tuple[Any, ...]]) -> None:
    answer = as_person("chen").post(reverse("stewards:judge", args=["c1"]), {"verdict": "x"}, follow=True)

    assert landed == []
    assert "请选择同一家、不是同一家或暂缓" in answer.content.decode()


def test_a_judgement_the_core_refuses_is_told_in_its_words(
    as_person: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise DataError("没有代码为“X”的企业")

    monkeypatch.setattr(live, "judge", refuse, raising=False)
    answer = as_person("chen").post(reverse("stewards:judge", args=["c1"]), {"verdict": "same"}, follow=True)

    assert "没有代码为“X”的企业" in answer.content.decode()
    assert not AuditEntry.objects.filter(verb="steward_judge").exists()


def test_history_tells_who_when_why_and_what_still_counts(as_person: Sign) -> None:
    text = page(as_person("chen"), "history")

    for told in ("chen", "住所一致", "78", "2026-10-31 08:30", "已撤销或被取代"):
        assert told in text


def test_a_judgement_can_be_undone(as_person: Sign, landed: list[tuple[Any, ...]]) -> None:
    as_person("chen").post(reverse("stewards:undo", args=["J2"]))

    assert landed == [("undo", "J2", "chen")]


def test_an_empty_queue_says_that_all_is_judged(as_person: Sign, use_reader: Callable[[str], Any]) -> None:
    use_reader("empty")

    assert "没有等待判断的主体" in page(as_person("chen"), "list")


def test_every_row_of_the_queue_has_a_word_for_its_kind(as_person: Sign) -> None:
    text = page(as_person("chen"), "list")

    assert len(ROWS) == 3
    for told in ("名称指谁", "代码与名称不符", "两个代码"):
        assert told in text
