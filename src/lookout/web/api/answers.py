"""The shapes of the answers, beside the published formats: pages, receipts, proofs."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, Field

from lookout.web.api.formats import Clue, ComplaintStatus, Rating, RegionIndex, Warning_

Record = TypeVar("Record", bound=BaseModel)
MEDIA_TYPE = "application/json"


class FeedItem(BaseModel, Generic[Record]):
    """One record in the order in which it last changed."""

    identifier: str = Field(title="编号", description="评级、预警为企业代码，线索、投诉为编号")
    updated_at: datetime = Field(title="变动时间")
    withdrawn: bool = Field(title="已不再提供", description="已结束，或已不在钥匙的地区")
    record: Record | None = Field(title="内容", description="不再提供时为 null")


class Published(BaseModel):
    """The run behind ratings and warnings."""

    run_id: str = Field(title="运行")
    as_of: datetime = Field(title="数据截至")


class FeedAnswer(BaseModel, Generic[Record]):
    """A page of a feed."""

    items: list[FeedItem[Record]] = Field(title="各条")
    cursor: str = Field(title="游标", description="下次从这里接着读；读完了也留着，以后接着读变动")
    has_more: bool = Field(title="还有")
    complete_until: datetime | None = Field(
        title="完整到",
        description="到此刻的变动都在本页和以前的页里（has_more 为 false 时）；还没有时为 null",
    )
    published: Published | None = Field(title="依据的运行")


class RatingPage(FeedAnswer[Rating]):
    """Ratings."""


class WarningPage(FeedAnswer[Warning_]):
    """Early warnings."""


class CluePage(FeedAnswer[Clue]):
    """Clues."""


class ComplaintPage(FeedAnswer[ComplaintStatus]):
    """States of complaints."""


class IndexAnswer(BaseModel):
    """The index of a region, oldest month first."""

    items: list[RegionIndex] = Field(title="各月")


class KeyAnswer(BaseModel):
    """What a key is good for."""

    name: str = Field(title="名称")
    purpose: str = Field(title="用途")
    scopes: list[str] = Field(title="可以做什么")
    region: str = Field(title="地区")
    networks: list[str] = Field(title="可以从哪些网络来")
    expires_at: datetime | None = Field(title="到期")
    per_minute: int = Field(title="每分钟最多次数")
    per_day: int = Field(title="每天最多次数")
    left_today: int = Field(title="今天还剩次数")


class EventReceipt(BaseModel):
    """What became of one event."""

    event_id: str = Field(title="事件编号")
    outcome: Literal["accepted", "known", "refused"] = Field(title="结果", description="接收 已有 拒收")
    reasons: list[str] = Field(title="拒收的原因")


class WriteAnswer(BaseModel):
    """What became of everything that was sent."""

    accepted: int = Field(title="接收")
    known: int = Field(title="已有")
    refused: int = Field(title="拒收")
    receipts: list[EventReceipt] = Field(title="逐条结果")


class DeliveryReceipt(BaseModel):
    """What became of a file."""

    receipt: str = Field(title="回执")
    state: str = Field(title="状态", description="received landed refused")
    file: str = Field(title="文件名")
    sha256: str = Field(title="SHA-256")
    bytes: int = Field(title="字节")
    received_at: str = Field(title="收到时间")
    delivered_at: str = Field("", title="声明的送达时间")
    batch_no: int | None = Field(None, title="批次")
    rows: int | None = Field(None, title="行")
    accepted: int | None = Field(None, title="接收")
    rejected: int | None = Field(None, title="退回")
    doubled: int | None = Field(None, title="重复")
    is_stale: bool | None = Field(None, title="早于已有")
    sentence: str = Field("", title="说明")
    settled_at: str = Field("", title="处理时间")


class LogHead(BaseModel):
    """The state of the evidence log; `signed` is the newest published head as a file of its own."""

    origin: str = Field(title="日志名")
    size: int = Field(title="记录数")
    root: str = Field(title="根（十六进制）")
    signed: dict[str, Any] | None = Field(title="最近的签名头")


class LogEntry(BaseModel):
    """One entry of the log; `leaf` is what its hash is made of."""

    index: int = Field(title="序号")
    kind: str = Field(title="类别")
    number: str = Field(title="编号")
    sha256: str = Field(title="SHA-256")
    sm3: str = Field(title="SM3")
    at: datetime = Field(title="时间")
    by: str = Field(title="来自")
    leaf: str = Field(title="叶子", description="UTF-8 文本；RFC 9162 叶子散列为 SHA-256(0x00 + 叶子)")


class LogEntries(BaseModel):
    """The entries of one record, oldest first."""

    items: list[LogEntry] = Field(title="各条")


class LogInclusion(BaseModel):
    """That an entry is in the log (RFC 9162)."""

    index: int = Field(title="序号")
    size: int = Field(title="记录数")
    root: str = Field(title="根（十六进制）")
    path: list[str] = Field(title="路径（十六进制）")


class LogConsistency(BaseModel):
    """That the log only grew."""

    old: int = Field(title="较早的记录数")
    old_root: str = Field(title="较早的根")
    new: int = Field(title="较晚的记录数")
    new_root: str = Field(title="较晚的根")
    path: list[str] = Field(title="路径（十六进制）")


def answer(request: HttpRequest, content: BaseModel, status: int = 200) -> HttpResponse:
    """Return an answer with its ETag; 304 when the reader holds the same already."""
    body = content.model_dump_json().encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    held = [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]
    if status == 200 and request.method == "GET" and tag in held:
        made = HttpResponse(status=304)
        del made.headers["Content-Type"]
    else:
        made = HttpResponse(body, status=status, content_type=MEDIA_TYPE)
    if request.method == "GET":
        made.headers["ETag"] = tag
    return made
