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
    "open_original": _("查看原始照片"),
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
