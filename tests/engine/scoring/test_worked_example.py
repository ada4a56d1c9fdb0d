"""众人通融资信息服务有限公司, July 2018: the published case every change of the formula must still reproduce."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lookout.engine.scoring import Rated, RatingCatalogue, explain
from lookout.engine.scoring.weights import PUBLISHED_JUDGEMENTS, ahp_weights
from tests.engine.scoring.conftest import Rate, connect

DAY = date(2018, 7, 15)
# Yield from DC20, redemption from DC17, opinion from DC19: three kinds of source stand behind F02.
ZHONGRENTONG = {
    "organization_type": "p2p_lending_platform",
    "prior": 60.0,
    "Y08__1": 60.0,
    "Y01__1": 20.0,
    "H01__2": 2.0,
    "H04__1": 2.0,
    "H11__1": 1.0,
    "H11__2": 1.0,
    "K01__1": 52.0,
    "K09__1": 1.0,
    "P06__1": 2.0,
}


def row(rated: Rated) -> dict[str, object]:
    return rated.rating.to_pylist()[0]


def test_the_base_is_73_18525_and_floor_f02_makes_it_85_red(rated: Rate) -> None:
    found = row(rated(ZHONGRENTONG, day=DAY))

    assert found["base"] == pytest.approx(73.18525, abs=1e-12)
    assert found["coverage"] == pytest.approx(0.252)
    assert (found["floor_code"], found["cap_code"], found["band"]) == ("F02", None, "red")
    assert found["score"] == Decimal("85.00")


@pytest.mark.parametrize(
    ("dimension", "score"),
    [
        ("return_rate", 93.896875),
        ("public_exposure", 60.0),
        ("harm", 74.4875),
        ("contagion", 74.56),
        ("complaint_rate", 64.0),
    ],
)
def test_each_dimension_has_its_published_score(rated: Rate, dimension: str, score: float) -> None:
    assert row(rated(ZHONGRENTONG, day=DAY))[f"{dimension}_score"] == pytest.approx(score, abs=1e-6)


def test_without_its_floor_the_total_is_printed_as_73_19(rated: Rate, catalogue: RatingCatalogue) -> None:
    found = row(rated(ZHONGRENTONG, day=DAY, catalogue=replace(catalogue, floors=())))

    assert (found["score"], found["band"]) == (Decimal("73.19"), "orange")


def test_with_every_monitored_source_connected_and_clean_it_is_63_82(
    rated: Rate, catalogue: RatingCatalogue
) -> None:
    found = row(rated({**ZHONGRENTONG, **connect(catalogue)}, day=DAY))

    assert found["base"] == pytest.approx(63.82, abs=0.005)
    assert found["score"] == Decimal("85.00")


def test_with_300_participants_and_8_million_yuan_it_is_77_19(rated: Rate) -> None:
    # Participants from one submission and money from another, so that no burden per head follows.
    found = row(rated({**ZHONGRENTONG, "C01__2": 300.0, "C02__1": 8_000_000.0}, day=DAY))

    assert found["base"] == pytest.approx(77.19, abs=0.005)


def test_the_contributions_add_up_and_name_the_floor(rated: Rate) -> None:
    lines = rated(ZHONGRENTONG, day=DAY).contribution.to_pylist()

    assert sum(line["points"] for line in lines) == Decimal("85.00")
    assert [(line["code"], line["points"]) for line in lines if line["part"] == "floor"] == [
        ("F02", Decimal("11.81"))
    ]


def test_it_is_explained_in_the_published_sentence(rated: Rate, catalogue: RatingCatalogue) -> None:
    found = rated(ZHONGRENTONG, day=DAY)

    text = explain(
        row(found),
        found.contribution.to_pylist(),
        catalogue=catalogue,
        profile=catalogue.profiles["default"],
        inputs=ZHONGRENTONG,
    )

    assert text == (
        "该企业近2年负面舆情52起；存在延期兑付；无保险机构担保；收益率20%（偏离基准15.65个百分点）；"
        "网络评价低；未上市、未加入行业协会；变更过经营范围。触发规则F02，评为红色（极高）。"
        "数据覆盖度25%，建议补充：参与人数、资金流水、投诉。"
    )


def test_the_unrounded_judgement_weights_give_72_80(rated: Rate, catalogue: RatingCatalogue) -> None:
    weights = ahp_weights(PUBLISHED_JUDGEMENTS).weights
    default = catalogue.profiles["default"]
    parts = [replace(part, weight=weight) for part, weight in zip(default.parts, weights, strict=True)]
    judged = replace(catalogue, profiles={"default": replace(default, parts=tuple(parts))})

    assert row(rated(ZHONGRENTONG, day=DAY, catalogue=judged))["base"] == pytest.approx(72.80, abs=0.005)
