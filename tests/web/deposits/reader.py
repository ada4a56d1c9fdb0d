"""A reader that knows the register and the filings of the lender, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lookout.hub.reading import EvidenceGroup, EvidenceRow
from tests.web.deposits.cast import LENDER, LENDER_NAME
from tests.web.fake_reader import FakeReader

KNOWN_AT = datetime.fromisoformat("2026-10-20T06:00")  # Shanghai wall time, as the store keeps it


class FilingReader(FakeReader):
    """Rows by (company, table); a test adds its own."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {
            (LENDER, "company"): [
                {
                    "name": LENDER_NAME,
                    "status": "存续",
                    "established_on": date(2016, 5, 1),
                    "organization_type": "小额贷款公司",
                }
            ],
            (LENDER, "offsite_product"): [
                {"product_code": "CP-01", "annual_yield_percent": Decimal("11.50"), "tenor_days": 364}
            ],
        }
        self.known_at = KNOWN_AT

    def table_rows(self, identifier: str, table: str, scope: Any, limit: int = 200) -> EvidenceGroup | None:
        if (identifier, "company") not in self.rows:
            return None
        rows = self.rows.get((identifier, table), [])
        return EvidenceGroup(
            table=table,
            table_name=table,
            rule_text="",
            rule_sql="",
            columns=(),
            rows=tuple(
                EvidenceRow(dict(row), f"2026-10/{table}.csv", 1, line, self.known_at, "institution")
                for line, row in enumerate(rows[:limit], 2)
            ),
            total=len(rows),
        )
