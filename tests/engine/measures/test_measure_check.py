"""What a measure may not say, and how it is told."""

import pytest
from pydantic import ValidationError

from lookout.engine.measures import Measure, check, check_hit, shipped_schema

PLACE = "REG.yaml:REG001.measure"


def problems(**change):
    entry = {"from": "company_change", "window": "365d", "value": "count(*)", **change}
    return check(Measure.model_validate(entry), PLACE, shipped_schema())


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"from": "company_changes"}, "from", "没有名为“company_changes”的表或集市"),
        ({"where": "itme = 'scope'"}, "where", "没有名为“itme”的列或常量"),
        ({"where": "changed_on > 5"}, "where", "类型不同"),
        ({"where": "item = 3"}, "where", "类型不同"),
        ({"where": "item in ('scope', 3)"}, "where", "类型不同"),
        ({"where": "changed_on between 1 and 2"}, "where", "类型不同"),
        ({"where": "item = 'scoop'"}, "where", "不是列“item”的代码"),
        ({"where": "item"}, "where", "应为 boolean"),
        ({"where": "not persons"}, "where", "NOT不能用于 number"),
        ({"where": "item + 1 > 2"}, "where", "算术不能用于 text"),
        ({"where": "exists (select 1 from company)"}, "where", "不允许使用 Exists"),
        ({"where": "item in (select item from company_change)"}, "where", "不能是子查询"),
        ({"where": "company.name = 'x'"}, "where", "不得引用其他表"),
        ({"where": "count(*) > 1"}, "where", "这里不能用聚合"),
        ({"where": "regexp_like(after, before)"}, "where", "式样须为文字或词表常量"),
        ({"where": "now() > changed_on"}, "where", "不允许使用"),
        ({"where": "changed_on > days_ago(item)"}, "where", "参数须为整数"),
        ({"where": "random() > 0.5"}, "where", "不允许使用"),
        ({"value": "(select 1)"}, "value", "不允许使用 Subquery"),
        ({"value": "count(*) union select 1"}, "value", "不允许使用 Union"),
        ({"value": "count(*) from read_csv('x')"}, "value", "不是有效的 SQL 条件"),
        ({"value": "max(read_csv('x'))"}, "value", "不允许使用"),
        ({"value": "count(*); drop table company"}, "value", "不是有效的 SQL 条件"),
        ({"value": "persons"}, "value", "须放在聚合函数里"),
        ({"value": "1"}, "value", "没有聚合"),
        ({"value": "max(changed_on)"}, "value", "应为 number或boolean"),
        ({"value": "sum(item)"}, "value", "SUM不能用于 text"),
        ({"value": "sum(max(persons))"}, "value", "聚合不能套聚合"),
        ({"value": "list(persons)"}, "value", "不允许使用"),
        ({"guard": "count(*)"}, "guard", "应为 boolean"),
        ({"window": None}, "window", "须给出时间窗"),
        ({"window": "open"}, "window", "不能用 open"),
        ({"from": "tax_revenue", "value": "growth"}, "window", "不得给出 window"),
        ({"from": "tax_revenue", "window": None, "value": "max(growth)"}, "value", "这里不能用聚合"),
    ],
)
def test_what_a_measure_may_not_say_is_refused_with_its_place(change, field, says):
    found = problems(**change)

    assert [problem.where for problem in found] == [f"{PLACE}.{field}"]
    assert says in found[0].what


def test_a_refusal_shows_a_correct_example():
    (problem,) = problems(where="changed_on > 5")

    assert problem.example == "where: item = 'scope'"
    assert problems(where=problem.example.removeprefix("where: ")) == []


def test_all_problems_of_a_measure_come_together():
    found = problems(where="itme = 'scope'", value="persons", guard="count(*)")

    assert [problem.where.rsplit(".", 1)[1] for problem in found] == ["where", "value", "guard"]


@pytest.mark.parametrize("window", ["1y", "365", "0d", "d", "TTM", "as_of"])
def test_a_window_that_is_not_one_is_refused(window):
    with pytest.raises(ValidationError, match="不是时间窗"):
        Measure.model_validate({"from": "company_change", "window": window, "value": "count(*)"})


@pytest.mark.parametrize(
    "change",
    [
        {"where": "item = 'scope' and changed_on > months_ago(3) and not regexp_like(after, RESTRICTED_737)"},
        {"where": "known_at > changed_on"},
        {"value": "sum(case when item = 'name' then 1.5 else 0 end)"},
        {"value": "max(amount_after_yuan) > 4 * LPR1Y"},
        {
            "value": "count(distinct substring(region_after, 1, 4)) filter (where persons > 1)",
            "per": "count(*)",
        },
        {"value": "sum(power(0.5, days_since(changed_on) / 365))"},
        {"window": "24m", "guard": "count(*) >= 5 or min(persons) is null"},
    ],
)
def test_what_a_measure_may_say(change):
    assert problems(**change) == []


@pytest.mark.parametrize(
    ("hit", "fine"),
    [
        ("value >= 2", True),
        ("value - BENCHMARK_RATE >= 8", True),
        ("value < 22 or value > 70", True),
        ("value", False),
        ("value > as_of", False),
        ("count(*) > 1", False),
        ("other > 1", False),
        ("value > RESTRICTED_737", False),
    ],
)
def test_a_hit_is_a_condition_over_the_value_and_constants(hit, fine):
    assert (check_hit(hit, "REG.yaml:REG001.hit") == []) is fine
