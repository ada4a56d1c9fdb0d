"""The figures of the province, on a truth small enough to count by hand."""

from __future__ import annotations

from datetime import date

import pytest

from benchmarks.province import (
    Month,
    Truth,
    false_alarms,
    figures,
    lead_times,
    month_ends,
    precision_in_first,
)

NEVER = None
TRUTH = {
    "early": Truth(
        "scheme", "shop", "illegal_fundraising", date(2025, 1, 1), date(2026, 3, 15), date(2026, 4, 1)
    ),
    "late": Truth("scheme", "shop", "illegal_fundraising", date(2025, 1, 1), date(2026, 2, 10), NEVER),
    "before": Truth(
        "scheme", "coin", "illegal_token", date(2024, 1, 1), date(2025, 12, 1), date(2025, 12, 20)
    ),
    "running": Truth("scheme", "coin", "illegal_token", date(2026, 2, 15), NEVER, NEVER),
    "rumoured": Truth("confounder", "rumour", "", NEVER, NEVER, NEVER),
    "lender": Truth("confounder", "lender", "", NEVER, NEVER, NEVER),
    "grocer": Truth("ordinary", "ordinary", "", NEVER, NEVER, NEVER),
}


def month(day: date, **bands: str) -> Month:
    return Month(day, tuple(bands), bands)


MONTHS = [
    month(date(2026, 1, 31), early="orange", rumoured="yellow", late="normal", before="red", lender="normal"),
    month(date(2026, 2, 28), early="orange", late="red", running="yellow", before="red", rumoured="orange"),
    month(date(2026, 3, 31), early="red", running="normal", grocer="normal", lender="normal", before="red"),
]


def test_month_ends_lead_up_to_the_last_day():
    assert month_ends(date(2026, 3, 31), 3) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]


def test_precision_counts_running_schemes_that_nobody_has_confirmed():
    assert precision_in_first(TRUTH, MONTHS[0], 2) == 0.5  # early, rumoured; `before` is known already
    assert precision_in_first(TRUTH, MONTHS[1], 3) == 1.0  # early, late, running


def test_lead_time_runs_from_the_first_warning_to_the_collapse():
    leads = lead_times(TRUTH, MONTHS, ("red", "orange"))

    assert leads == {"early": 43, "late": None}  # `before` collapsed earlier, `running` has not


def test_false_alarms_are_counted_by_kind():
    assert false_alarms(TRUTH, MONTHS) == {"lender": 0, "ordinary": 0, "rumour": 1}


def test_what_was_not_measured_is_absent():
    measured = figures(TRUTH, MONTHS)

    assert measured["recall"] == 0.5
    assert measured["lead_days"] == pytest.approx(43)
    assert "recall_illegal_token" not in measured
    assert "lead_days" not in figures(TRUTH, MONTHS[:1])
