"""Landing measured: rows per second by format with every check on, and memory on a file larger than the memory allowed."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import xlsxwriter

from lookout.contracts import contracts
from lookout.hub.landing import land
from lookout.kernel.identifiers import uscc_check_digit
from lookout.sources import Covers, Delivery

TABLE, SOURCE = "company", "market_regulation"
DELIVERED = datetime(2026, 10, 31, 6)  # noqa: DTZ001 Shanghai wall time
KEY = b"a key that only this benchmark uses"
EXCEL_ROWS = 1_000_000  # a sheet holds 1,048,576
PIECE = 50_000
# What the interpreter and its libraries reserve without a row read; memory for data comes on top.
MIB = 1 << 20


def say(text: str) -> None:
    """Report progress."""
    print(text, file=sys.stderr, flush=True)


def _rows(start: int, count: int) -> pa.Table:
    """Return company rows: 22 columns of a register, 4 of them personal; one row in a thousand is wrong."""
    numbers = range(start, start + count)
    heads = [f"91440101MA{number:07d}" for number in numbers]
    days = [f"20{number % 24:02}-{number % 12 + 1:02}-{number % 28 + 1:02}" for number in numbers]
    plain = {
        "uscc": [head + uscc_check_digit(head) for head in heads],
        "registration_no": [""] * count,
        "name": [f"广州第{number}号商务咨询有限公司" for number in numbers],
        "former_names": [""] * count,
        "company_type": ["limited"] * count,
        "status": ["active"] * count,
        "legal_representative": [chr(0x4E00 + number % 20_000) + "小明" for number in numbers],
        "legal_representative_id": [f"440106198{number % 10}0101{number % 10_000:04d}" for number in numbers],
        "legal_representative_birth_year": ["1980"] * count,
        "registered_capital_yuan": [f"{number % 997}0000.00" for number in numbers],
        "paid_in_capital_yuan": [f"{number % 97}0000" for number in numbers],
        "established_on": ["2026-02-30" if number % 1000 == 7 else day for number, day in zip(numbers, days, strict=True)],
        "term_ends_on": [""] * count,
        "registration_authority": ["广州市市场监督管理局"] * count,
        "region": ["440106"] * count,
        "address": [f"广州市天河区中山大道{number}号时代大厦{number % 30}层" for number in numbers],
        "address_type": ["own"] * count,
        "industry": ["7291"] * count,
        "business_scope": ["商务咨询；技术服务；会议及展览服务；信息系统集成服务"] * count,
        "organization_type": ["general"] * count,
        "phone": [f"138{number % 100_000_000:08d}" for number in numbers],
        "email": [""] * count,
    }  # fmt: skip
    return pa.table(plain)


def _pieces(rows: int) -> Iterator[pa.Table]:
    for start in range(0, rows, PIECE):
        yield _rows(start, min(PIECE, rows - start))


def _write_csv(path: Path, rows: int) -> None:
    with arrow_csv.CSVWriter(path, _rows(0, 1).schema) as writer:
        for piece in _pieces(rows):
            writer.write_table(piece)


def _write_jsonl(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as out:
        for piece in _pieces(rows):
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in piece.to_pylist())


def _write_parquet(path: Path, rows: int) -> None:
    with pq.ParquetWriter(path, _rows(0, 1).schema) as writer:
        for piece in _pieces(rows):
            writer.write_table(piece)


def _write_excel(path: Path, rows: int) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, _rows(0, 1).column_names)
        line = 1
        for piece in _pieces(rows):
            for row in zip(*piece.to_pydict().values(), strict=True):
                for place, text in enumerate(row):
                    sheet.write_string(line, place, text)
                line += 1


WRITERS: dict[str, tuple[str, Callable[[Path, int], None]]] = {
    "csv": ("csv", _write_csv), "jsonl": ("jsonl", _write_jsonl),
    "parquet": ("parquet", _write_parquet), "excel": ("xlsx", _write_excel),
}  # fmt: skip


def land_alone(path: Path, home: Path, cap_mib: int) -> dict[str, float]:
    """Land one file in this process; `cap_mib` (0: none) is how far its data may grow.

    The cap is put on the data segment (RLIMIT_DATA: what the process allocates, not the code and files
    it maps), counted from what is in use before the first byte is read.
    """
    contracts()
    before = _in_use_kib()
    if cap_mib:
        limit = before * 1024 + cap_mib * MIB
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    delivery = Delivery(path, path.name, SOURCE, TABLE, DELIVERED, Covers(("4401",)))
    started, cpu = time.perf_counter(), time.process_time()
    batch = land(home, delivery, contracts=contracts(), personal_key=KEY, ingested_at=DELIVERED).batch
    if batch.rows != batch.accepted + batch.rejected + batch.doubled:
        raise AssertionError(f"rows do not add up: {batch}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "rows": batch.rows, "rejected": batch.rejected, "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu, "peak_gib": peak / MIB,
    }  # fmt: skip


def _in_use_kib() -> int:
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1])
    raise OSError("no VmData in /proc/self/status")


def _land_in_child(path: Path, home: Path, cap_mib: int = 0) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.ingest", str(path), str(home), str(cap_mib)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _by_format(kind: str, rows: int, folder: Path) -> dict[str, float]:
    ending, write = WRITERS[kind]
    path = folder / f"company.{ending}"
    rows = min(rows, EXCEL_ROWS) if kind == "excel" else rows
    write(path, rows)
    say(f"{kind}: {rows:,} rows, {path.stat().st_size / MIB:,.0f} MiB written; landing")
    found = _land_in_child(path, folder / kind)
    path.unlink()
    say(
        f"{kind}: {found['seconds']:.1f} s, {found['cpu_seconds']:.1f} s of CPU, peak {found['peak_gib']:.2f} GiB"
    )
    return {
        f"{kind}_rows_per_second": round(found["rows"] / found["seconds"]),
        f"{kind}_rows_per_cpu_second": round(found["rows"] / found["cpu_seconds"]),
        f"{kind}_peak_gib": round(found["peak_gib"], 3),
    }


def _under_a_cap(rows: int, cap_mib: int, folder: Path) -> dict[str, float]:
    path = folder / "large.csv"
    _write_csv(path, rows)
    size = path.stat().st_size
    say(f"cap: a CSV of {size / MIB:,.0f} MiB with {cap_mib} MiB for data")
    found = _land_in_child(path, folder / "capped", cap_mib)
    path.unlink()
    say(f"cap: landed {found['rows']:,.0f} rows, peak {found['peak_gib']:.2f} GiB with libraries")
    return {
        "capped_file_gib": round(size / (1 << 30), 3), "capped_data_gib": round(cap_mib / 1024, 3),
        "capped_ratio": round(size / MIB / cap_mib, 2), "capped_rows": round(found["rows"]),
        "capped_peak_gib": round(found["peak_gib"], 3),
    }  # fmt: skip


def main(arguments: list[str]) -> dict[str, float]:
    """Measure all formats, then a CSV several times the memory a child process may use for data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ingest", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--capped-rows", type=int, default=0, help="0: ten times --rows")
    parser.add_argument("--cap-mib", type=int, default=512)
    options = parser.parse_args(arguments)
    figures: dict[str, float] = {"rows": options.rows}
    with TemporaryDirectory(prefix="lookout-ingest-") as name:
        for kind in WRITERS:
            figures |= _by_format(kind, options.rows, Path(name))
        figures |= _under_a_cap(options.capped_rows or 10 * options.rows, options.cap_mib, Path(name))
    figures["peak_gib"] = max(value for key, value in figures.items() if key.endswith("peak_gib"))
    return figures


if __name__ == "__main__":
    file, place, cap = sys.argv[1:]
    print(json.dumps(land_alone(Path(file), Path(place), int(cap))))
