"""Clues as partners read them and hand them over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from lookout.web.api.formats.base import BandCode, Document, Identifier, RegionCode, Score, Share, Yuan
from lookout.web.clues.states import ClueState
from lookout.web.clues.words import ActivityClass, Outcome, Source


class Clue(Document):
    """One line of the clue ledger (风险线索). Texts come without phone and identity numbers."""

    number: Annotated[str, Field(pattern=r"^[0-9]{18}$")] = Field(
        title="线索编号", description="区划 6 位 + 日期 8 位 + 顺序 4 位", examples=["440106202610310001"]
    )
    source: Source = Field(title="线索来源")
    company: Identifier | None = Field(None, title="企业代码", description="还不知道是哪家企业时为 null")
    company_name: str = Field(title="企业名称", max_length=200)
    activity_class: ActivityClass | None = Field(None, title="活动类别")
    band: BandCode | None = Field(None, title="等级")
    score: Score | None = Field(None, title="评分")
    coverage: Share | None = Field(None, title="数据覆盖度")
    region_registered: RegionCode | None = Field(None, title="注册地")
    region_business: RegionCode | None = Field(None, title="经营地")
    amount_yuan: Yuan | None = Field(None, title="涉及金额（元）")
    participants: int | None = Field(None, ge=0, title="参与人数")
    reasons: list[str] = Field(default_factory=list, title="主要原因")
    summary: str = Field("", title="线索摘要")
    state: ClueState = Field(title="状态")
    found_at: datetime = Field(title="发现时间")
    opened_at: datetime = Field(title="建立时间")
    closed_at: datetime | None = Field(None, title="办结时间")
    outcome: Outcome | None = Field(None, title="核查结果")
