"""Which reports are one matter told twice, and which look organised."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lookout.kernel.clock import SHANGHAI
from lookout.kernel.errors import CatalogueError
from lookout.web.complaints.detection import Seen, find_pattern, find_repeat, likeness
from lookout.web.complaints.rules import (
    detection_rules,
    import_rules,
    read_imports,
    read_rewards,
    reward_rules,
)
from lookout.web.ui.masking import mask_name, mask_phone, mask_text

AT = datetime(2026, 11, 2, 10, 0, tzinfo=SHANGHAI)
RULES = detection_rules()
TOLD = "上周三在珠江新城的门店听讲座，业务员说保本年化百分之十八，我交了五万元，现在电话打不通"
COPY = "上周三在珠江新城的门店听讲座，业务员说保本年化百分之十八，我交了八万元，现在电话也打不通了"
OTHER = "朋友拉我进微信群，群里天天发收益截图，让我下载一个手机应用买虚拟币，充值以后提不出来"


def seen(number: int, text: str = OTHER, minutes_ago: float = 90, sender: str = "", **more: object) -> Seen:
    return Seen(number, text, AT - timedelta(minutes=minutes_ago), sender or f"device {number}", **more)  # type: ignore[arg-type]  # named fields of Seen


def new(text: str = TOLD, sender: str = "device 0", **more: object) -> Seen:
    return Seen(0, text, AT, sender, **more)  # type: ignore[arg-type]  # named fields of Seen


def test_a_changed_sum_and_a_few_words_do_not_hide_a_copy() -> None:
    assert likeness(TOLD, COPY) >= RULES.copied
    assert likeness(TOLD, OTHER) < 0.1


def test_one_person_who_tells_the_same_matter_again_is_recognised_by_device_or_phone() -> None:
    assert find_repeat(new(), [seen(1, COPY, sender="device 0")], RULES) == 1
    assert find_repeat(new(contact="c"), [seen(2, COPY, contact="c")], RULES) == 2


def test_the_same_device_telling_another_matter_is_no_repetition() -> None:
    assert find_repeat(new(), [seen(1, OTHER, sender="device 0")], RULES) is None


def test_two_strangers_without_device_are_never_the_same_person() -> None:
    assert find_repeat(Seen(0, TOLD, AT), [Seen(1, TOLD, AT - timedelta(hours=2))], RULES) is None


def test_three_texts_alike_of_different_people_are_a_pattern_and_two_are_not() -> None:
    assert find_pattern(new(), [seen(1, COPY)], RULES) is None

    pattern = find_pattern(new(), [seen(1, COPY), seen(2, TOLD, 200), seen(3, OTHER)], RULES)

    assert pattern is not None
    assert pattern.kinds == ("copied",)
    assert pattern.members == {1, 2}


def test_short_texts_resemble_each_other_by_chance() -> None:
    assert find_pattern(new("他们是骗子"), [seen(n, "他们是骗子") for n in range(1, 5)], RULES) is None


def test_one_device_that_reports_thrice_in_a_day_is_a_pattern() -> None:
    texts = (OTHER, "他们在小区门口发鸡蛋，拉老人去听课，说投一万返三千")

    pattern = find_pattern(
        new(), [seen(n, text, sender="device 0") for n, text in enumerate(texts, 1)], RULES
    )

    assert pattern is not None
    assert "same_sender" in pattern.kinds


def test_reports_of_the_same_minute_are_a_pattern() -> None:
    pattern = find_pattern(new(), [seen(n, str(n) * 30, 0.5) for n in (1, 2, 3)], RULES)

    assert pattern is not None
    assert "same_minute" in pattern.kinds


def test_a_burst_is_more_than_the_least_and_far_more_than_usual() -> None:
    hour = [seen(n, chr(0x4E00 + 40 * n) * 9 + chr(0x5E00 + n) * 9, 5 + 5 * n) for n in range(8)]
    # A company with ten complaints on each of thirty days: nine in an hour are many, and twenty times the usual.
    busy = [seen(100 + n, minutes_ago=70 + n * 140) for n in range(300)]
    # One with three an hour, day and night, has a bad hour and no more.
    huge = [seen(100 + n, minutes_ago=61 + n * 20) for n in range(2100)]

    assert find_pattern(new(), hour[:7], RULES) is None
    for earlier, is_burst in ((hour, True), (hour + busy, True), (hour + huge, False)):
        pattern = find_pattern(new(), earlier, RULES)
        assert (pattern is not None and "burst_hour" in pattern.kinds) is is_burst


def test_an_attack_does_not_become_the_usual_number() -> None:
    hour = [seen(n, chr(0x4E00 + 40 * n) * 18, 5 + 5 * n) for n in range(8)]
    attack = [seen(100 + n, minutes_ago=61 + n * 20, is_bundled=True) for n in range(2100)]

    pattern = find_pattern(new(), hour + attack, RULES)

    assert pattern is not None
    assert "burst_hour" in pattern.kinds


def test_names_phones_and_numbers_are_hidden() -> None:
    assert mask_name("欧阳小明") == "欧＊＊＊"
    assert mask_phone("13812345678") == "138****5678"
    masked = mask_text("电话13812345678，身份证440106199001011234，卡号6222021234567890123，交了50000元")
    assert "12345678" not in masked
    assert "19900101" not in masked
    assert "50000元" in masked


def test_the_reward_table_covers_every_sum_without_gaps() -> None:
    broken = {
        "basis": "x",
        "levels": {
            "one": {
                "title": "一级",
                "meaning": "",
                "ranges": [{"from": 5, "below": 10, "least": 9, "most": 1}],
            }
        },
    }

    with pytest.raises(CatalogueError) as caught:
        read_rewards(broken)

    assert len(caught.value.problems) == 3
    assert set(reward_rules().levels) == {"one", "two", "three", "four"}


def test_a_file_form_must_name_the_columns_that_are_needed() -> None:
    broken = {"forms": {"x": {"title": "x", "columns": {"text": ["内容"]}}}, "required": ["text", "company_name"],
              "kinds": {"nonsense": ["x"]}}  # fmt: skip

    with pytest.raises(CatalogueError) as caught:
        read_imports(broken)

    assert len(caught.value.problems) == 2
    assert set(import_rules().forms) == {"hotline12345", "petition", "national"}
