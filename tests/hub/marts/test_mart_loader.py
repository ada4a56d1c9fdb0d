"""Loading marts: order, and every problem of every file in one message."""

import pytest

from lookout.contracts import contracts
from lookout.hub.marts import load, marts
from lookout.kernel.errors import CatalogueError

GOOD = """
name: {name}
zh: 例
from: [{reads}]
columns:
  figure: {{type: integer, zh: 数}}
  evidence_on: {{type: date, zh: 最新证据日}}
evidence: [{{from: company_change, window: 365d}}]
sql: SELECT company_key, {figure} AS figure, NULL AS evidence_on FROM {table} GROUP BY company_key
"""


def write(folder, name, reads="company_change", figure="count(*)", table=None):
    text = GOOD.format(name=name, reads=reads, figure=figure, table=table or reads)
    (folder / f"{name}.yaml").write_text(text, "utf-8")


def problems_in(folder):
    with pytest.raises(CatalogueError) as caught:
        load(folder, contracts())
    return [str(problem) for problem in caught.value.problems]


def test_a_mart_comes_after_the_marts_it_reads():
    order = list(marts())

    for name, mart in marts().items():
        for read in mart.reads:
            assert read not in order or order.index(read) < order.index(name)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reads": "companies"}, "没有名为“companies”的表或集市"),
        ({"table": "police_case"}, "读了未在 from 声明的表“police_case”"),
        ({"figure": "read_csv('x')"}, "不允许使用函数"),
        ({"figure": "list(item)"}, "不允许使用函数"),
        ({"figure": "quantile_cont(1, 0.5)"}, "不允许使用函数"),
        ({"figure": "max(NO_SUCH_RATE)"}, "没有名为“NO_SUCH_RATE”的常量"),
        ({"figure": "count(*) AS other, 1"}, "结果列"),
        ({"figure": "(("}, "不是有效的 SQL"),
        (
            {"figure": "row_number() OVER (PARTITION BY item ORDER BY changed_on)"},
            "须含该表的全部键",
        ),
    ],
)
def test_what_a_mart_may_not_say_is_refused(tmp_path, change, says):
    write(tmp_path, "example", **change)

    found = problems_in(tmp_path)

    assert any(says in problem and "example.yaml" in problem for problem in found)


def ranked(order: str, source: str) -> str:
    return f"row_number() OVER (PARTITION BY company_key ORDER BY {order}) AS figure, NULL AS evidence_on FROM {source} --"


@pytest.mark.parametrize("order", ["period DESC", "headcount, period", "headcount, batch_no DESC, line DESC"])
def test_rows_ranked_by_their_whole_key_or_by_where_they_came_from_are_decided(tmp_path, order):
    write(tmp_path, "example", reads="social_security_month", figure=ranked(order, "social_security_month"))

    assert list(load(tmp_path, contracts())) == ["example"]


@pytest.mark.parametrize(
    ("order", "source"),
    [
        ("headcount DESC", "social_security_month"),
        ("period DESC", "tax_declaration"),
        ("period DESC", "social_security_month JOIN company USING (company_key)"),
    ],
)
def test_rows_ranked_by_less_than_their_key_are_refused(tmp_path, order, source):
    reads = "social_security_month, company" if "JOIN" in source else source
    write(tmp_path, "example", reads=reads, figure=ranked(order, source))

    assert any("须含该表的全部键" in problem for problem in problems_in(tmp_path))


def test_a_column_that_borrows_codes_must_name_a_contract_column(tmp_path):
    write(tmp_path, "example")
    file = tmp_path / "example.yaml"
    file.write_text(file.read_text("utf-8").replace("zh: 数}", "zh: 数, codes_of: company.stata}"), "utf-8")

    assert any("没有明细列“company.stata”" in problem for problem in problems_in(tmp_path))


def test_marts_that_read_each_other_are_refused(tmp_path):
    write(tmp_path, "first", reads="second")
    write(tmp_path, "second", reads="first")

    assert any("成环" in problem for problem in problems_in(tmp_path))


def test_the_problems_of_all_files_come_together(tmp_path):
    write(tmp_path, "one", figure="list(item)")
    write(tmp_path, "two", reads="nowhere")

    found = problems_in(tmp_path)

    assert any("one.yaml" in problem for problem in found)
    assert any("two.yaml" in problem for problem in found)
