"""The check of a whole file: bad rows stand alone with all their reasons, good rows go on."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookout.contracts import contracts
from lookout.hub.quality import Checked, check
from lookout.sources import Mapping, lay_out
from lookout.sources.csv_reader import read_csv

USCC = "91350100M000100Y43"
DELIVERED = date(2026, 10, 31)
COMPANY = {
    "uscc": USCC,
    "registration_no": "",
    "name": "广东甲投资有限公司",
    "status": "存续",
    "legal_representative": "张小明",
    "legal_representative_id": "440106199001011234",
    "registered_capital_yuan": "1000000",
    "established_on": "2015-03-04",
    "term_ends_on": "2045-03-04",
    "region": "440106",
    "phone": "13812341234",
}


def run(table: str, rows: list[dict[str, str]], mapping: Mapping | None = None) -> Checked:
    lines = [",".join(rows[0])] + [",".join(f'"{value}"' for value in row.values()) for row in rows]
    raw = read_csv("甲.csv", "\n".join(lines).encode(), "utf-8")
    return check(raw, lay_out("甲.csv", raw, contracts()[table], mapping), delivered_on=DELIVERED)


def reasons(checked: Checked) -> list[tuple[int, str, str]]:
    return [(r["line"], r["column"], r["reason"]) for r in checked.rejects.to_pylist()]


def test_a_good_row_comes_out_in_store_types() -> None:
    checked = run("company", [COMPANY])

    row = checked.accepted.to_pylist()[0]
    assert (checked.rows, checked.rejected, checked.doubled) == (1, 0, 0)
    assert row["registered_capital_yuan"] == Decimal("1000000.00")
    assert row["established_on"] == date(2015, 3, 4)
    assert row["status"] == "active"
    assert row["industry"] is None
    assert (row["subject_scheme"], row["subject_value"], row["line"]) == ("uscc", USCC, 2)


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"uscc": "91350100M000100Y4312"}, "uscc", "有 20 位，应为 18 位"),
        ({"uscc": ""}, "uscc", "缺少必填的“统一社会信用代码”"),
        ({"established_on": "2015-02-30"}, "established_on", "不存在"),
        ({"established_on": "2026-11-01"}, "established_on", "晚于报送时间 2026-10-31"),
        (
            {"term_ends_on": "2014-01-01"},
            "term_ends_on",
            "“成立日期”（2015-03-04）晚于“营业期限止”（2014-01-01）",
        ),
        ({"registered_capital_yuan": "100万元"}, "registered_capital_yuan", "自带单位"),
        ({"registered_capital_yuan": "-1"}, "registered_capital_yuan", "不得为负数"),
        ({"status": "在营"}, "status", "不在代码表中"),
        ({"region": "440102"}, "region", "东山区.*无效"),
        ({"region": "4401"}, "region", "应为 6 位数字"),
        ({"name": "甲\ufffd公司"}, "name", "乱码"),
        (
            {"registration_authority": "4.40106199001012e+17"},
            "registration_authority",
            "科学计数法.*设为文本",
        ),
        ({"legal_representative_id": "4.40106E+17"}, "legal_representative_id", "科学计数法.*设为文本"),
        ({"phone": "1380000x"}, "phone", "电话号码应为"),
        ({"phone": "138****1234"}, "phone", "遮蔽后的写法.*填写原值"),
        ({"legal_representative": "张*明"}, "legal_representative", "遮蔽后的写法.*填写原值"),
        ({"legal_representative": "张\x07明"}, "legal_representative", "控制字符"),
        ({"established_on": "1899-12-31"}, "established_on", "早于 1900 年"),
        ({"established_on": "2099-01-01"}, "established_on", "晚于报送时间"),
        ({"term_ends_on": "2199-01-01"}, "term_ends_on", "晚于 2100 年，不像真实日期"),
        ({"name": "\x1a"}, "name", "是公式，文件里没有它的计算结果"),
        ({"established_on": "\x1a"}, "established_on", "是公式，文件里没有它的计算结果"),
    ],
)
def test_a_bad_cell_is_refused_with_its_reason(change: dict[str, str], column: str, words: str) -> None:
    good = dict.fromkeys(change, "") | COMPANY | {"name": "广东乙投资有限公司"}
    checked = run("company", [good | COMPANY | change, good])

    [(line, found, reason)] = reasons(checked)
    assert (line, found) == (2, column)
    assert re.search(words, reason)
    assert checked.accepted["line"].to_pylist() == [3]


def test_a_region_is_right_on_the_day_of_the_row_or_of_the_delivery() -> None:
    old = COMPANY | {"region": "440102", "established_on": "2001-05-06", "name": "老"}
    renumbered = COMPANY | {"region": "440309", "established_on": "2001-05-06", "name": "新"}

    assert run("company", [old, renumbered]).rejected == 0


def test_one_row_may_carry_several_reasons() -> None:
    checked = run("company", [COMPANY | {"uscc": "1", "status": "x", "established_on": "?"}])

    assert [column for _, column, _ in reasons(checked)] == ["uscc", "status", "established_on"]
    assert checked.rejected == 1


def test_a_negative_headcount_is_refused_and_a_signed_amount_is_not() -> None:
    row = {"uscc": USCC, "period": "202609", "headcount": "-3"}
    assert "不得为负数" in reasons(run("social_security_month", [row]))[0][2]

    row = {"uscc": USCC, "period": "202609", "invoice_count": "1", "amount_yuan": "-5"}
    assert run("tax_invoice_month", [row]).rejected == 0


def test_a_value_beyond_its_limit_names_the_limit() -> None:
    row = {"ticket_no": "1", "channel": "110", "received_on": "2026-10-01", "target_name": "甲", "complaint_type": "wage",
           "reporter_age": "130"}  # fmt: skip

    assert "不得大于 120" in reasons(run("complaint_ticket", [row]))[0][2]


def test_identical_rows_count_once_and_versions_of_a_key_are_all_kept() -> None:
    later = COMPANY | {"name": "广东甲科技有限公司"}

    checked = run("company", [COMPANY, later, COMPANY, later])

    assert (checked.rows, checked.doubled, checked.versions) == (4, 2, 1)
    assert checked.accepted["line"].to_pylist() == [2, 3]


def test_the_best_identifier_names_the_subject() -> None:
    base = {
        "target_name": "甲公司",
        "ticket_no": "1",
        "channel": "app",
        "received_on": "2026-10-01",
        "complaint_type": "wage",
    }
    rows = [base | {"target_uscc": USCC}, base | {"target_uscc": "", "ticket_no": "2"}]

    accepted = run("complaint_ticket", rows).accepted

    assert accepted["subject_scheme"].to_pylist() == ["uscc", "name"]
    assert accepted["subject_value"].to_pylist() == [USCC, "甲公司"]


def test_a_desensitised_source_needs_its_own_id_and_no_other() -> None:
    mapping = Mapping(table="justice_record_count", identifier_scheme="opaque:county", subject="id")
    rows = [{"id": "a1", "counted_on": "2026-10-01"}, {"id": "", "counted_on": "2026-10-01"}]

    checked = run("justice_record_count", rows, mapping)

    assert checked.accepted["subject_value"].to_pylist() == ["a1"]
    assert checked.accepted["subject_scheme"].to_pylist() == ["opaque:county"]
    assert "没有任何主体标识" in reasons(checked)[0][2]


def test_rejects_show_the_row_as_sent_with_personal_cells_masked() -> None:
    checked = run(
        "company", [COMPANY | {"status": "x", "legal_representative_id": "12", "备注": "李四 13900001111"}]
    )

    raw = json.loads(checked.rejects["raw"][0].as_py())
    assert raw["name"] == "广东甲投资有限公司"
    assert (raw["legal_representative"], raw["phone"]) == ("张*明", "138****1234")
    assert "备注" not in raw
    assert [r["value"] for r in checked.rejects.to_pylist()] == ["x", "**"]
    kept: list[Any] = checked.withheld.to_pylist()
    assert {"line": 2, "column": "phone", "value": "13812341234"} in kept


def test_missing_words_are_no_values() -> None:
    row = COMPANY | {"registered_capital_yuan": "NULL", "term_ends_on": "-", "phone": "N/A", "industry": " "}

    accepted = run("company", [row]).accepted.to_pylist()[0]

    assert [accepted[name] for name in ("registered_capital_yuan", "term_ends_on", "phone", "industry")] == [
        None
    ] * 4


CELLS = st.sampled_from([*COMPANY.values(), "", "x", "-1", "2026-02-30", "0", "440000", "甲;乙"])


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COMPANY, CELLS)), min_size=1, max_size=6))
def test_no_row_is_ever_lost(rows: list[dict[str, str]]) -> None:
    checked = run("company", [COMPANY, *rows])

    assert checked.rows == checked.accepted.num_rows + checked.rejected + checked.doubled
    assert checked.rejected == len(set(checked.rejects["line"].to_pylist()))


@pytest.mark.parametrize("day", ["2099-12-31", "2045/1/2", "9999-12-31"])
def test_a_term_may_end_far_in_the_future_or_never(day: str) -> None:
    assert run("company", [COMPANY | {"term_ends_on": day}]).rejected == 0
