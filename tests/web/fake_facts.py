"""Invented facts of the invented companies, and the same counting over them as the store does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from lookout.contracts import contracts
from lookout.hub.reading import CompanyRow, FactCount, FactQuestion

Fact = dict[str, Any]


def invented(companies: Sequence[CompanyRow]) -> dict[str, list[Fact]]:
    """Return table → rows; `company` is the company's row, None for a subject nobody found."""
    facts: dict[str, list[Fact]] = defaultdict(list)
    for number, company in enumerate(companies[:12]):
        month = date(2026, 10 if number % 4 else 9, 1 + number)
        facts["opinion_post"].append(
            {
                "company": company,
                "sentiment": ("negative", "neutral", "positive")[number // 3 % 3],
                "media_kind": ("news", "forum", "weibo")[number % 3],
                "media_name": "南方网",
                "event_cluster": f"E{number // 2}",
                "event_type": ("overdue", "promo", "other")[number // 3 % 3],
                "title": f"某平台兑付情况之{number}",
                "is_duplicate": False,
                "reads": 1000 * number,
                "reposts": 10 * number,
                "published_on": month,
            }
        )
        facts["complaint_ticket"].append(
            {
                "company": company,
                "complaint_type": "illegal_fundraising",
                "state": ("accepted", "duplicate", "closed")[number % 3],
                "result": None,
                "received_on": month,
            }
        )
        facts["advertisement"].append(
            {
                "company": company,
                "advertisement_id": f"A{number}",
                "medium": "web",
                "has_risk_warning": number % 2 == 0,
                "advertised_yield_percent": Decimal(number) if number % 2 else None,
                "published_on": month,
                "removed_on": month.replace(day=min(28, month.day + number)) if number % 2 else None,
            }
        )
        facts["advertisement_finding"].append(
            {
                "company": company,
                "advertisement_id": f"A{number}",
                "rule": f"AD-01{number % 3}",
                "state": ("suspected", "confirmed", "cleared")[number // 3 % 3],
                "found_on": month,
            }
        )
        for at in (date(2026, 9, 1), date(2026, 10, 1)):
            facts["offsite_statement"].append(
                {
                    "company": company,
                    "outstanding_yuan": Decimal(1_000_000 * (number + 1)),
                    "net_assets_yuan": Decimal(500_000),
                    "total_assets_yuan": Decimal(2_000_000),
                    "risk_assets_yuan": Decimal(900_000),
                    "revenue_yuan": Decimal(100_000),
                    "redemption_status": "normal",
                    "period": at,
                }
            )
            facts["offsite_submission"].append(
                {
                    "company": company,
                    "state": "missing" if number == 3 else "accepted",
                    "late_days": number,
                    "failed_checks": 0,
                    "failed_ratio_checks": number % 2,
                    "period": at,
                }
            )
    return facts


def count(facts: dict[str, list[Fact]], asked: FactQuestion) -> list[FactCount]:
    """Count as the store does."""
    table = contracts()[asked.table]
    rows = [row for row in facts.get(asked.table, []) if _fits(row, asked, table.occurred_on)]
    groups: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for row in rows:
        groups[tuple(_key(row, name, table.occurred_on) for name in asked.by)].append(row)
    if not asked.by:
        groups[()] = rows
    return [
        FactCount(
            keys=keys,
            rows=len(group),
            companies=len({row["company"].identifier for row in group}),
            sums={name: _sum(row.get(name) for row in group) for name in asked.sums},
            distinct={name: len({row.get(name) for row in group} - {None}) for name in asked.distinct},
        )
        for keys, group in sorted(groups.items())
    ]


def _fits(row: Fact, asked: FactQuestion, day: str) -> bool:
    company: CompanyRow = row["company"]
    return (
        (asked.start is None or row[day] >= asked.start)
        and (asked.end is None or row[day] <= asked.end)
        and all(_text(row.get(name)) in wanted for name, wanted in asked.where)
        and all(row.get(name) is not None for name in asked.present)
        and company.region.startswith(asked.region)
        and asked.organization_type in ("", company.organization_type)
        and (asked.identifiers is None or company.identifier in asked.identifiers)
        and (asked.scope is None or company.region.startswith(tuple(asked.scope)))
    )


def _key(row: Fact, name: str, day: str) -> str:
    company: CompanyRow = row["company"]
    of_company = {
        "company": company.identifier,
        "company_name": company.name,
        "company_city": company.region[:4],
        "company_district": company.region,
        "company_type": company.organization_type,
        "company_band": company.band or "",
        "month": f"{row[day]:%Y-%m}",
    }
    return of_company[name] if name in of_company else _text(row.get(name))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sum(values: Iterable[Any]) -> Decimal | None:
    known = [Decimal(str(value)) for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None
