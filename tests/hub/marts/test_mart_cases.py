"""One small case per mart: what it is given and what it must say about company 1."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlglot

from lookout.contracts.constants import constants_at
from lookout.engine.measures import Measure, check, shipped_schema
from lookout.hub.marts import in_dialect, mart_sql, marts

AS_OF = date(2026, 11, 22)


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def month(back: int) -> date:
    index = AS_OF.year * 12 + AS_OF.month - 1 - back
    return date(index // 12, index % 12 + 1, 1)


def company(**other: Any) -> tuple[str, dict[str, Any]]:
    row = {
        "uscc": "91440101MA59ABCD1X", "name": "广州某某投资管理有限公司", "status": "active", "region": "440106",
        "established_on": date(2015, 1, 1),
    }  # fmt: skip
    return "company", {**row, **other}


def plain(value: Any) -> Any:
    return round(float(value), 3) if isinstance(value, int | float | Decimal) else value


Rows = list[tuple[str, dict[str, Any]]]
CASES: dict[str, tuple[Rows, dict[str, Any]]] = {
    "company_profile": (
        [company(business_scope="股权投资", legal_representative_birth_year=1950)],
        {"has_financial_scope": True, "is_financial": True, "representative_age": 76, "organization_type": "general"},
    ),
    "naming_sources": (
        [
            ("complaint_ticket", {"received_on": ago(10)}),
            ("police_case", {"filed_on": ago(900)}),
            ("opinion_post", {"published_on": ago(5), "sentiment": "positive"}),
        ],
        {"complaints": True, "cases": True, "opinions": False, "sources": 2, "evidence_on": ago(10)},
    ),
    "company_size": (
        [
            ("social_security_month", {"period": month(2), "headcount": 40}),
            ("social_security_month", {"period": month(1), "headcount": 120}),
            ("company_annual_report", {"reported_on": ago(200), "report_year": 2025, "employees": 7}),
        ],
        {"employees": 120, "size_band": "medium", "basis": "social_security_month"},
    ),
    "headcount_trend": (
        [
            ("social_security_month", {"period": month(4), "headcount": 20}),
            ("social_security_month", {"period": month(1), "headcount": 8, "unpaid_months": 3}),
        ],
        {"headcount": 8, "headcount_before": 20, "drop_ratio": 0.6, "unpaid_months": 3},
    ),
    "shell_state": (
        [
            company(),
            company(company_key=2, region="440103"),
            ("social_security_month", {"company_key": 2, "period": month(1), "headcount": 5}),
            ("tax_declaration", {"period": month(1), "tax_type": "增值税", "revenue_yuan": 0}),
        ],
        {"headcount": 0, "revenue_yuan": 0, "is_shell": True},
    ),
    "loan_state": (
        [
            ("financing_loan", {"contract_no": "a", "as_reported_on": ago(60), "overdue_days": 100, "balance_yuan": 5}),
            ("financing_loan", {"contract_no": "a", "as_reported_on": ago(30), "overdue_days": 0, "balance_yuan": 4}),
            ("financing_loan", {"contract_no": "b", "as_reported_on": ago(30), "overdue_days": 95, "balance_yuan": 3,
                                "loan_class": "loss"}),
        ],
        {"balance_yuan": 7, "contracts": 2, "overdue_days": 95, "is_nonperforming": True},
    ),
    "financial_position": (
        [
            ("company_annual_report", {"report_year": 2025, "reported_on": ago(150), "assets_yuan": 100,
                                       "liabilities_yuan": 150, "net_profit_yuan": -1}),
            ("company_annual_report", {"report_year": 2024, "reported_on": ago(500), "net_profit_yuan": -2}),
            ("company_annual_report", {"report_year": 2023, "reported_on": ago(900), "net_profit_yuan": 5}),
        ],
        {"liability_ratio": 1.5, "net_assets_yuan": -50, "loss_years": 2, "report_year": 2025},
    ),
    "credit_enhancement": (
        [
            ("financing_guarantee", {"signed_on": ago(400), "direction": "given", "balance_yuan": 9}),
            ("financing_guarantee", {"signed_on": ago(400), "direction": "received", "counterparty_kind": "related_party"}),
        ],
        {"gap_level": 1, "has_licensed": False, "has_custody": False, "given_yuan": 9},
    ),
    "exposure_ratios": (
        [
            ("offsite_statement", {"period": month(1), "net_assets_yuan": 100, "custody_bank": "某银行"}),
            ("financing_guarantee", {"signed_on": ago(9), "direction": "given", "balance_yuan": 250}),
            ("justice_case", {"filed_on": ago(20), "role": "defendant", "claim_yuan": 60}),
        ],
        {"guarantee_ratio": 2.5, "claim_ratio": 0.6, "licensed_exposure_ratio": None},
    ),
    "web_state": (
        [
            ("website", {"domain": "a.cn", "checked_on": ago(20), "company_name": "甲（广州）公司"}),
            ("website", {"domain": "a.cn", "checked_on": ago(5), "company_name": "甲（广州）公司",
                         "icp_no": "粤ICP备1号", "icp_owner": "甲(广州)公司", "server_country": "US", "down_days": 8}),
            ("mobile_app", {"package": "p", "store": "s", "status": "removed", "checked_on": ago(3)}),
        ],
        {"sites": 1, "sites_without_icp": 0, "sites_owner_mismatch": 0, "sites_offshore": 1, "down_days": 8,
         "apps_removed": 1},
    ),
    "tax_revenue": (
        [
            ("tax_declaration", {"period": month(1), "tax_type": "增值税", "revenue_yuan": 100, "paid_yuan": 3}),
            ("tax_declaration", {"period": month(1), "tax_type": "城建税", "revenue_yuan": 90, "paid_yuan": 1}),
            ("tax_declaration", {"period": month(2), "tax_type": "增值税", "revenue_yuan": 0, "paid_yuan": 0}),
            ("tax_declaration", {"period": month(14), "tax_type": "增值税", "revenue_yuan": 80, "paid_yuan": 2}),
        ],
        {"revenue_ttm_yuan": 100, "revenue_before_yuan": 80, "growth": 0.25, "burden": 0.04, "months": 2,
         "zero_months": 1},
    ),
    "authenticity": (
        [
            ("offsite_statement", {"period": month(1), "revenue_yuan": 100, "employees": 20}),
            ("tax_declaration", {"period": month(1), "tax_type": "增值税", "revenue_yuan": 40}),
            ("social_security_month", {"period": month(1), "headcount": 10}),
            ("income_tax_month", {"period": month(1), "headcount": 10}),
        ],
        {"revenue_gap": 0.6, "headcount_gap": 0.5, "income_tax_gap": 0.0, "headcount_scale": 10,
         "authenticity_gap": 0.476923},
    ),
    "industry_outliers": (
        [
            *[company(company_key=key, industry="7212") for key in range(1, 41)],
            *[
                ("tax_declaration", {"company_key": key, "period": month(back), "tax_type": "增值税",
                                     "revenue_yuan": 100, "paid_yuan": 50 if key == 1 else 3})
                for key in range(1, 41) for back in range(1, 7)
            ],
        ],
        {"burden_z": 6.166441, "peers": 40, "revenue_per_head_yuan": None},
    ),
    "tax_grade_trend": (
        [
            ("tax_credit_grade", {"grade_year": 2023, "grade": "a", "graded_on": ago(900)}),
            ("tax_credit_grade", {"grade_year": 2025, "grade": "c", "graded_on": ago(200)}),
        ],
        {"steps_down": 2, "years": 2},
    ),
    "participants": (
        [
            ("offsite_statement", {"period": month(1), "participants": 130, "new_participants": 30,
                                   "elderly_participants": 65, "absorbed_yuan": 1_000_000}),
            ("bank_transaction", {"transacted_on": ago(9), "direction": "in", "counterparty_kind": "person",
                                  "counterparty": "x", "amount_yuan": 20_000, "counterparty_region": "440106",
                                  "purpose": "认购款"}),
            ("bank_transaction", {"transacted_on": ago(9), "direction": "in", "counterparty_kind": "person",
                                  "counterparty": "y", "amount_yuan": 20, "counterparty_region": "440305",
                                  "purpose": "货款"}),
            ("complaint_ticket", {"received_on": ago(9), "complaint_type": "illegal_fundraising", "reporter": "x",
                                  "amount_yuan": 2_000_000, "region": "440106"}),
        ],
        {"participant_count": 130, "payers": 1, "complainants": 1, "absorbed_yuan": 2_000_000, "elderly_share": 0.5,
         "growth_percent": 30.0, "cities": 1},
    ),
    "redemption_state": (
        [
            ("offsite_statement", {"period": month(1), "redemption_status": "limited"}),
            ("opinion_post", {"post_id": "1", "published_on": ago(9), "event_type": "overdue", "media_tier": 3}),
            *[("complaint_ticket", {"ticket_no": str(i), "received_on": ago(9), "tags": "无法提现"}) for i in range(3)],
        ],
        {"level": 2, "filed_level": 1, "opinion_level": 2, "complaint_level": 2, "sources": 3},
    ),
    "payout_coverage": (
        [
            ("offsite_statement", {"period": month(1), "promised_payout_yuan": 200}),
            ("tax_declaration", {"period": month(1), "tax_type": "增值税", "revenue_yuan": 50}),
        ],
        {"coverage": 0.25, "promised_ttm_yuan": 200},
    ),
    "product_terms": (
        [
            company(organization_type="private_fund"),
            ("offsite_product", {"issued_on": ago(90), "annual_yield_percent": 12, "tenor_days": 30, "investors": 300}),
            ("advertisement", {"published_on": ago(90), "advertised_yield_percent": 10, "tenor_days": 365,
                               "payout_frequency": "daily", "rebate_kind": "multi_level"}),
            ("opinion_post", {"published_on": ago(300), "advertised_yield_percent": 99}),
        ],
        {"yield_percent": 12, "is_inverted": True, "is_daily": True, "rebate_level": 2, "fund_breach": True},
    ),
    "promotion_claims": (
        [
            ("advertisement", {"published_on": ago(9), "body": "保本保息，邀请奖励"}),
            ("advertisement", {"published_on": ago(9), "body": "本产品不保本，国资背景"}),
            ("opinion_post", {"published_on": ago(9), "event_type": "promotion", "body": "静态收益加动态收益，日息"}),
            ("opinion_post", {"published_on": ago(9), "event_type": "fraud", "body": "号称保本保息"}),
            ("company_shareholder", {"since": ago(900), "shareholder_type": "person"}),
        ],
        {"documents": 3, "guarantee_90d": 1, "rebate_180d": 1, "dual_income_90d": 1, "daily_interest_90d": 1,
         "backing_180d": 1, "is_backed": False},
    ),
    "address_cluster": (
        [company(address="天河路 1 号（二楼）"), company(company_key=2, address="天河路1号(二楼)"),
         company(company_key=3, address="天河路1号(二楼)", status="revoked")],
        {"companies": 2, "is_cluster": False},
    ),
    "representative_span": (
        [company(company_key=key, legal_representative_id="token") for key in range(1, 12)],
        {"companies": 11},
    ),
    "case_state": (
        [("fundraising_case", {"filed_on": ago(1000), "determined_on": ago(400), "determination": "illegal_fundraising"})],
        {"is_criminal": False, "is_determined": True, "is_confirmed_24m": True},
    ),
    "case_links": (
        [
            company(phone="p1", address="天河路一号二楼"),
            company(company_key=2, uscc="other", phone="p1", address="天河路一号二楼"),
            ("police_case", {"company_key": 2, "filed_on": ago(30)}),
            ("company_shareholder", {"since": ago(900), "shareholder_uscc": "other"}),
            ("website", {"checked_on": ago(9), "icp_no": "粤ICP备12号"}),
            ("website", {"company_key": 2, "checked_on": ago(9), "icp_no": "粤ICP备12号"}),
        ],
        {"same_address": 1, "same_contact": 1, "shareholders": 1, "same_filing": 1},
    ),
    "case_flows": (
        [
            company(company_key=2, uscc="other"),
            ("police_case", {"company_key": 2, "filed_on": ago(30)}),
            ("bank_account", {"company_key": 2, "account": "acc"}),
            ("bank_transaction", {"transaction_id": "1", "transacted_on": ago(9), "counterparty": "acc", "amount_yuan": 7}),
            ("bank_transaction", {"transaction_id": "2", "transacted_on": ago(9), "counterparty": "else", "amount_yuan": 9}),
        ],
        {"amount_yuan": 7, "transactions": 1},
    ),
    "tainted_people": (
        [
            ("company_executive", {"person_id": "t", "since": ago(900)}),
            ("fundraising_person", {"company_key": 2, "person_id": "t", "recorded_on": ago(300), "measure": "exit_ban"}),
            ("justice_defaulter", {"company_key": 3, "subject_person_id": "t", "published_on": ago(30)}),
        ],
        {"executives_listed": 1, "own_listed": 1, "exit_banned": 1, "defaulters": 1, "controller_risk": 100},
    ),
    "litigation_clusters": (
        [("justice_case", {"filed_on": ago(9), "role": "defendant", "cause": c}) for c in ("甲", "甲", "乙")],
        {"largest": 2},
    ),
    "offsite_ratios": (
        [
            company(organization_type="finance_lease_company"),
            ("offsite_statement", {"period": month(1), "risk_assets_yuan": 90, "net_assets_yuan": 10,
                                   "outstanding_yuan": 100, "realisable_assets_yuan": 40}),
        ],
        {"leasing_leverage": 9.0, "factoring_concentration": None, "lacks_custody": None, "liability_gap": 0.6},
    ),
    "licence_state": (
        [
            company(organization_type="microloan_company", name="某小额贷款有限公司"),
            company(company_key=2, organization_type="pawnshop"),
            ("administrative_licence", {"company_key": 2, "licence_type": "financial", "state": "valid",
                                        "scope": "pawnshop", "valid_from": ago(900)}),
            ("advertisement", {"published_on": ago(9), "advertised_yield_percent": 8}),
        ],
        {"is_required": True, "has_valid": False, "gap_level": 2, "is_unlicensed_finance": True, "is_lapsed": False},
    ),
    "opinion_heat": (
        [
            ("opinion_post", {"published_on": ago(0), "sentiment": "negative", "media_tier": 1, "reads": 0}),
            ("opinion_post", {"published_on": ago(1), "sentiment": "negative", "media_tier": 4, "reads": 0}),
        ],
        {"raw_heat": 5.5, "heat": 31.698},
    ),
    "deregistration_state": (
        [
            company(),
            ("company_deregistration_notice", {"kind": "simple", "noticed_on": ago(9)}),
            ("complaint_ticket", {"received_on": ago(20), "state": "handling"}),
            ("complaint_ticket", {"received_on": ago(20), "closed_on": ago(2), "state": "closed"}),
        ],
        {"notices_90d": 1, "open_complaints": 1, "is_deregistered": False},
    ),
    "tax_activity": (
        [
            ("tax_status", {"status": "deregistered", "since": ago(60)}),
            ("advertisement", {"published_on": ago(9)}),
            ("advertisement", {"published_on": ago(70)}),
        ],
        {"activities_90d": 1, "is_active": True},
    ),
    "cross_province": (
        [
            company(),
            ("company_branch", {"established_on": ago(900), "region": "330106"}),
            ("company_branch", {"established_on": ago(900), "region": "440305"}),
            ("partner_clue", {"reported_on": ago(9), "origin": "other_region", "province": "35"}),
        ],
        {"provinces": 2},
    ),
}  # fmt: skip


def test_every_mart_has_a_case():
    assert set(CASES) == set(marts())


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_mart_says_what_its_rows_say(store, name):
    rows, expected = CASES[name]
    for table, row in rows:
        store.put(table, row)

    store.make(name)
    found = store.row(name)

    assert found is not None
    assert {column: plain(found[column]) for column in expected} == {c: plain(v) for c, v in expected.items()}


@pytest.mark.parametrize("name", sorted(marts()))
def test_a_mart_has_its_declared_types_and_no_row_without_facts(store, name):
    store.make(name)

    answer = store.connection.execute(f'SELECT * FROM "{name}"')

    declared = ["INTEGER", *[column.store_type for column in marts()[name].columns.values()]]
    assert [str(column[1]) for column in answer.description] == declared
    assert answer.fetchall() == []


@pytest.mark.parametrize("name", sorted(marts()))
def test_a_mart_can_be_said_to_spark_and_before_the_constants_existed(name):
    early = date(2010, 1, 1)

    text = in_dialect(mart_sql(marts()[name], early, constants_at(early)), "spark")

    assert "company_key" in sqlglot.parse_one(text, read="spark").named_selects


@pytest.mark.parametrize("name", sorted(marts()))
def test_the_evidence_of_a_mart_can_be_asked_for(name):
    for evidence in marts()[name].evidence:
        measure = Measure(
            table=evidence.table, window=evidence.window, where=evidence.where, value="count(*)"
        )
        assert check(measure, name, shipped_schema()) == []


@pytest.mark.parametrize("name", sorted(marts()))
def test_a_mart_does_not_see_what_happens_after_the_day(store, name):
    rows, _ = CASES[name]
    tomorrow = AS_OF + timedelta(days=1)
    for table, row in rows:
        if table == "company":
            continue
        days = {column for column, value in row.items() if isinstance(value, date)}
        store.put(table, {**row, **dict.fromkeys(days, tomorrow)})

    store.make(name)

    assert store.row(name) is None


def test_a_division_by_nothing_is_missing_and_not_infinite(store):
    store.put("offsite_statement", {"period": month(1), "promised_payout_yuan": 0})
    store.put("tax_declaration", {"period": month(1), "tax_type": "增值税", "revenue_yuan": 50})

    store.make("payout_coverage")

    assert store.row("payout_coverage")["coverage"] is None


def test_a_company_without_licence_is_not_judged_while_no_register_is_connected(store):
    store.put(*company(organization_type="microloan_company"))

    store.make("licence_state")

    assert store.row("licence_state")["gap_level"] is None
