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
    "intake_make_key": _("新增推送钥匙"),
    "intake_revoke_key": _("作废推送钥匙"),
    "intake_receive": _("收到推送"),
    "intake_repeat": _("收到重复推送"),
    "intake_refuse": _("拒收推送"),
    "steward_judge": _("判断归并"),
    "steward_undo": _("撤销归并判断"),
    "open_original": _("查看原始照片"),
    "export_clues": _("导出线索"),
    "watch_list_make": _("新建关注名单"),
    "watch_list_delete": _("删除关注名单"),
    "watch_add": _("关注企业"),
    "watch_remove": _("取消关注"),
    "review_propose": _("提出等级复核"),
    "review_approve": _("同意等级复核"),
    "review_refuse": _("不同意等级复核"),
    "review_withdraw": _("撤回等级复核"),
    "review_end": _("提前结束等级复核"),
    "review_lapse": _("等级复核到期"),
    "letter_issue": _("发出查阅函"),
    "letter_open": _("打开查阅函"),
    "objection_receive": _("收到异议"),
    "objection_take": _("开始核对异议"),
    "objection_uphold": _("异议成立"),
    "objection_dismiss": _("异议不成立"),
    "objection_correct": _("已更正"),
    "clue_import": _("导入台账"),
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
    "export_complaints": _("导出举报"),
    "export_rewards": _("导出奖励"),
    "complaint_receive": _("收到举报"),
    "complaint_accept": _("受理"),
    "complaint_refuse": _("不予受理"),
    "complaint_verify": _("开始核实"),
    "complaint_answer": _("答复举报人"),
    "complaint_close": _("办结"),
    "complaint_reopen": _("重新核实"),
    "complaint_join": _("并案"),
    "complaint_part": _("拆出"),
    "complaint_identify": _("认定企业"),
    "complaint_to_clue": _("转为线索"),
    "complaint_message": _("留言"),
    "complaint_reveal": _("查看举报人"),
    "bundle_judge": _("判断疑似有组织举报"),
    "notice_draft": _("起草公示"),
    "notice_confirm": _("确认公示"),
    "notice_withdraw": _("撤下公示"),
    "comment_receive": _("收到评论"),
    "comment_moderate": _("审核评论"),
    "reward_propose": _("提出奖励"),
    "reward_approve": _("批准奖励"),
    "reward_refuse": _("不批准奖励"),
    "reward_pay": _("发放奖励"),
    "import_upload": _("上传工单文件"),
    "import_take_in": _("导入工单"),
    "case_file": _("立案"),
    "case_investigate": _("开始调查"),
    "case_suspend": _("要求暂停集资"),
    "case_resume": _("解除暂停"),
    "case_determine": _("性质认定"),
    "case_dispose": _("处置（责令停止、查封、追回）"),
    "case_penalise": _("行政处罚"),
    "case_repay": _("开始清退"),
    "case_transfer": _("移送公安"),
    "case_police_file": _("公安立案侦查"),
    "case_police_reject": _("公安不予立案"),
    "case_prosecute": _("起诉"),
    "case_judge": _("判决"),
    "case_execute": _("资产处置"),
    "case_police_finish": _("执行完毕"),
    "case_mass_event": _("群体性事件"),
    "case_stability": _("稳定形势研判"),
    "case_close": _("结案"),
    "case_figure": _("登记案件数据"),
    "report_submit": _("报送"),
    "report_review": _("审核报送"),
    "report_accept": _("接收报送"),
    "report_return": _("退回报送"),
    "export_cases": _("导出案件"),
    "export_report": _("导出报送文件"),
    "outreach_add": _("登记宣传教育"),
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
