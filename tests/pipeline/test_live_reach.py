"""What an event can change: its own table, the marts over it, and nothing that waits for all companies."""

from __future__ import annotations

from lookout.pipeline.evaluation import shipped
from lookout.pipeline.live.reach import codes_of, reach_of, whole_reach


def test_an_event_reaches_its_table_and_the_marts_over_it_however_deep() -> None:
    catalogues = shipped()

    reach = reach_of(catalogues, frozenset({"company_annual_report"}))

    assert {"company_annual_report", "financial_position", "exposure_ratios"} <= reach.changed
    assert "complaint_ticket" not in reach.changed
    assert not reach.is_whole


def test_what_is_read_for_the_marts_within_reach_is_needed_but_not_changed() -> None:
    reach = reach_of(shipped(), frozenset({"complaint_ticket"}))

    assert {"company_profile", "company", "offsite_statement"} <= reach.needed - reach.changed


def test_what_depends_on_all_companies_waits_for_the_next_run() -> None:
    catalogues = shipped()

    reach = reach_of(catalogues, frozenset({"opinion_post", "police_case"}))

    assert not [name for name in reach.changed & set(catalogues.marts) if catalogues.marts[name].population]


def test_a_row_of_the_register_may_move_the_company_among_all_so_that_everything_is_made_anew() -> None:
    assert reach_of(shipped(), frozenset({"company"})).is_whole
    assert whole_reach(shipped()).is_whole


def test_every_label_within_a_whole_reach_is_looked_at_again() -> None:
    catalogues = shipped()
    with_a_measure = sorted(code for code, label in catalogues.labels.items() if label.measure is not None)

    assert codes_of(catalogues, whole_reach(catalogues).changed) == with_a_measure
