"""The examples in the how-to pages are valid: a reader who copies one has something that loads."""

from __future__ import annotations

import re
import shutil
from typing import Any

import yaml

from lookout.contracts import contracts, load
from lookout.engine.labels.form import Label
from lookout.engine.measures import check, check_hit, shipped_schema
from lookout.engine.scoring.form import IndicatorForm
from lookout.sources import load_mapping, read_deliveries, sources
from tests.project.trees import ROOT, SOURCE


def examples(page: str) -> list[str]:
    text = (ROOT / "docs" / "howto" / page).read_text("utf-8")
    return re.findall(r"```yaml\n(.*?)```", text, re.S)


def entry(page: str) -> tuple[str, dict[str, Any]]:
    """Return code and content of the one entry that a page shows."""
    return next(iter(yaml.safe_load(examples(page)[0]).items()))


def test_the_label_on_the_page_loads():
    code, content = entry("add_a_label.md")
    family = {"code": code[:3], "zh": "某类", "polarity": "risk"}

    label = Label.model_validate({**content, "code": code, "family": family})

    assert label.measure is not None
    assert check(label.measure, code, shipped_schema()) == []
    assert check_hit(label.hit, code) == []


def test_the_indicator_on_the_page_loads():
    code, content = entry("add_an_indicator.md")

    form = IndicatorForm.model_validate(content)

    assert [problem for one in form.inputs for problem in check(one, code, shipped_schema())] == []


def test_the_table_on_the_page_loads(tmp_path):
    shutil.copytree(SOURCE / "contracts" / "tables", tmp_path / "tables")
    shutil.copy(SOURCE / "contracts" / "codes.yaml", tmp_path)
    name, content = entry("add_a_table.md")
    file = {"category": "DC12", "source_class": "government", "tables": {name: content}}
    (tmp_path / "tables" / "added.yaml").write_text(yaml.safe_dump(file, allow_unicode=True), "utf-8")

    assert name in load(tmp_path)


def test_the_mapping_on_the_page_loads(tmp_path):
    file = tmp_path / "mapping.yaml"
    file.write_text(examples("add_a_source.md")[0], "utf-8")

    assert load_mapping(file, contracts()).table == "company_annual_report"


def test_the_delivery_on_the_page_loads(tmp_path):
    (tmp_path / "delivery.yaml").write_text(examples("add_a_source.md")[1], "utf-8")

    (delivery,) = read_deliveries(tmp_path, contracts(), sources()).good

    assert delivery.table == "company"
    assert delivery.covers.regions == ("44",)
