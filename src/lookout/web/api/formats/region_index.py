"""The risk index of a region (区域涉众金融风险指数)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lookout.web.api.formats.base import Document, Points, Score, Share

Level = Annotated[float, Field(ge=0, le=100)]


class IndexPart(Document):
    """One of the four parts: what was measured, the same between 0 and 100, and its points of the index."""

    measured: float = Field(ge=0, title="取值")
    scaled: Level = Field(title="折算", description="100·(1 − 2^(−取值/基期中位数))")
    points: Points = Field(title="计入指数")


class RegionIndex(Document):
    """The index of one region and month, with the parts that make it; a part nothing is known about is null."""

    region: Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6})$")] = Field(title="地区")
    month: Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] = Field(title="月份")
    value: Score = Field(title="指数", description="与上月平滑；80 以上很高，60–80 高，40–60 中，40 以下低")
    raw: Score = Field(title="平滑以前")
    known: Share = Field(title="有数据的部分所占权重")
    base: str = Field(title="基期", max_length=40)
    version: str = Field(title="公式版本", max_length=20)
    run_id: str = Field(title="依据的运行", max_length=80)
    density: IndexPart | None = Field(None, title="存量密度", description="每万家监测企业的风险量")
    flow: IndexPart | None = Field(None, title="新增流量", description="每万家监测企业 90 天新增的红橙企业")
    public: IndexPart | None = Field(None, title="公众反映", description="每十万居民 90 天的投诉和负面事件")
    backlog: IndexPart | None = Field(None, title="处置积压", description="线索超期率加未结案件未兑付率")
