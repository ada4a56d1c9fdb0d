"""The shipped rating catalogue is whole, and a wrong one is refused with every problem at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from lookout.contracts import contracts
from lookout.engine.measures.schema import shipped_schema
from lookout.engine.scoring import RatingCatalogue, input_schema, load
from lookout.engine.scoring.form import DIMENSIONS
from lookout.hub.marts import marts
from lookout.kernel.errors import CatalogueError

SHIPPED = Path(str(resources.files("lookout.engine.scoring").joinpath("catalogue")))
Edit = Callable[[dict[str, Any], dict[str, Any]], None]


def load_folder(folder: Path) -> RatingCatalogue:
    sources = {name: tuple(mart.reads) for name, mart in marts().items()}
    return load(folder, schema=shipped_schema(), tables=contracts(), mart_sources=sources)


def refused(folder: Path, edit: Edit) -> tuple[str, ...]:
    """Load the shipped catalogue with an edit; return the problems as texts."""
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
    indicators = yaml.safe_load((folder / "indicators.yaml").read_text("utf-8"))
    rules = yaml.safe_load((folder / "rating.yaml").read_text("utf-8"))
    edit(indicators["indicators"], rules)
    (folder / "indicators.yaml").write_text(
        yaml.safe_dump(indicators, allow_unicode=True, sort_keys=False), "utf-8"
    )
    (folder / "rating.yaml").write_text(yaml.safe_dump(rules, allow_unicode=True, sort_keys=False), "utf-8")
    with pytest.raises(CatalogueError) as raised:
        load_folder(folder)
    return tuple(str(problem) for problem in raised.value.problems)


def test_there_are_45_indicators_in_five_dimensions(catalogue: RatingCatalogue) -> None:
    counts = [sum(i.form.dimension == d for i in catalogue.indicators.values()) for d in DIMENSIONS]

    assert counts == [8, 9, 11, 9, 8]


def test_what_waits_for_a_room_is_listed(catalogue: RatingCatalogue) -> None:
    waiting = {code: i.form.waits_for for code, i in catalogue.indicators.items() if i.waits}

    assert waiting == {"K04": "graph", "K05": "graph", "K06": "graph"}


def test_every_indicator_but_the_silent_ones_has_words(catalogue: RatingCatalogue) -> None:
    silent = {code for code, i in catalogue.indicators.items() if i.form.phrase is None}

    assert silent == {"Y03", "Y08", "K04", "K05", "K06"}


def test_derived_indicators_come_after_what_they_read(catalogue: RatingCatalogue) -> None:
    order = catalogue.order

    assert order.index("Y02") > order.index("Y01")
    assert order.index("P02") > max(order.index("P01"), order.index("C04"))


def test_the_digest_follows_the_text(tmp_path: Path, catalogue: RatingCatalogue) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "rating.yaml"
    file.write_text(file.read_text("utf-8").replace("gate: 0.15", "gate: 0.16"), "utf-8")

    assert load_folder(tmp_path).digest != catalogue.digest


def test_no_input_column_is_named_twice(catalogue: RatingCatalogue) -> None:
    names = input_schema(catalogue).names

    assert len(names) == len(set(names))


def _weight(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    indicators["C01"]["weight"] = 0.35


def _dimension_weight(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    rules["dimensions"]["harm"]["weight"] = 0.3


def _column(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    indicators["Y01"]["inputs"][0]["value"] = "max(yield_percent)"


def _table(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    indicators["Y01"]["inputs"][0]["from"] = "adverts"


def _knots(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    indicators["H02"]["knots"] = "0:0,0.5:70,0.2:40"


def _key(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    indicators["H02"]["wieght"] = 0.1


def _nothing(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    del indicators["K05"]["waits_for"]


def _name(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    rules["floors"]["F02"]["when"] = "H01 >= 2 AND Y91 >= 15"


def _circle(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    indicators["Y02"]["derive"] = "Y03 - 1"
    indicators["Y03"]["derive"] = "Y02 + 1"


def _types(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    indicators["H07"]["applies_to"] = ["p2p"]


def _unfounded(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    rules["floors"]["F01"]["when"] = "label_CAS001 = 1"


def _bands(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    rules["bands"]["orange"]["starts_at"] = 85


def _cap(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
    rules["caps"]["CAP1"]["grey"] = True


@pytest.mark.parametrize(
    ("edit", "where", "what"),
    [
        (_weight, "indicators.yaml:public_exposure", "权重合计为 1.1"),
        (_dimension_weight, "rating.yaml:dimensions", "权重合计为 1.05"),
        (_column, "indicators.yaml:Y01.inputs[1].value", "yield_percent"),
        (_table, "indicators.yaml:Y01.inputs[1].from", "adverts"),
        (_knots, "indicators.yaml:H02.knots", "由小到大"),
        (_key, "indicators.yaml:H02.wieght", "Extra inputs"),
        (_nothing, "indicators.yaml:K05", "恰好给出一项"),
        (_name, "rating.yaml:F02.when", "Y91"),
        (_circle, "indicators.yaml", "互相引用：Y02、Y03"),
        (_types, "indicators.yaml:H07.applies_to", "p2p"),
        (_unfounded, "rating.yaml:F01", "永远不会触发"),
        (_bands, "rating.yaml:bands", "由高到低"),
        (_cap, "rating.yaml:CAP1", "恰好给出一项"),
    ],
)
def test_a_mistake_gives_one_message_saying_where_and_what(
    tmp_path: Path, edit: Edit, where: str, what: str
) -> None:
    problems = refused(tmp_path, edit)

    first = problems[0]
    assert first.startswith(where)
    assert what in first


def test_a_wrong_sum_of_weights_is_reported_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, _dimension_weight)) == 1


def test_all_mistakes_are_reported_together(tmp_path: Path) -> None:
    def edit(indicators: dict[str, Any], rules: dict[str, Any]) -> None:
        _weight(indicators, rules)
        _column(indicators, rules)
        _name(indicators, rules)

    assert len(refused(tmp_path, edit)) == 3


def test_a_profile_must_sum_and_name_what_exists(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    profile = tmp_path / "profiles" / "own.yaml"
    profile.write_text("zh: 自定\nparts:\n  a: {zh: 甲, weight: 0.5, members: [H07, H99]}\n", "utf-8")

    with pytest.raises(CatalogueError) as raised:
        load_folder(tmp_path)

    text = str(raised.value)
    assert "权重合计为 0.5" in text
    assert "H99" in text


@pytest.mark.parametrize("content", ["- a\n", "indicators: [1\n", ""])
def test_an_unreadable_file_is_refused_with_its_name(tmp_path: Path, content: str) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    (tmp_path / "rating.yaml").write_text(content, "utf-8")

    with pytest.raises(CatalogueError, match=r"rating\.yaml"):
        load_folder(tmp_path)
