"""Parts of the investigation that list facts: adverts, products, contracts, money, family, record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse

from lookout.hub.reading import Dossier, EvidenceGroup, code_names, column_title, table_title
from lookout.web.deposits.access import visible as visible_contracts
from lookout.web.deposits.words import Result
from lookout.web.reports.figures import Cell, Figure, frozen_rows
from lookout.web.reports.gathering import Gathering, company_address, money, rows_address
from lookout.web.ui import words
from lookout.web.ui.masking import mask_text

MOST_ROWS_SHOWN = 10
OURSELVES = "本企业"
# What speaks of a company's past; each is counted and opens to its rows.
RECORDS = (
    "justice_case", "justice_enforcement", "justice_defaulter", "justice_restriction", "administrative_penalty",
    "supervisory_measure", "company_abnormal_listing", "complaint_ticket", "police_case", "fundraising_case",
    "national_clue", "partner_clue", "site_visit",
)  # fmt: skip


def _rows(g: Gathering, dossier: Dossier, table: str, limit: int = MOST_ROWS_SHOWN) -> EvidenceGroup | None:
    found = g.reader.table_rows(dossier.row.identifier, table, g.scope, limit)
    return found if found is not None and found.total else None


def _counted(
    g: Gathering, dossier: Dossier, key: str, table: str, found: EvidenceGroup | None, unit: str
) -> str:
    """Keep how many rows a table has of the company, with the first of them."""
    link = rows_address(dossier.row.identifier, table)
    if found is None:
        return g.figure(key, 0, unit, source=table_title(table), link=link)
    titles = [title for _name, title in found.columns]
    rows = frozen_rows(
        (
            [mask_text(words.written_value(row.values.get(name))) for name, _t in found.columns]
            for row in found.rows
        ),
        titles,
    )
    return g.figure(key, found.total, unit, source=found.table_name, link=link, rows=rows)


def _cell(found: EvidenceGroup, row: dict[str, object], name: str) -> str:
    value = row.get(name)
    if isinstance(value, str) and (known := code_names(found.table, name).get(value)):
        return known
    return mask_text(words.written_value(value)) or "—"


def _list(
    g: Gathering,
    dossier: Dossier,
    key: str,
    title: str,
    table: str,
    columns: tuple[str, ...],
    found: EvidenceGroup | None,
) -> None:
    """List the newest rows of a table; the first cell of each opens them."""
    titles = [column_title(table, name) for name in columns]
    link = rows_address(dossier.row.identifier, table)
    lines: list[tuple[Cell, ...]] = []
    for row in found.rows if found else ():
        first, *rest = (_cell(found, row.values, name) for name in columns)  # type: ignore[arg-type]  # there are rows
        source = f"{table_title(table)}：{row.file} 第 {row.line} 行"
        lines.append((Figure("row", first, first, "", g.at, source, g.run.run_id, link), *rest))
    note = f"共 {found.total} 条，列 {len(lines)} 条。" if found and found.total > len(lines) else ""
    g.table(key, title, titles, lines, note if lines else f"没有该企业的{table_title(table)}。")


def add_adverts(g: Gathering, dossier: Dossier) -> None:
    """Add what was advertised and posted."""
    adverts, posts = _rows(g, dossier, "advertisement"), _rows(g, dossier, "opinion_post")
    findings = _rows(g, dossier, "advertisement_finding")
    g.text(
        "promotion",
        f"监测到该企业的金融广告{_counted(g, dossier, 'adverts', 'advertisement', adverts, '条')}，"
        f"列入违法认定的{_counted(g, dossier, 'findings', 'advertisement_finding', findings, '条')}，"
        f"舆情信息{_counted(g, dossier, 'posts', 'opinion_post', posts, '条')}。",
    )
    _list(g, dossier, "advert_list", "宣传内容", "advertisement",
          ("published_on", "medium", "title", "advertised_yield_percent", "has_risk_warning"), adverts)  # fmt: skip


def add_products(g: Gathering, dossier: Dossier) -> None:
    """Add products with their promised return."""
    products = _rows(g, dossier, "offsite_product")
    number = _counted(g, dossier, "products", "offsite_product", products, "个")
    promised = g.facts("advertisement", by=("advertised_yield_percent",), present=("advertised_yield_percent",),
                       identifiers=(dossier.row.identifier,))  # fmt: skip
    if promised:
        value = max(Decimal(line.keys[0]) for line in promised).quantize(Decimal("0.01"))
        link = rows_address(dossier.row.identifier, "advertisement")
        highest = g.figure("highest_yield", value, "%", source="金融广告：宣称年化收益率", link=link)
        said = f"历次广告中宣称的最高年化收益率为{highest}。"
    else:
        said = "广告中没有发现宣称的收益率。"
    g.text("products_text", f"登记的产品{number}。{said}")
    _list(g, dossier, "product_list", "产品", "offsite_product",
          ("product_name", "annual_yield_percent", "tenor_days", "payout_frequency", "investors", "issued_on"), products)  # fmt: skip


def add_contracts(g: Gathering, dossier: Dossier) -> None:
    """Add the contracts that were deposited, with what their checks failed."""
    found = visible_contracts(g.request.user).filter(company=dossier.row.identifier)
    number = found.count()
    stands = g.figure(
        "contracts", number, "份", source="合同存证", of_run=False, link=reverse("deposits:list")
    )
    if not number:
        g.text("contracts_text", "没有该企业存证的合同，合同条款未能核对。")
        return
    failed: dict[str, int] = defaultdict(int)
    for code, pk in found.filter(checks__result=Result.FAIL).values_list("checks__code", "pk").distinct():
        failed[code] += bool(pk)
    said = (
        "；".join(f"{code} 不通过 {count} 份" for code, count in sorted(failed.items()))
        or "没有不通过的核验项"
    )
    g.text("contracts_text", f"该企业存证的合同{stands}，{said}。")


# ---- money ---------------------------------------------------------------------------------------
def add_money(g: Gathering, dossier: Dossier) -> None:
    """Add who paid the company and whom it paid, and the principal that seems to be missing."""
    kinds = code_names("bank_transaction", "counterparty_kind")
    lines = g.facts("bank_transaction", by=("direction", "counterparty_kind"), sums=("amount_yuan",),
                    identifiers=(dossier.row.identifier,))  # fmt: skip
    if not lines:
        g.text("money_text", "没有该企业的资金流水，资金流向和本金缺口未能测算。")
        return
    link = rows_address(dossier.row.identifier, "bank_transaction")
    flows: dict[tuple[str, str], tuple[Decimal, int]] = {
        (line.keys[0], line.keys[1]): (line.sums["amount_yuan"] or Decimal(0), line.rows) for line in lines
    }
    order = sorted(flows, key=lambda key: (key[0] != "in", -flows[key][0]))
    about: dict[str, Any] = {"source": "资金流水", "link": link}
    g.table(
        "flows", "资金流向", ("方向", "对方", "金额（万元）", "笔数"),
        [
            (
                "收入" if side == "in" else "支出",
                kinds.get(kind, kind or "不详"),
                g.make("amount", (flows[side, kind][0] / 10_000).quantize(Decimal("0.01")), "万元", **about),
                g.make("number", flows[side, kind][1], "笔", **about),
            )
            for side, kind in order
        ],
    )  # fmt: skip
    others = {kind: kinds.get(kind, kind or "不详") for _side, kind in order}
    g.chart(
        "flow_chart", "资金流向", "flow",
        [
            " → ".join((others[kind], OURSELVES) if side == "in" else (OURSELVES, others[kind]))
            for side, kind in order
        ],
        {"金额": [(flows[one][0] / 10_000).quantize(Decimal("0.01")) for one in order]}, "万元",
    )  # fmt: skip
    taken = flows.get(("in", "person"), (Decimal(0), 0))[0]
    returned = flows.get(("out", "person"), (Decimal(0), 0))[0]
    value, unit = money(taken)
    came = g.figure("from_people", value, unit, **about)
    value, unit = money(returned)
    went = g.figure("to_people", value, unit, **about)
    value, unit = money(max(taken - returned, Decimal(0)))
    gap = g.figure("gap", value, unit, **{**about, "source": "资金流水：自然人转入减转给自然人"})
    g.text(
        "money_text",
        f"已掌握的流水中，自然人转入{came}，转给自然人{went}，估算本金缺口{gap}。"
        "估算只依据已取得的账户，且未区分经营性收付；准确数额以审计为准。",
    )


# ---- family and record ---------------------------------------------------------------------------
def add_family(g: Gathering, dossier: Dossier) -> None:
    """Add shareholders, people and investments; names of people are masked."""
    shareholders = _rows(g, dossier, "company_shareholder")
    people, invested = _rows(g, dossier, "company_executive"), _rows(g, dossier, "company_investment")
    branches = _rows(g, dossier, "company_branch")
    g.text(
        "family_text",
        f"登记的股东{_number(g, dossier, 'shareholders', shareholders, '名', 'company_shareholder')}，"
        f"主要人员{_number(g, dossier, 'people', people, '名', 'company_executive')}，"
        f"对外投资{_number(g, dossier, 'invested', invested, '户', 'company_investment')}，"
        f"分支机构{_number(g, dossier, 'branches', branches, '个', 'company_branch')}。",
    )
    g.table(
        "shareholder_list", "股东", ("股东", "类型", "认缴（万元）", "比例（%）"),
        [_shareholder(g, dossier, row.values) for row in (shareholders.rows if shareholders else ())],
        "自然人姓名不列入报告。" if shareholders else "没有股东登记。",
    )  # fmt: skip


def _shareholder(g: Gathering, dossier: Dossier, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    kind = str(row.get("shareholder_type") or "")
    kinds = code_names("company_shareholder", "shareholder_type")
    code = str(row.get("shareholder_uscc") or "")
    link = company_address(code) if code else rows_address(dossier.row.identifier, "company_shareholder")
    paid, ratio = row.get("subscribed_yuan"), row.get("ratio")
    about: dict[str, Any] = {"source": "股东出资", "link": link}
    held = None if ratio is None else (Decimal(str(ratio)) * 100).quantize(Decimal("0.01"))
    amount = None if paid is None else (Decimal(str(paid)) / 10_000).quantize(Decimal("0.01"))
    return (
        g.make("shareholder", code or None, words=code or f"{kinds.get(kind, kind)}股东", **about),
        kinds.get(kind, kind) or "不详",
        g.make("amount", amount, "万元", **about),
        g.make("ratio", held, "%", **about),
    )


def _number(
    g: Gathering, dossier: Dossier, key: str, found: EvidenceGroup | None, unit: str, table: str = ""
) -> str:
    """Keep how many rows there are; rows that name people are not frozen with the report."""
    name = found.table if found else table
    return g.figure(key, found.total if found else 0, unit, source=table_title(name),
                    link=rows_address(dossier.row.identifier, name))  # fmt: skip


def add_record(g: Gathering, dossier: Dossier) -> None:
    """Add lawsuits, penalties, complaints and the like, each with the rows it opens."""
    known = {one.table: one for one in dossier.sources}
    lines: list[tuple[Cell, ...]] = []
    for table in RECORDS:
        state = known.get(table)
        if state is None:
            continue
        link = rows_address(dossier.row.identifier, table)
        number: Cell = (
            g.make("rows", state.rows, "条", source=state.name, link=link)
            if state.connected or state.rows
            else "缺数据"
        )
        lines.append((state.name, number, words.written_day(state.newest_on) if state.newest_on else "—"))
    g.table(
        "record",
        "涉诉、处罚、投诉和核查",
        ("记录", "条数", "最近一条"),
        lines,
        "“缺数据”是没有接入，不等于没有。",
    )
    grave = [name for name in ("police_case", "fundraising_case") if (one := known.get(name)) and one.rows]
    said = "、".join(known[name].name for name in grave)
    address = company_address(dossier.row.identifier)
    total = g.figure(
        "records_total",
        sum(known[t].rows for t in RECORDS if t in known),
        "条",
        source="涉诉、处罚、投诉和核查",
        link=address,
    )
    g.text(
        "record_text",
        f"各类记录合计{total}。"
        + (f"其中有{said}记录，应先向承办机关了解办理进度，避免重复或干扰。" if said else ""),
    )
