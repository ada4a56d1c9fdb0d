"""The contracts of the demonstration are made once, really signed, and show what the checks find."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from lookout.hub.reading import CompanyFilter, Page
from lookout.web.accounts.models import User
from lookout.web.deposits.demo import seed_demo_contracts
from lookout.web.deposits.models import ContractDeposit
from lookout.web.deposits.words import Result
from tests.web.deposits.reader import FilingReader
from tests.web.fake_reader import COMPANIES


@pytest.fixture
def fund(reader: FilingReader) -> str:
    company = next(row for row in COMPANIES if row.organization_type == "private_fund")
    reader.rows[company.identifier, "company"] = [
        {
            "name": company.name,
            "status": "存续",
            "established_on": date(2016, 5, 1),
            "organization_type": "私募基金",
        }
    ]
    reader.rows[company.identifier, "offsite_product"] = [
        {"product_code": "CP-7", "annual_yield_percent": 4.9, "tenor_days": 90}
    ]
    return company.identifier


def test_they_are_made_once_and_show_good_and_bad(cast: dict[str, User], fund: str) -> None:
    assert seed_demo_contracts(timezone.now()) == 4
    assert seed_demo_contracts(timezone.now()) == 0

    found = {one.contract_no: one for one in ContractDeposit.objects.all()}
    assert {one.company for one in found.values()} == {fund}
    failed = {
        number: set(one.checks.filter(result=Result.FAIL).values_list("code", flat=True))
        for number, one in found.items()
    }
    assert failed["JJ-2026-001"] <= {"C1"}  # invented codes have no check digit
    assert {"C8", "C9", "C10"} <= failed["JJ-2026-002"]
    assert {"C3", "C7", "C9", "C10"} <= failed["JK-2026-003"]
    assert found["JJ-2026-004"].is_digest_only


def test_without_a_province_there_are_none(
    cast: dict[str, User], reader: FilingReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(filter: CompanyFilter, **more: Any) -> Page:
        return Page((), 0, 0)

    monkeypatch.setattr(reader, "list_companies", nothing)

    assert seed_demo_contracts(timezone.now()) == 0
