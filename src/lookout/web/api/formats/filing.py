"""What a reporting institution files: one table of one period."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lookout.web.api.formats.base import Document

Cell = str | int | float | bool | None


class Filing(Document):
    """One table of one period, filed by one institution (报送).

    Rows have the column names of the table as in docs/reference/tables.md, or their Chinese names. Money is a
    decimal text in yuan, a date `2026-10-31`. Institution and period need not be repeated in the rows.
    """

    number: str = Field(
        title="报送编号", description="报送机构自己的编号；同一编号再送即更正", min_length=1, max_length=80,
        pattern=r"^[A-Za-z0-9_.\-]+$",
    )  # fmt: skip
    table: Literal["offsite_statement", "offsite_submission", "offsite_product"] = Field(
        title="数据表", description="非现场月报主表、报送记录、产品登记"
    )
    institution: Annotated[str, Field(pattern=r"^[0-9A-HJ-NPQRTUWXY]{18}$")] = Field(
        title="报送机构的统一社会信用代码"
    )
    period: Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] = Field(
        title="所属月份", examples=["2026-10"]
    )
    rows: list[dict[str, Cell]] = Field(title="各行", min_length=1, max_length=1000)
