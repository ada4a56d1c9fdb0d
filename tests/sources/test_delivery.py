"""Delivery lists and source manifests: read as a whole, every fault reported."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from lookout.contracts import contracts
from lookout.kernel.errors import CatalogueError
from lookout.sources import Covers, Delivery, FileProblem, load_sources, read_deliveries, sources

GOOD = {
    "file": "2026-10/company.csv",
    "source": "market_regulation",
    "table": "company",
    "delivered_at": "2026-10-31T06:00:00",
    "covers": {"regions": ["44"], "organization_types": ["pawnshop"]},
}


def write(folder: Path, *entries: object) -> Path:
    (folder / "delivery.yaml").write_text(yaml.safe_dump({"deliveries": list(entries)}), "utf-8")
    return folder


def test_a_delivery_list_is_read_in_order(tmp_path: Path) -> None:
    second = GOOD | {"file": "b.csv", "mapping": "mappings/b.yaml", "asserted": True}
    second["delivered_at"] = "2026-10-31T00:00:00+00:00"

    first, other = read_deliveries(write(tmp_path, GOOD, second), contracts(), sources()).good

    moment = datetime(2026, 10, 31, 6)  # noqa: DTZ001 Shanghai wall time
    path = tmp_path / "2026-10/company.csv"
    covers = Covers(("44",), ("pawnshop",))
    assert first == Delivery(path, "2026-10/company.csv", "market_regulation", "company", moment, covers)
    assert other.mapping == tmp_path / "mappings/b.yaml"
    assert (other.asserted, other.delivered_at.hour) == (True, 8)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"table": "nobody"}, "没有名为“nobody”的表"),
        ({"source": "nobody"}, "没有登记名为“nobody”的数据源"),
        ({"source": "tax"}, "没有登记报送表 company"),
        ({"delivered_at": "昨天"}, "delivered_at “昨天”不是时间"),
        ({"covers": {"regions": ["4"]}}, "覆盖地区“4”"),
        ({"covers": {"organization_types": ["shop"]}}, "没有业态“shop”"),
        ({"file": "../../etc/passwd.csv"}, "交付文件夹之外"),
        ({"colour": "red"}, "colour 不认识的项"),
    ],
)
def test_a_wrong_entry_is_named_by_number_and_file(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    listed = read_deliveries(write(tmp_path, GOOD, GOOD | change, GOOD), contracts(), sources())

    assert len(listed.good) == 2
    assert re.search(words, str(listed.problem))
    assert "第 2 项" in str(listed.problem)


def test_all_wrong_entries_are_reported_together_and_the_good_ones_stay(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD | {"table": "nobody"}, GOOD, 1, {"file": "x.csv"})

    listed = read_deliveries(folder, contracts(), sources())

    assert [delivery.table for delivery in listed.good] == ["company"]
    assert listed.problem is not None
    assert {fault.where.split("（")[0] for fault in listed.problem.faults} == {
        f"deliveries 第 {number} 项" for number in (1, 3, 4)
    }
    assert "其余照常" in str(listed.problem)
    assert not re.search("[a-z]+ (should|must|required|field)", str(listed.problem), re.IGNORECASE)


def test_a_source_not_registered_may_deliver_with_a_mapping(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD | {"source": "county", "mapping": "m.yaml"})

    assert read_deliveries(folder, contracts(), sources()).good[0].source == "county"


@pytest.mark.parametrize("text", ["[", "a: 1", "deliveries: []"])
def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "delivery.yaml").write_text(text, "utf-8")

    with pytest.raises(FileProblem):
        read_deliveries(tmp_path, contracts(), sources())


def test_a_folder_without_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="打不开"):
        read_deliveries(tmp_path, contracts(), sources())


def test_every_table_has_a_source() -> None:
    delivered = {table for source in sources().values() for table in source.tables}

    assert delivered == set(contracts())


def test_every_fault_of_the_manifests_is_reported_together(tmp_path: Path) -> None:
    bad = {
        "name": "b",
        "zh": "乙",
        "source_class": "desk",
        "department": "局",
        "tables": ["nobody", "company"],
    }
    for name, content in (("a", bad), ("b", {"name": "b"})):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.yaml").write_text(yaml.safe_dump(content), "utf-8")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "manifest.yaml").write_text("[", "utf-8")

    with pytest.raises(CatalogueError) as refusal:
        load_sources(tmp_path, contracts())

    text = str(refusal.value)
    for words in (
        "与文件夹名不同",
        "没有名为“nobody”的表",
        "government 类",
        "b/manifest.yaml.zh",
        "c/manifest.yaml",
    ):
        assert words in text
