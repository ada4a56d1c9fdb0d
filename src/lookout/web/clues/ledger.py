"""The columns of the ledger as bureaus keep it in Excel: written by the export, read by the import."""

from __future__ import annotations

from lookout.web.clues.models import Clue
from lookout.web.ui.excel import Cell
from lookout.web.ui.words import written_moment

HEAD = (
    "线索编号",
    "线索来源",
    "企业名称",
    "企业代码",
    "等级",
    "得分",
    "数据覆盖度",
    "活动类别",
    "伪装形式",
    "发现时间",
    "注册地",
    "经营地",
    "涉及金额（元）",
    "参与人数",
    "涉及地区",
    "线索摘要",
    "处置建议",
    "密级",
    "状态",
    "主办单位",
    "核查结果",
    "结果说明",
    "办结时间",
    "主要原因",
    "命中标签",
    "原台账编号",
)


def cells(clue: Clue) -> tuple[Cell, ...]:
    """Return one line of the ledger, in the order of HEAD."""
    return (
        Cell(clue.number),
        Cell(clue.get_source_display()),
        Cell(clue.company_name),
        Cell(clue.company),
        Cell(clue.get_band_display() if clue.band else ""),
        Cell("" if clue.score is None else str(clue.score), _number(clue.score), "0.00"),
        Cell("" if clue.coverage is None else f"{clue.coverage:.4g}", clue.coverage, "0%"),
        Cell(clue.get_activity_class_display() if clue.activity_class else ""),
        Cell(clue.get_disguise_type_display() if clue.disguise_type else ""),
        Cell(written_moment(clue.found_at)),
        Cell(clue.region_registered),
        Cell(clue.region_business),
        Cell("" if clue.amount is None else str(clue.amount), _number(clue.amount), "#,##0.00"),
        Cell(
            "" if clue.participants is None else str(clue.participants), _number(clue.participants), "#,##0"
        ),
        Cell("；".join(clue.involved_regions)),
        Cell(clue.summary),
        Cell(clue.advice),
        Cell(clue.get_secrecy_display()),
        Cell(clue.get_state_display()),
        Cell(str(clue.owner) if clue.owner else ""),
        Cell(clue.get_outcome_display() if clue.outcome else ""),
        Cell(clue.outcome_reason),
        Cell(written_moment(clue.closed_at) if clue.closed_at else ""),
        Cell("；".join(clue.hit_rules)),
        Cell("；".join(clue.hit_labels)),
        Cell(clue.own_number),
    )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
