"""A dry run tells what landing would do, and does nothing."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from lookout.contracts import contracts
from lookout.hub.facts import Facts, fold
from lookout.hub.landing import list_batches
from lookout.hub.store import DuckDBStore
from lookout.pipeline.connect import Trial, try_file
from tests.hub.hubs import PERSONAL_KEY, deliver, wall
from tests.pipeline.connect.places import CODES, HEADER, csv


def notice(number: int, **more: Any) -> dict[str, Any]:
    return {
        "uscc": CODES[number % 3], "tax_type": f"税种{number:04d}", "balance_yuan": number + 1,
        "noticed_on": "2026-10-08", **more,
    }  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Three notices landed and folded, a fourth landed since."""
    home = tmp_path / "home"
    deliver(home, "tax_arrears", [notice(number) for number in range(3)], wall(2026, 10, 10))
    store = DuckDBStore()
    fold(store, home, list_batches(home), contracts(), lambda *_: None)
    store.close()
    deliver(home, "tax_arrears", [notice(3)], wall(2026, 10, 11))
    return home


def tried(home: Path, text: bytes, file: str = "new.csv", mapping: Path | None = None) -> Trial:
    path = home.parent / file
    path.write_bytes(text)
    return try_file(
        home,
        path,
        table="tax_arrears",
        mapping=mapping,
        delivered_at=wall(2026, 11, 22),
        personal_key=PERSONAL_KEY,
    )


def files(home: Path) -> dict[str, int]:
    return {
        str(path.relative_to(home)): path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()
    }


def test_rows_are_counted_as_new_corrected_unchanged_and_refused(home: Path):
    text = (
        csv([0, 3, 9])
        + f"{CODES[1]},税种0001,999,2026-10-08\n".encode()
        + b"91440303MA3MAXWR1X,a,1,2026-10-08\n"
    )
    text += csv([9]).split(b"\n")[1] + b"\n"

    trial = tried(home, text)

    assert (trial.rows, trial.accepted, trial.rejected, trial.doubled) == (6, 4, 1, 1)
    assert (trial.new, trial.corrected, trial.unchanged) == (1, 1, 2)
    assert trial.by_code == 2
    assert trial.landed_as is None


def test_equal_reasons_are_grouped_with_a_few_examples(home: Path):
    bad = "".join(f"{CODES[0]},t{n},不是数{n},2026-10-08\n" for n in range(5))

    trial = tried(home, f"{HEADER}\n{bad}".encode())

    (reason,) = trial.reasons
    assert (reason.column, reason.cells, len(reason.examples)) == ("欠税余额", 5, 3)
    assert "“…”不是金额" in reason.reason


def test_what_landed_already_is_named(home: Path):
    trial = tried(home, csv(range(3, 4)))

    assert (trial.landed_as, trial.unchanged, trial.new) == (2, 1, 0)


def test_columns_nobody_reads_are_named_and_subjects_wait_for_a_first_fold(tmp_path: Path):
    (tmp_path / "home").mkdir()

    trial = tried(tmp_path / "home", b"extra," + csv([0]).replace(b"\n9", b"\nx,9"))

    assert trial.unread == ("extra",)
    assert (trial.new, trial.by_code) == (1, None)


def test_nothing_is_written_to_the_home(home: Path):
    before = files(home)

    asdict(tried(home, csv(range(6))))

    assert files(home) == before
    assert Facts.read(home).generation > 0


def test_a_withdrawn_batch_is_as_if_it_had_never_come(home: Path):
    from lookout.hub.landing import withdraw

    withdraw(home, 1, at=wall(2026, 11, 1), by="某人", reason="错报")

    trial = tried(home, csv([0, 3]))

    assert (trial.new, trial.unchanged) == (1, 1)


def test_a_mapping_that_maps_two_columns_to_one_is_refused(home: Path, tmp_path: Path):
    from lookout.sources import FileProblem

    mapping = tmp_path / "m.yaml"
    mapping.write_text("table: tax_arrears\ncolumns:\n  uscc: a\n  uscc: b\n", "utf-8")

    with pytest.raises(FileProblem, match="写了两次"):
        tried(home, csv([0]), mapping=mapping)
