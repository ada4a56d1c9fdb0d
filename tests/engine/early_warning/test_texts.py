"""The texts of early warnings: what happened, the reasons by weight, the rule that decided."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from lookout.contracts.constants import constants_at
from lookout.engine.early_warning import WARNING_SCHEMA, early_warnings
from lookout.engine.scoring import Rated, input_schema, rate, rating_catalogue

CATALOGUE = rating_catalogue()
PROFILE = CATALOGUE.profiles["default"]
SUSPECT = {
    "organization_type": "p2p_lending_platform",
    "Y01__1": 20.0,
    "H01__2": 2.0,
    "K01__1": 52.0,
    "C01__1": 300.0,
    "P01__1": 8.0,
}


CALM = {**SUSPECT, "H01__2": 0.0}  # no overdue redemption: yellow


def rated(*companies: dict[str, Any], all_lines: bool = False) -> Rated:
    blank = {"organization_type": "general", "prior": 20.0}
    rows = [{"company_key": key, **blank, **company} for key, company in enumerate(companies, 1)]
    inputs = pa.Table.from_pylist(rows, schema=input_schema(CATALOGUE))
    constants = constants_at(date(2026, 10, 31))
    return rate(inputs, catalogue=CATALOGUE, profile=PROFILE, constants=constants, all_lines=all_lines)


def texts(now: Rated, before: Rated | None) -> list[tuple[int, str, str]]:
    previous = before.rating if before else None
    found = early_warnings(now.rating, previous, now.contribution, catalogue=CATALOGUE, profile=PROFILE)
    assert found.schema.equals(WARNING_SCHEMA)
    return [(row["company_key"], row["kind"], row["reason"]) for row in found.to_pylist()]


def test_an_opened_warning_gives_its_reasons_by_weight_and_the_rule() -> None:
    ((_, kind, text),) = texts(rated(SUSPECT, {}), rated({}, {}))

    assert kind == "opened"
    assert text == (
        "新增红色（极高）预警，得分85.00：收益率20%（偏离基准17个百分点）；参与人数300人；"
        "每万名用户投诉266.67件；存在延期兑付；近2年负面舆情52起；触发规则F02（延期兑付、高息且负面舆情多）。"
    )


def test_a_raised_warning_names_both_bands() -> None:
    calm = rated(CALM)
    assert calm.rating["band"].to_pylist() == ["yellow"]

    ((_, kind, text),) = texts(rated(SUSPECT), calm)

    assert kind == "raised"
    assert text.startswith("预警由黄色（中）升为红色（极高），得分85.00：")


def test_a_withdrawn_warning_says_what_it_was() -> None:
    ((_, kind, text),) = texts(rated({"C01__1": 1.0, "Y01__1": 1.0}), rated(SUSPECT))

    assert kind == "withdrawn"
    assert text.startswith("解除红色（极高）预警，得分")


def test_a_company_without_enough_data_is_not_said_to_be_cleared() -> None:
    nothing: dict[str, Any] = {}
    grey = rated(nothing)
    assert grey.rating["band"].to_pylist() == ["grey"]

    ((_, kind, text),) = texts(grey, rated(CALM))

    assert kind == "suspended"
    assert text.startswith("数据不足，暂不评级；此前的黄色（中）预警并未解除：缺少")
    assert "得分" not in text
    assert not text.startswith("解除")


def test_lines_that_say_nothing_change_no_text() -> None:
    companies: tuple[dict[str, Any], ...] = (SUSPECT, {}, CALM)
    before = rated(CALM, CALM, SUSPECT)

    assert texts(rated(*companies), before) == texts(rated(*companies, all_lines=True), before)


def test_a_company_that_left_the_run_is_said_to_have_left() -> None:
    found = texts(rated({}), rated({}, SUSPECT))

    assert found == [(2, "withdrawn", "解除红色（极高）预警：企业已不在评级范围。")]


def test_a_run_without_warnings_gives_an_empty_table() -> None:
    assert texts(rated({}), None) == []


def test_a_kept_warning_is_only_said_to_be_kept() -> None:
    assert texts(rated(SUSPECT), rated(SUSPECT)) == [(1, "kept", "维持红色（极高）预警，得分85.00。")]
