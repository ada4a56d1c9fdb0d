"""The anatomy of company names, rule by rule."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lookout.hub.linkage import dissect, lexicon
from lookout.hub.linkage.lexicon import load_lexicon
from lookout.hub.resolution import normalise_name
from lookout.kernel.errors import CatalogueError

CASES = {
    # name: region, 字号, trade, form, branch
    "广东省广州市天河区安邦贸易有限公司": ("440106", "安邦", "贸易", "有限公司", ""),
    "安邦（广州）贸易有限公司": ("4401", "安邦", "贸易", "有限公司", ""),
    "泰坦科技（上海）股份有限公司": ("31", "泰坦", "科技", "股份有限公司", ""),
    "威刚【佛山】花艺有限公司": ("4406", "威刚", "花艺", "有限公司", ""),
    "广州安邦贸易有限责任公司深圳分公司": ("4401", "安邦", "贸易", "有限责任公司", "深圳分公司"),
    "安邦贸易第一分店": ("", "安邦", "贸易", "", "第一分店"),
    "深圳市圣鸿": ("4403", "圣鸿", "", "", ""),
    "长沙安邦投资合伙企业（有限合伙）": ("43:长沙", "安邦", "投资", "合伙企业有限合伙", ""),
    "北京银行股份有限公司": ("", "北京", "银行", "股份有限公司", ""),
    "白云电器集团有限公司": ("", "白云", "电器", "集团有限公司", ""),
    "安邦": ("", "安邦", "", "", ""),
    "": ("", "", "", "", ""),
}


@pytest.mark.parametrize(("name", "parts"), CASES.items())
def test_a_name_falls_into_its_parts(name: str, parts: tuple[str, ...]) -> None:
    found = dissect([normalise_name(name)], lexicon()).to_pylist()[0]

    assert tuple(found[part] for part in ("region", "brand", "trade", "form", "branch")) == parts


@pytest.mark.parametrize("name", CASES)
def test_the_places_of_the_brand_point_into_the_name(name: str) -> None:
    found = dissect([normalise_name(name)], lexicon()).to_pylist()[0]

    assert found["name"][found["brand_start"] : found["brand_end"]] == found["brand"]


def test_the_brand_is_kept_as_syllables_without_tones() -> None:
    names = dissect(["众人通", "众仁童"], lexicon())

    assert names["sound"].to_pylist() == ["zhong ren tong "] * 2


def test_a_city_means_what_it_is_today_not_what_it_once_was() -> None:
    found = dissect(["东莞市安邦", "东莞安邦", "海口市安邦", "海口安邦"], lexicon())

    assert found["region"].to_pylist() == ["4419", "4419", "46:海口", "46:海口"]


def test_all_faults_of_the_catalogues_are_told_together(tmp_path: Path) -> None:
    folder = Path(load_lexicon.__code__.co_filename).parent / "catalogue"
    words = yaml.safe_load((folder / "words.yaml").read_text("utf-8"))
    weights = yaml.safe_load((folder / "weights.yaml").read_text("utf-8"))
    words["cities"]["99"] = ["某市"]
    del weights["parts"]["brand"]["typo"]
    weights["parts"]["trade"]["other"]["zh"] = "行业{who}不同"
    weights["thresholds"]["queue"] = 90
    (tmp_path / "words.yaml").write_text(yaml.safe_dump(words), "utf-8")
    (tmp_path / "weights.yaml").write_text(yaml.safe_dump(weights), "utf-8")

    with pytest.raises(CatalogueError) as raised:
        load_lexicon(tmp_path)

    for told in ("99", "typo", "{left}", "queue"):
        assert told in str(raised.value)
