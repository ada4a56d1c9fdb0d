"""Why a score moved: the parts add up whatever the run before had been published with."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookout.contracts import contracts
from lookout.hub.landing import withdraw
from lookout.hub.reading import Reader
from lookout.hub.snapshots import current_run_id, snapshot_folder
from lookout.hub.store import DuckDBStore
from lookout.kernel.clock import end_of_day
from lookout.pipeline import run
from lookout.pipeline.evaluation import read_population
from lookout.pipeline.extract import named_columns
from tests.hub.facts.test_facts import ALPHA, registry
from tests.hub.hubs import deliver, wall
from tests.pipeline.test_run import FIRST, NAME, SECOND, advertisement, clock, complaints

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one published run."""
    early = wall(2026, 9, 1)
    deliver(tmp_path, "company", [registry(ALPHA, NAME, organization_type="p2p_lending_platform")], early)
    deliver(tmp_path, "complaint_ticket", complaints("T", 12, date(2026, 8, 20)), early)
    deliver(tmp_path, "advertisement", [advertisement("A1", 20, date(2026, 8, 1))], early)
    run(tmp_path, end_of_day(FIRST), clock=clock)
    return tmp_path


def parts_of_the_change(home: Path) -> dict[str, object]:
    dossier = Reader(home).get_company(ALPHA, None)
    assert dossier is not None
    assert dossier.change is not None
    assert sum(dossier.change.parts.values()) == dossier.change.total != 0
    return dict(dossier.change.parts)


def test_the_parts_add_up_after_the_catalogue_gained_a_mart_and_a_column(home: Path) -> None:
    folder = snapshot_folder(home, current_run_id(home) or "")
    record = json.loads((folder / "run.json").read_text("utf-8"))
    (folder / "run.json").write_text(json.dumps(record | {"catalogue_digest": "an older one"}), "utf-8")
    (folder / "mart_opinion_heat.parquet").unlink()
    for name, column in (("mart_licence_state", "gap_level"), ("expected", "expected_P01")):
        file = folder / f"{name}.parquet"
        pq.write_table(pq.read_table(file).drop_columns([column]), file)
    deliver(home, "complaint_ticket", complaints("U", 22, date(2026, 9, 20)), wall(2026, 10, 1))

    run(home, end_of_day(SECOND), clock=clock)

    parts = parts_of_the_change(home)
    assert parts["new_facts"] != 0


def test_a_home_may_be_named_from_where_one_stands(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home.parent)
    here = Path(home.name)
    deliver(here, "complaint_ticket", complaints("U", 22, date(2026, 9, 20)), wall(2026, 10, 1))

    run(here, end_of_day(SECOND), clock=clock)

    assert parts_of_the_change(here)["new_facts"] != 0


def test_a_withdrawn_batch_is_a_correction(home: Path) -> None:
    withdraw(home, 3, at=wall(2026, 9, 20), by="gd_analyst", reason="发错了")

    run(home, end_of_day(SECOND), clock=clock)

    parts = parts_of_the_change(home)
    assert parts["corrections"] != 0
    assert parts["new_facts"] == 0


def test_what_an_old_run_lacks_comes_from_the_new_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, table in (
        (old, pa.table({"company_key": [1, 2], "heat": [5.0, 6.0]})),
        (new, pa.table({"company_key": [1, 2], "heat": [7.0, 8.0], "reach": [70.0, 80.0]})),
    ):
        folder.mkdir()
        pq.write_table(table, folder / "mart_heat.parquet")
    store = DuckDBStore()

    read_population(store, "heat", "mart_heat", ["company_key", "heat", "reach"], [old, new])

    rows = store.query("SELECT * FROM heat ORDER BY company_key").to_pylist()
    assert rows == [
        {"company_key": 1, "heat": 5.0, "reach": 70.0},
        {"company_key": 2, "heat": 6.0, "reach": 80.0},
    ]


def test_a_text_tells_which_columns_of_which_tables_it_reads() -> None:
    found = named_columns(['SELECT "company_key", max("filed_on") FROM "police_case"'], contracts())

    assert found == {"police_case": {"company_key", "filed_on"}}
