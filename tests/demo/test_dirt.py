"""Dirt comes at the rates a scenario declares, and only where it declares it."""

from __future__ import annotations

from lookout.contracts import contracts
from lookout.demo import SimulationReport, load_scenario
from lookout.kernel.identifiers import is_uscc
from tests.demo.reading import deliveries, files_of, table, truth

NAMED = ("complaint_ticket", "opinion_post", "advertisement")


def test_doubled_and_wrong_rows_come_at_the_declared_rates(dirty: SimulationReport) -> None:
    dirt = load_scenario().dirt

    assert 0.7 * dirt.doubled < dirty.dirt["doubled"] / dirty.total_rows < 1.3 * dirt.doubled
    assert 0.7 * dirt.wrong_check_digit < dirty.dirt["wrong_check_digit"] / dirty.total_rows
    assert dirty.dirt["wrong_check_digit"] / dirty.total_rows < 1.1 * dirt.wrong_check_digit


def test_the_report_counts_the_rows_that_were_written(dirty: SimulationReport) -> None:
    for name in ("company", "site_visit", "tax_declaration", "opinion_post", "administrative_penalty"):
        assert len(table(dirty.out, name)) == dirty.rows[name]


def test_thirtieth_of_february_and_negative_heads_occur(dirty: SimulationReport) -> None:
    texts = (
        "company",
        "company_change",
        "company_executive",
        "complaint_ticket",
        "company_annual_report",
        "job_post",
    )
    dates = [row[contracts()[name].occurred_on] for name in texts for row in table(dirty.out, name)]
    heads = [row["headcount"] for row in table(dirty.out, "social_security_month")]

    assert any(day.endswith("-02-30") for day in dates)
    assert any(count.startswith("-") for count in heads)


def test_people_often_name_a_company_without_its_code_and_oddly(dirty: SimulationReport) -> None:
    rows = [row for name in NAMED for row in table(dirty.out, name)]
    registered = {row["name"] for row in truth(dirty.out).values()}
    names = [
        next(row[c] for c in ("target_name", "company_name", "advertiser_name") if c in row) for row in rows
    ]
    nameless = [row for row in rows if not row.keys() & {"target_uscc", "uscc"}]
    odd = [name for name in names if name not in registered]

    assert 0.35 < len(nameless) / len(rows) < 0.55
    assert 0.03 < len(odd) / len(rows) < 0.25


def test_a_corrected_row_comes_again_later_under_the_same_key(dirty: SimulationReport) -> None:
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    corrected = 0
    for entry, rows in files_of(dirty.out, "social_security_month"):
        for row in rows:
            key = (row["uscc"], row["period"])
            if key in seen and seen[key][0] != entry["delivered_at"]:
                assert seen[key][0] < entry["delivered_at"]
                corrected += seen[key][1] != row.get("base_sum_yuan")
            seen[key] = (entry["delivered_at"], row.get("base_sum_yuan", ""))

    assert corrected > 0


def test_a_city_outside_the_coverage_has_no_rows(dirty: SimulationReport) -> None:
    cities = {row["uscc"]: row["uscc"][2:6] for row in table(dirty.out, "company") if is_uscc(row["uscc"])}
    gaps = 0
    for entry, rows in files_of(dirty.out, "utility_month"):
        covered = set(entry["covers"]["regions"])
        assert "44" not in covered
        found = {cities[row["uscc"]] for row in rows if row["uscc"] in cities}
        assert found <= covered
        gaps += 1

    assert gaps > 0


def test_a_silent_source_sends_nothing_more(dirty: SimulationReport) -> None:
    last = max(entry["delivered_at"] for entry in deliveries(dirty.out) if entry["table"] == "web_traffic")

    assert last < "2026-08"


def test_the_last_weeks_bring_weekly_deliveries(dirty: SimulationReport) -> None:
    days = {
        entry["delivered_at"][:10] for entry in deliveries(dirty.out) if entry["table"] == "complaint_ticket"
    }

    assert {"2026-10-17", "2026-10-24", "2026-10-31"} <= days


def test_truth_is_not_among_the_deliveries(dirty: SimulationReport) -> None:
    assert all("truth" not in entry["file"] for entry in deliveries(dirty.out))
    assert all(entry["table"] in contracts() for entry in deliveries(dirty.out))
