"""Whatever the bytes: rows and refusals that add up, or one clear error; never a traceback."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookout.contracts import contracts
from lookout.hub.quality import check
from lookout.kernel.errors import LookoutError
from lookout.sources import lay_out, read_file

SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MANY = settings(SOME, max_examples=3000)
CSV = "uscc,period,开票份数,开票金额（元）,company_name\n91350100M000100Y43,202601,1,5,甲\n".encode()
JSON = b'{"uscc":"91350100M000100Y43","period":"202601","invoice_count":1}\n{"uscc":null,"period":[1]}\n'
ODD = (
    b'"', b"\n", b"\r", b",", b"\0", b"\xff", b"\xc4\xe3", b"{", b"}", b"[", b"\\ud800", b"\xef\xbb\xbf", b"-", b"1e999",
    b"99999999999999999999", b"\x1a", b"'", b"\xed\xa0\x80", b"\x1d",
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(ODD) | st.binary(max_size=6)),
    max_size=6,
)


def _sheet() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([["uscc", "period", "开票份数"], ["91350100M000100Y43", 202601, 1]] * 2):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(
        pa.table({"uscc": ["91350100M000100Y43"] * 3, "period": ["202601"] * 3, "开票份数": [1, 2, 3]}), out
    )
    return out.getvalue()


SEEDS = {"csv": CSV, "jsonl": JSON, "xlsx": _sheet(), "parquet": _parquet()}


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, removed, put in edits:
        place = at % (len(data) + 1)
        data = data[:place] + put + data[place + removed :]
    return data


def unpacked_edit(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Edit the sheet inside a workbook, so that the container stays whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, edited(text, edits) if "worksheets" in name else text)
    return out.getvalue()


def take_in(folder: Path, kind: str, data: bytes) -> None:
    file = folder / f"a.{kind}"
    file.write_bytes(data)
    table = contracts()["tax_invoice_month"]
    try:
        raw = read_file(file)
        checked = check(raw, lay_out("甲", raw, table), delivered_on=date(2026, 10, 31))
    except LookoutError:
        return
    assert raw.rows == raw.columns.num_rows + len(raw.broken)
    assert checked.rows == raw.rows == checked.accepted.num_rows + checked.rejected + checked.doubled
    assert checked.rejected == len(set(checked.rejects["line"].to_pylist()))


@pytest.mark.parametrize("kind", list(SEEDS))
@SOME
@given(edits=EDITS)
def test_a_damaged_file_gives_rows_or_a_clear_error(
    tmp_path: Path, kind: str, edits: list[tuple[int, int, bytes]]
) -> None:
    take_in(tmp_path, kind, edited(SEEDS[kind], edits))


@pytest.mark.parametrize("kind", list(SEEDS))
@SOME
@given(data=st.binary(max_size=200))
def test_any_bytes_give_rows_or_a_clear_error(tmp_path: Path, kind: str, data: bytes) -> None:
    take_in(tmp_path, kind, data)


@SOME
@given(edits=EDITS)
def test_a_damaged_sheet_gives_rows_or_a_clear_error(
    tmp_path: Path, edits: list[tuple[int, int, bytes]]
) -> None:
    take_in(tmp_path, "xlsx", unpacked_edit(SEEDS["xlsx"], edits))


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(SEEDS))
@MANY
@given(edits=EDITS)
def test_many_damaged_files_give_rows_or_a_clear_error(
    tmp_path: Path, kind: str, edits: list[tuple[int, int, bytes]]
) -> None:
    data = SEEDS[kind]
    take_in(tmp_path, kind, edited(data, edits))
    if kind == "xlsx":
        take_in(tmp_path, kind, unpacked_edit(data, edits))
