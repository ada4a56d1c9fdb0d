"""The columns of the list of complaints in Excel; nobody's name, phone or number leaves with them."""

from __future__ import annotations

from lookout.web.complaints.models import Complaint, Reward
from lookout.web.complaints.rules import reward_rules
from lookout.web.ui.excel import Cell
from lookout.web.ui.masking import mask_text
from lookout.web.ui.words import written_day, written_moment

HEAD = (
    "编号", "来源", "来源编号", "被举报对象", "企业代码", "类别", "发生地", "涉及金额（元）", "涉及人数", "内容", "实名",
    "收到时间", "状态", "核实结果", "答复", "办结时间", "计入评级", "线索编号",
)  # fmt: skip
REWARD_HEAD = (
    "举报编号", "线索等级", "认定的涉案金额（元）", "奖励金额（元）", "状态", "理由", "提出人", "提出时间", "审批人", "审批时间",
    "付款凭证号", "发放时间",
)  # fmt: skip


def cells(complaint: Complaint) -> tuple[Cell, ...]:
    """Return one complaint, in the order of HEAD."""
    return (
        Cell(complaint.number),
        Cell(complaint.get_origin_display()),
        Cell(complaint.source_number),
        Cell(complaint.company_name),
        Cell(complaint.company),
        Cell(complaint.get_kind_display()),
        Cell(complaint.place_region),
        _number(complaint.amount, "#,##0.00"),
        _number(complaint.participants, "#,##0"),
        Cell(mask_text(complaint.text)),
        Cell("实名" if complaint.is_real_name else "匿名"),
        Cell(written_moment(complaint.received_at)),
        Cell(complaint.get_state_display()),
        Cell(complaint.get_finding_display() if complaint.finding else ""),
        Cell(complaint.answer),
        Cell(written_moment(complaint.closed_at)),
        Cell("是" if complaint.is_signal else "否"),
        Cell(complaint.clue.number if complaint.clue else ""),
    )


def reward_cells(reward: Reward) -> tuple[Cell, ...]:
    """Return one reward, in the order of REWARD_HEAD."""
    level = reward_rules().levels.get(reward.level)
    return (
        Cell(reward.complaint.number),
        Cell(level.title if level else reward.level),
        _number(reward.confirmed_amount, "#,##0.00"),
        _number(reward.amount, "#,##0"),
        Cell(reward.get_state_display()),
        Cell(reward.reason),
        Cell(str(reward.proposed_by)),
        Cell(written_moment(reward.proposed_at)),
        Cell(str(reward.decided_by or "")),
        Cell(written_moment(reward.decided_at)),
        Cell(reward.voucher),
        Cell(written_day(reward.paid_at)),
    )


def _number(value: object, pattern: str) -> Cell:
    return Cell("") if value is None else Cell(str(value), float(str(value)), pattern)
