"""The paragraph about a company says the facts, the verdict, the coverage and what to add."""

from __future__ import annotations

from typing import Any

import pytest

from lookout.engine.scoring import RatingCatalogue, explain, missing_data
from lookout.engine.scoring.sentences import plain
from tests.engine.scoring.conftest import Rate


@pytest.fixture
def text(rated: Rate, catalogue: RatingCatalogue) -> Any:
    def of(company: dict[str, Any]) -> str:
        found = rated(company)
        profile = catalogue.profiles["default"]
        (row,) = found.rating.to_pylist()
        lines = found.contribution.to_pylist()
        return explain(row, lines, catalogue=catalogue, profile=profile, inputs=company)

    return of


GRAVE = {"C01__1": 5000.0, "C02__1": 9e7, "H05__4": 70.0, "H06__1": 5.0, "K01__1": 80.0, "Y01__1": 23.0}


@pytest.mark.parametrize(
    ("company", "sentence"),
    [
        ({}, "该企业未发现风险事实。评为灰色（数据不足，暂不评级）。数据覆盖度2%"),
        ({"open_fundraising_cases": 1.0}, "触发规则F03，评为红色（极高）。"),
        (GRAVE, "评为橙色（高）。"),
        (
            GRAVE,
            "被列为失信被执行人；近2年受行政处罚和监管措施（计5分）；参与人数5000人；吸收资金9000万元；人均投入",
        ),
        ({**GRAVE, "name_match_confidence": 0.5}, "名称匹配存疑，待核对主体（规则CAP3），评为灰色"),
        ({"previous_band": "red"}, "本次数据不足，沿用上次评级红色（极高）。"),
        ({"C01__1": 1.0, "Y01__1": 1.0, "previous_band": "orange"}, "尚未连续两次低于下限，维持橙色（高）。"),
        ({"Y01__1": 23.0}, "收益率23%（偏离基准20个百分点）"),
        ({"H03__1": 0.456}, "流入资金45.6%转往关联方"),
        ({"K09__1": 1.0, "K09__3": 1.5}, "变更过经营范围、变更过法定代表人"),
    ],
)
def test_the_paragraph_says(text: Any, company: dict[str, Any], sentence: str) -> None:
    assert sentence in text(company)


def test_a_trifle_is_not_worth_a_sentence(text: Any) -> None:
    assert "舆情" not in text({"K01__1": 1.0})


def test_what_is_known_or_waits_is_not_asked_for(rated: Rate, catalogue: RatingCatalogue) -> None:
    (row,) = rated({"C01__1": 200.0}).rating.to_pylist()

    wanted = missing_data(row["states"], catalogue, catalogue.profiles["default"])

    assert wanted == ("兑付情况", "资金流水", "产品收益率")


@pytest.mark.parametrize(
    ("value", "printed"),
    [(20.0, "20"), (15.65, "15.65"), (0.1, "0.1"), (1 / 3, "0.33"), (-0.001, "0"), (100.0, "100")],
)
def test_numbers_are_printed_plainly(value: float, printed: str) -> None:
    assert plain(value) == printed
