"""Loading contracts: all of them or none, and every mistake of an author reported at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lookout.contracts import contracts, load
from lookout.kernel.errors import CatalogueError

GOOD = {
    "category": "DC12",
    "source_class": "government",
    "tables": {
        "tax_sample": {
            "zh": "样表",
            "department": "税务局",
            "subject": {"uscc": "uscc"},
            "key": ["uscc", "noticed_on"],
            "occurred_on": "noticed_on",
            "freshness_days": 30,
            "columns": {
                "uscc": {"type": "uscc", "zh": "统一社会信用代码", "required": True},
                "noticed_on": {"type": "date", "zh": "公告日期", "required": True},
            },
        }
    },
}


def written(folder: Path, tables: object = GOOD, text: str = "") -> Path:
    (folder / "tables").mkdir()
    (folder / "codes.yaml").write_text("grade: {a: 甲, b: 乙}\n", "utf-8")
    (folder / "tables" / "sample.yaml").write_text(
        text or yaml.safe_dump(tables, allow_unicode=True), "utf-8"
    )
    return folder


def changed(**changes: object) -> dict[str, object]:
    entry = {**GOOD["tables"]["tax_sample"], **changes}
    return {**GOOD, "tables": {"tax_sample": entry}}


def with_column(**column: object) -> dict[str, object]:
    columns = {**GOOD["tables"]["tax_sample"]["columns"], "extra": column}
    return changed(columns=columns)


def problems(folder: Path) -> str:
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    return "\n".join(map(str, caught.value.problems))


def test_a_good_table_loads(tmp_path):
    tables = load(written(tmp_path))

    assert list(tables) == ["tax_sample"]
    assert tables["tax_sample"].category == "DC12"


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (changed(occurred_on="noticed"), "没有名为“noticed”的列"),
        (changed(key=["uscc", "number"]), "没有名为“number”的列"),
        (changed(subject={"uscc": "code"}), "没有名为“code”的列"),
        (changed(order=[["noticed_on", "cleared_on"]]), "没有名为“cleared_on”的列"),
        (changed(freshness_days=0), "freshness_days"),
        (changed(colour="red"), "colour"),
        ({**GOOD, "category": "DC99"}, "不是数据类别"),
        (with_column(type="code", zh="等级"), "代码列须给出 codes"),
        (with_column(type="code", zh="等级", codes="grades"), "共享代码表"),
        (with_column(type="text", zh="等级", codes={"a": "甲"}), "其他列不得给出"),
        (with_column(type="number"), "zh"),
        (with_column(type="float", zh="金额"), "type"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, mistake, said):
    text = problems(written(tmp_path, mistake))

    assert said in text
    assert "sample.yaml:tax_sample" in text


def test_all_mistakes_are_reported_together(tmp_path):
    text = problems(written(tmp_path, changed(occurred_on="a", valid_to="b", key=["c"])))

    assert all(f"“{name}”" in text for name in "abc")


def test_a_syntax_error_names_the_file(tmp_path):
    assert "sample.yaml：不是有效的 YAML" in problems(written(tmp_path, text="tables: [oops"))


def test_a_table_declared_twice_is_refused(tmp_path):
    folder = written(tmp_path)
    (folder / "tables" / "twin.yaml").write_text(yaml.safe_dump(GOOD, allow_unicode=True), "utf-8")

    assert "twin.yaml:tax_sample：表名重复" in problems(folder)


def test_the_digest_follows_the_text(tmp_path):
    folder = written(tmp_path)
    before = load(folder).digest

    assert load(folder).digest == before
    (folder / "codes.yaml").write_text("grade: {a: 甲}\n", "utf-8")
    assert load(folder).digest != before


def test_shared_code_lists_are_resolved():
    assert contracts()["company"].columns["organization_type"].codes["pawnshop"] == "典当行"
