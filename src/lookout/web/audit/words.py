"""The officer's words for what was done, and how old and new values are written."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lookout.web.audit.models import AuditEntry

VERB_WORDS = {
    "sign_in": _("登录"),
    "sign_out": _("退出"),
    "locked_out": _("密码连错被锁定"),
    "change_password": _("修改密码"),
    "enter_privileged": _("进入特权模式"),
    "enrol_second_factor": _("绑定手机验证器"),
    "create_person": _("新建账号"),
    "change_person": _("更改账号"),
    "reset_password": _("给临时密码"),
    "reset_second_factor": _("解除手机验证器"),
    "unlock": _("解锁"),
    "create_agency": _("新增单位"),
    "change_agency": _("更改单位"),
    "steward_judge": _("判断归并"),
    "steward_undo": _("撤销归并判断"),
    "open_original": _("查看原始照片"),
    "export_clues": _("导出线索"),
    "clue_open": _("新建线索"),
    "clue_raise": _("等级上升"),
    "clue_triage": _("研判定级"),
    "clue_dispatch": _("分派"),
    "clue_recall": _("收回"),
    "clue_close": _("办结"),
    "clue_reopen": _("重新启动"),
    "clue_finish": _("销号"),
    "clue_merge": _("并入"),
    "clue_unmerge": _("拆出"),
    "clue_judge_element": _("认定要素"),
    "clue_add_evidence": _("加入证据"),
    "clue_withdraw_evidence": _("撤回证据"),
    "order_send": _("发出分派单"),
    "order_accept": _("签收"),
    "order_give_back": _("退回"),
    "order_start": _("开始核查"),
    "order_report": _("反馈"),
    "order_approve": _("复核通过"),
    "order_send_back": _("要求补充核查"),
    "order_withdraw": _("撤回"),
    "visit": _("登记现场核查"),
    "measure_take": _("采取措施"),
    "measure_approve": _("批准措施"),
    "measure_refuse": _("不批准措施"),
    "measure_finish": _("措施完成"),
    "supervise": _("督办"),
    "supervision_answer": _("回复督办"),
    "extension_ask": _("申请延期"),
    "extension_grant": _("批准延期"),
    "extension_refuse": _("不批准延期"),
}
EMPTY = "—"


def verb_word(code: str) -> str:
    """Return the word for a verb."""
    return str(VERB_WORDS.get(code, code))


def changed_values(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Return field, old and new value of each change; old is '' where the entry tells no old values."""
    names = [*entry.before, *(name for name in entry.after if name not in entry.before)]
    return [
        (name, _written(entry.before.get(name)) if entry.before else "", _written(entry.after.get(name)))
        for name in names
    ]


def _written(value: Any) -> str:
    if value is None or value == "":
        return EMPTY
    if isinstance(value, list):
        return "、".join(_written(one) for one in value) or EMPTY
    return str(value)
