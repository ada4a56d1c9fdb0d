"""Run what is due. A job that fails is noted, is tried again next time, and keeps no other back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from lookout.web.api import jobs as api
from lookout.web.cases.jobs import keep_reports
from lookout.web.clues.opening import follow_published
from lookout.web.companies import reviewing, watching
from lookout.web.complaints import jobs as complaints
from lookout.web.deposits.jobs import check_contracts
from lookout.web.dispatch import jobs as dispatch
from lookout.web.dispatch.feedback import write_new_feedback
from lookout.web.evidence import jobs as evidence
from lookout.web.jobs.models import JobRun
from lookout.web.notices import services as notices
from lookout.web.objections import services as objections
from lookout.web.reports.scheduling import make_due as make_reports
from lookout.web.situation import index_history

logger = logging.getLogger(__name__)
LATE_AFTER = timedelta(days=1)
DIGEST_HOUR = 8  # Shanghai


@dataclass(frozen=True)
class Job:
    """One job: how often it is worth running, from which hour of the day (Shanghai), and what it does.

    `run` takes the instant and returns how many things it did.
    """

    name: str
    title: str
    every: timedelta
    run: Callable[[datetime], int]
    from_hour: int = 0


def _open_clues(now: datetime) -> int:
    counts = follow_published(now)
    return counts["opened"] + counts["raised"] + counts["reopened"]


def _tell_arrivals(now: datetime) -> int:
    """Tell of what arrived since this was last done well; the first time, of the last day."""
    last = JobRun.objects.filter(name="watch_arrivals").first()
    since = last.succeeded_at if last is not None else None
    return watching.tell_arrivals(since or now - LATE_AFTER, now)


JOBS = (
    Job("open_clues", "按预警建立线索", timedelta(0), _open_clues),
    Job("watch_bands", "关注企业的等级变化", timedelta(0), watching.tell_bands),
    Job("watch_arrivals", "关注企业的新线索和投诉", timedelta(0), _tell_arrivals),
    Job("remind_objections", "企业异议到期提醒", timedelta(0), objections.remind),
    Job("lapse_reviews", "等级复核到期", timedelta(0), reviewing.lapse_due),
    Job("remind", "到期提醒", timedelta(0), dispatch.remind),
    Job("escalate", "超期上报", timedelta(0), dispatch.escalate),
    Job("check_effects", "处置效果评估", timedelta(0), dispatch.check_effects),
    Job("forget_forms", "清理已提交表单的记号", timedelta(days=1), dispatch.forget_forms),
    Job("keep_reports", "案件报送与提醒", timedelta(hours=1), keep_reports),
    Job("region_index", "计算区域指数", timedelta(hours=1), index_history.follow_run),
    Job("check_contracts", "合同核验", timedelta(0), check_contracts),
    Job("write_feedback", "写出办理结果", timedelta(days=1), write_new_feedback),
    Job(
        "mail_at_once",
        "补发邮件",
        timedelta(0),
        lambda now: notices.send_waiting(now, at_once=True),
    ),
    Job(
        "mail_digest",
        "每日汇总邮件",
        timedelta(hours=20),
        lambda now: notices.send_waiting(now, at_once=False),
        from_hour=DIGEST_HOUR,
    ),
    Job("send_complaints", "补送举报", timedelta(0), complaints.retry_signals),
    Job(
        "remind_complaints",
        "举报超期提醒",
        timedelta(hours=20),
        complaints.remind_of_waiting,
        from_hour=DIGEST_HOUR,
    ),
    Job("forget_senders", "清除举报设备摘要", timedelta(days=1), complaints.forget_senders),
    Job("forget_allowances", "清理访问计数", timedelta(days=1), complaints.forget_allowances),
    Job("forget_unsent_files", "清理未提交的附件", timedelta(days=1), complaints.forget_unsent_files),
    Job("enter_evidence", "存证写入日志", timedelta(0), evidence.enter_waiting),
    Job("capture_pages", "补做网页取证", timedelta(0), evidence.capture_waiting),
    Job("publish_head", "签署存证日志", timedelta(0), evidence.publish_head),
    # After the head of the day, which the brief prints.
    Job("make_reports", "编制定期报告", timedelta(0), make_reports),
    Job("dispose_evidence", "销毁保存期满的存证文件", timedelta(days=1), evidence.dispose_due),
    Job("follow_changes", "接口变动", timedelta(0), api.follow_changes),
    Job("send_hooks", "发送变动通知", timedelta(0), api.send_notices),
    Job("record_reads", "接口读取留痕", timedelta(minutes=10), api.record_reads),
    Job("forget_calls", "清理接口旧答复", timedelta(days=1), api.forget),
    Job("forget_notices", "清理旧通知", timedelta(days=1), notices.forget_old),
)


def tick(now: datetime) -> list[JobRun]:
    """Run every job that is due; return what was run."""
    return [_run(job, now) for job in JOBS if _is_due(job, now)]


def _is_due(job: Job, now: datetime) -> bool:
    if timezone.localtime(now).hour < job.from_hour:
        return False
    last = JobRun.objects.filter(name=job.name).first()
    return last is None or last.succeeded_at is None or now - last.succeeded_at >= job.every


def _run(job: Job, now: datetime) -> JobRun:
    record, _made = JobRun.objects.get_or_create(name=job.name, defaults={"ran_at": now})
    record.ran_at = now
    try:
        record.done = job.run(now)
        record.succeeded_at, record.error = now, ""
    except Exception as error:  # whatever it is, the other jobs must run
        logger.exception("job %s failed", job.name)
        record.error = f"{type(error).__name__}: {error}"[:500]
    record.save()
    return record


@dataclass(frozen=True)
class Lateness:
    """That time's work has not been done: `since` when it last was, None for never; `failed` the titles of jobs."""

    since: datetime | None
    failed: tuple[str, ...]


def lateness(now: datetime) -> Lateness | None:
    """Return what is wrong with the jobs, None when all ran within a day and none failed."""
    runs = {run.name: run for run in JobRun.objects.all()}
    newest = max((run.ran_at for run in runs.values()), default=None)
    failed = tuple(job.title for job in JOBS if job.name in runs and runs[job.name].error)
    if newest is not None and now - newest < LATE_AFTER and not failed:
        return None
    return Lateness(newest, failed)
