"""Loading labels: everything wrong with a catalogue is told at once, with file, entry and an example."""

import pytest

from lookout.engine.labels import catalogue, load
from lookout.engine.measures import shipped_schema
from lookout.kernel.errors import CatalogueError

HEAD = "family: {code: REG, zh: 工商变更异常, polarity: risk}\nlabels:\n"
ENTRY = {
    "zh": "经营范围频繁变更", "en": "frequent_scope_change", "severity": "2", "dimension": "contagion",
    "indicator": "K09", "half_life_days": "365",
    "measure": "{from: company_change, window: 365d, where: \"item = 'scope'\", value: count(*)}",
    "hit": "value >= 2", "reason": "'近一年变更{value}次'",
}  # fmt: skip


def write(folder, entries, head=HEAD, name="REG.yaml"):
    text = head
    for code, change in entries.items():
        text += f"  {code}:\n"
        text += "".join(
            f"    {key}: {value}\n" for key, value in {**ENTRY, **change}.items() if value is not None
        )
    (folder / name).write_text(text, "utf-8")


def problems_in(folder):
    with pytest.raises(CatalogueError) as caught:
        load(folder, shipped_schema())
    return caught.value.problems


def test_a_right_entry_loads(tmp_path):
    write(tmp_path, {"REG001": {}})

    assert load(tmp_path, shipped_schema())["REG001"].is_active


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        ({"severity": "6"}, "REG.yaml:REG001.severity", "less than or equal to 5"),
        ({"severity": "0"}, "REG.yaml:REG001.severity", "风险标签 1–5"),
        ({"dimension": "colour"}, "REG.yaml:REG001.dimension", "Input should be"),
        ({"points": "5"}, "REG.yaml:REG001.points", "Extra inputs"),
        ({"hit": "value >= '2'"}, "REG.yaml:REG001.hit", "类型不同"),
        ({"hit": None}, "REG.yaml:REG001", "须写 hit 和 reason"),
        ({"reason": "'变更{times}次'"}, "REG.yaml:REG001.reason", "不认识的占位"),
        ({"measure": "{from: company_change, window: 365d, where: foo = 1, value: count(*)}"},
         "REG.yaml:REG001.measure.where", "没有名为“foo”的列"),
        ({"measure": "{from: nowhere, window: 365d, value: count(*)}"}, "REG.yaml:REG001.measure.from", "没有名为"),
        ({"measure": None}, "REG.yaml:REG001", "未写明等待哪个模块"),
        ({"waits_for": "text"}, "REG.yaml:REG001.waits_for", "不得再写"),
        ({"waits_for": "weather"}, "REG.yaml:REG001.waits_for", "Input should be"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(tmp_path, change, place, says):
    write(tmp_path, {"REG001": change})

    (problem,) = problems_in(tmp_path)

    assert problem.where == place
    assert says in problem.what


def test_the_problems_of_all_entries_and_files_come_together(tmp_path):
    write(tmp_path, {"REG001": {"severity": "9"}, "REG002": {"hit": "other > 1"}, "TAX001": {}})
    write(tmp_path, {"REG002": {}}, name="REG2.yaml")

    found = [problem.where for problem in problems_in(tmp_path)]

    assert found == ["REG.yaml:REG001.severity", "REG.yaml:REG002.hit", "REG.yaml:TAX001", "REG2.yaml:REG002"]


def test_the_families_and_positive_labels_are_as_declared():
    labels = catalogue()

    sizes = {}
    for label in labels.values():
        sizes[label.family.code] = sizes.get(label.family.code, 0) + 1
    assert sizes == {
        "REG": 24,
        "OPR": 47,
        "CAS": 28,
        "CMP": 22,
        "OPN": 32,
        "VIO": 28,
        "LIT": 22,
        "TAX": 24,
        "POS": 16,
    }
    assert len({label.en for label in labels.values()}) == len(labels)
