"""Small files of a few companies' facts: enough to see them as the whole files show them, and no more."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookout.contracts import contracts
from lookout.hub.facts import Facts, Visible, open_views
from lookout.hub.store import DuckDBStore
from lookout.pipeline.extract import LOOKUP, extract
from tests.hub.facts.test_facts import ALPHA, BETA, EARLY, FULL, LATE, complaint, fold_all, registry
from tests.hub.hubs import deliver

TABLE = "complaint_ticket"


def test_all_versions_of_a_companys_fact_are_taken_and_no_other_companys(tmp_path: Path) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司"), registry(BETA, "温州乙有限公司")], EARLY)
    of_alpha = [complaint("T1", "广州甲有限公司"), complaint("T2", "广州甲有限公司")]
    others = [complaint("T4", "温州乙有限公司"), complaint("T5", "温州乙有限公司")]
    deliver(tmp_path, TABLE, [*of_alpha, *others], EARLY)
    # T1 turns out to be about the other company; T5 changes without ever being about the first.
    deliver(
        tmp_path,
        TABLE,
        [complaint("T1", "温州乙有限公司"), complaint("T5", "温州乙有限公司", state="closed")],
        LATE,
    )
    facts = fold_all(tmp_path)
    store = DuckDBStore()
    open_views(store, tmp_path, Facts.read(tmp_path), contracts(), Visible(FULL))
    key = store.query(f"SELECT min(company_key) AS k FROM lookup WHERE identifier = '{ALPHA[8:17]}'")["k"]
    folder = tmp_path / "small"
    folder.mkdir()

    columns = {TABLE: {"ticket_no", "received_on"}}
    small = extract(
        store, tmp_path, facts, contracts(), columns, key.combine_chunks().cast(pa.int32()), folder
    )

    taken = pq.read_table(small.tables[TABLE].rows[0])
    assert sorted(taken["ticket_no"].to_pylist()) == ["T1", "T1", "T2"]
    pointers = pq.read_table(folder / LOOKUP)
    assert set(pointers["company_key"].to_pylist()) == set(key.to_pylist())
    assert "广州甲有限公司" in pointers["identifier"].to_pylist()


def test_versions_with_codes_are_taken_whole_and_single_rows_without_what_nothing_compares(
    tmp_path: Path,
) -> None:
    deliver(tmp_path, "company", [registry(ALPHA, "广州甲有限公司"), registry(BETA, "温州乙有限公司")], EARLY)
    of_alpha = [complaint(ticket, "甲", target_uscc=ALPHA) for ticket in ("T1", "T2")]
    deliver(tmp_path, TABLE, [*of_alpha, complaint("T4", "乙", target_uscc=BETA)], EARLY)
    later = [complaint("T1", "乙", target_uscc=BETA), complaint("T4", "乙", target_uscc=BETA, state="closed")]
    deliver(tmp_path, TABLE, later, LATE)
    facts = fold_all(tmp_path)
    store = DuckDBStore()
    open_views(store, tmp_path, Facts.read(tmp_path), contracts(), Visible(FULL))
    keys = store.query(f"SELECT company_key AS k FROM register WHERE identifier = '{ALPHA}'")["k"]

    small = extract(
        store, tmp_path, facts, contracts(), {TABLE: {"received_on"}}, keys.combine_chunks(), tmp_path
    )

    taken = pq.read_table(small.tables[TABLE].rows[0])
    versions = taken.filter(taken["is_versioned"])
    assert versions["ticket_no"].to_pylist() == ["T1", "T1"]
    assert len(set(versions["company_key"].to_pylist())) == 2
    single = taken.filter(pc.invert(taken["is_versioned"])).to_pylist()
    assert [(row["ticket_no"], row["subject_value"]) for row in single] == [(None, None)]
