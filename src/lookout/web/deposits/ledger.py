"""The columns of deposited contracts as they are exported: one line a contract."""

from __future__ import annotations

from lookout.web.deposits.models import ContractDeposit
from lookout.web.ui.excel import Cell
from lookout.web.ui.words import written_moment

HEAD = (
    "存证编号",
    "存证机构",
    "合同编号",
    "合同类型",
    "当事人",
    "产品（项目）代码",
    "金额（元）",
    "年利率（%）",
    "期限（天）",
    "签订时间",
    "存证时间",
    "存证方式",
    "版次",
    "SHA-256",
    "SM3",
    "核验结果",
    "不通过（项）",
    "无法核验（项）",
)


def cells(one: ContractDeposit) -> list[Cell]:
    """Return a contract's line."""
    return [
        Cell(one.number),
        Cell(one.agency.name),
        Cell(one.contract_no),
        Cell(str(one.get_kind_display())),
        Cell("、".join(str(party) for party in one.parties.all())),
        Cell(one.product_code),
        Cell("", float(one.amount), "#,##0.00") if one.amount is not None else Cell(""),
        Cell("", float(one.rate_percent), "0.####") if one.rate_percent is not None else Cell(""),
        Cell("", one.term_days) if one.term_days is not None else Cell(""),
        Cell(written_moment(one.signed_at)),
        Cell(written_moment(one.deposited_at)),
        Cell("只存摘要" if one.is_digest_only else "存文件"),
        Cell("", one.revision),
        Cell(one.sha256),
        Cell(one.sm3),
        Cell(str(one.result.label)),
        Cell("", one.failed),
        Cell("", one.unknown),
    ]
