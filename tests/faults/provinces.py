"""Small deliveries for trials by fire: files with a delivery.yaml, landed by the real command."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from lookout.contracts import contracts
from lookout.sources import sources
from tests.hub.facts.test_facts import ALPHA, BETA, complaint, registry

NAME = "广州众人通融资信息服务有限公司"
FIRST, SECOND, THIRD = "2026-09-02", "2026-10-02", "2026-10-20"


def _complaints(prefix: str, count: int, on: date) -> list[dict[str, Any]]:
    return [complaint(f"{prefix}{number}", NAME, on, region="440106") for number in range(count)]


def early(folder: Path) -> Path:
    """Write what arrived in September."""
    firms = [
        registry(ALPHA, NAME, organization_type="p2p_lending_platform"),
        registry(BETA, "温州乙有限公司", organization_type="p2p_lending_platform"),
    ]
    tables = {"company": firms, "complaint_ticket": _complaints("T", 12, date(2026, 8, 20))}
    return delivery(folder, tables, "2026-09-01T06:00:00")


def late(folder: Path) -> Path:
    """Write what arrived in October."""
    case = {
        "case_no": "公1",
        "uscc": ALPHA,
        "company_name": NAME,
        "charge": "fundraising_fraud",
        "filed_on": date(2026, 9, 30),
    }
    tables = {"complaint_ticket": _complaints("U", 22, date(2026, 9, 20)), "police_case": [case]}
    return delivery(folder, tables, "2026-10-01T06:00:00")


def delivery(folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], delivered_at: str) -> Path:
    """Write one CSV file a table and the delivery.yaml that declares them; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    assert datetime.fromisoformat(delivered_at)
    declared = []
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, list(contracts()[table].columns))
            writer.writeheader()
            writer.writerows(rows)
        source = next(name for name, entry in sources().items() if table in entry.tables)
        covers = {"regions": ["44", "33"], "organization_types": []}
        declared.append(
            {
                "file": f"{table}.csv",
                "source": source,
                "table": table,
                "delivered_at": delivered_at,
                "covers": covers,
            }
        )
    (folder / "delivery.yaml").write_text(
        yaml.safe_dump({"deliveries": declared}, allow_unicode=True), "utf-8"
    )
    return folder
