"""Ratings and early warnings as partners read them."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from lookout.web.api.formats.base import BandCode, Document, Identifier, Points, RegionCode, Score, Share


class Dimensions(Document):
    """The five dimensions (五大维度), 0–100 each; null where nothing is known."""

    return_rate: float | None = Field(None, ge=0, le=100, title="收益率")
    public_exposure: float | None = Field(None, ge=0, le=100, title="涉众面")
    harm: float | None = Field(None, ge=0, le=100, title="危害性")
    contagion: float | None = Field(None, ge=0, le=100, title="传染度")
    complaint_rate: float | None = Field(None, ge=0, le=100, title="投诉率")


class Rating(Document):
    """The rating of one company (企业评级): a risk hint, not a verdict."""

    identifier: Identifier = Field(title="企业代码", description="统一社会信用代码；脱敏来源为“方案:编号”")
    name: str = Field(title="企业名称", max_length=200)
    region: RegionCode = Field(title="所在地区划代码")
    organization_type: str = Field("", title="组织类型代码")
    band: BandCode = Field(title="等级", description="红 橙 黄 正常 灰（数据不足）")
    score: Score | None = Field(title="评分", description="0–100，灰色为 null")
    coverage: Share = Field(title="数据覆盖度")
    is_stale: bool = Field(title="是否沿用旧值")
    dimensions: Dimensions = Field(title="五个维度")
    reasons: list[str] = Field(title="主要原因", max_length=3)
    label_count: int = Field(title="命中标签数", ge=0)


class Warning_(Rating):  # noqa: N801 - a plain `Warning` would hide Python's own
    """An early warning (预警): a company rated red, orange or yellow, and how it moved since the run before."""

    band: Literal["red", "orange", "yellow"] = Field(title="预警等级")
    score: Score = Field(title="评分")
    change: Literal["opened", "raised", "lowered", "withdrawn", "suspended", "kept", ""] = Field(
        "", title="较上期", description="新增 升级 降级 解除 暂缓 维持"
    )
    previous_band: BandCode | None = Field(None, title="上期等级")
    previous_score: Score | None = Field(None, title="上期评分")


class Reason(Document):
    """One line of the sum that is the score."""

    part: Literal["indicator", "prior", "floor", "cap"] = Field(title="组成")
    code: str = Field("", title="编号")
    name: str = Field(title="名称")
    dimension: str = Field("", title="维度")
    value: str = Field("", title="取值", description="带单位；没有数据时为空")
    points: Points = Field(title="得分", description="各行相加等于评分")


class Label(Document):
    """A risk label that holds."""

    code: str = Field(title="编号")
    name: str = Field(title="名称")
    severity: int = Field(ge=0, le=5, title="严重度")
    hit_on: date | None = Field(None, title="命中日期")
    reason: str = Field("", title="说明")
    polarity: Literal["risk", "positive"] = Field(title="方向")


class CompanyRating(Document):
    """The rating of one company with everything that adds up to it (单户评级)."""

    rating: Rating = Field(title="评级")
    explanation: str = Field("", title="说明")
    contributions: list[Reason] = Field(title="分数的组成")
    labels: list[Label] = Field(title="命中的标签")
