"""How a complaint stands, without a word of what was written or who wrote it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from lookout.web.api.formats.base import Document
from lookout.web.complaints.states import ComplaintState
from lookout.web.complaints.words import ComplaintKind, Finding


class ComplaintStatus(Document):
    """The state of one complaint (投诉办理状态)."""

    number: str = Field(title="编号", max_length=20)
    source_number: str = Field("", title="来源编号", description="如热线工单号；本平台收到的为空")
    kind: ComplaintKind = Field(title="类别")
    state: ComplaintState = Field(title="状态")
    finding: Finding | None = Field(None, title="核实结果")
    received_at: datetime = Field(title="收到时间")
    state_at: datetime = Field(title="最近办理")
    closed_at: datetime | None = Field(None, title="办结时间")
