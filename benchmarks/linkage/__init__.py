"""Linkage: Chinese company names held out from tuning, a million rows of the province, persons, Splink beside it.

    python -m benchmarks linkage [--test FILE] [--companies 650000] [--rows 1000000] [--only PART …]

One half of the names of `names` and `chain_kg` (by their digest) was looked at while the weights were set;
figures are of the other half. `--test FILE` takes other short names instead (text, one a line, may be gzipped).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.linkage.chinese import NAMES, Task, figures, make_task, misses, resolve
from benchmarks.workplace import Teller

HELD_OUT, EVERYTHING = 1, -1
PARTS = ("chinese", "splink", "province", "febrl", "historical")


def main(arguments: list[str]) -> dict[str, float | int]:
    """Run the parts asked for and return the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks linkage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--test", type=Path, help="short names to use instead of the held-out half")
    parser.add_argument("--companies", type=int, default=650_000, help="companies of the province")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the province")
    parser.add_argument(
        "--names", type=int, default=60_000, help="Chinese companies composed from short names"
    )
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS)
    options = parser.parse_args(arguments)
    tell = Teller()
    found: dict[str, float | int] = {}
    if {"chinese", "splink"} & set(options.only):
        half = EVERYTHING if options.test else HELD_OUT
        task = make_task(half, options.names, names=options.test or NAMES)
        tell(f"{len(task.mentions):,} Chinese names against {len(task.registered):,} registered ones")
        if "chinese" in options.only:
            found |= _ours(task, "chinese_", tell)
            found["rows_per_second"] = found["chinese_rows_per_second"]
            found |= {name: found[f"chinese_{name}"] for name in ("precision", "recall", "f1")}
        if "splink" in options.only:
            found |= _splink(task, tell)
    if "province" in options.only:
        from benchmarks.linkage.province import province_task

        tell(f"make a province of {options.companies:,} companies")
        task = province_task(options.companies, options.rows)
        tell(f"link its {len(task.mentions):,} rows")
        found |= _ours(task, "province_", tell)
        found["province_rows"] = len(task.mentions)
    found |= _persons(options.only, tell)
    return found


def _named(prefix: str, three: tuple[float, float, float]) -> dict[str, float | int]:
    return {
        f"{prefix}{name}": round(value, 4)
        for name, value in zip(("precision", "recall", "f1"), three, strict=True)
    }


def _ours(task: Task, prefix: str, tell: Teller) -> dict[str, float | int]:
    begun = time.process_time()
    linked, seconds = resolve(task)
    spent = time.process_time() - begun  # on both cores: what a busy machine does not distort
    wrong, lost = misses(task, linked)
    tell(f"wrong links: {wrong.most_common(4)}; not found: {lost.most_common(4)}")
    return {
        **_named(prefix, figures(task, linked)),
        f"{prefix}seconds": round(seconds, 2),
        f"{prefix}cpu_seconds": round(spent, 2),
        f"{prefix}rows_per_second": round(len(task.mentions) / seconds),
    }


def _splink(task: Task, tell: Teller) -> dict[str, float | int]:
    from benchmarks.linkage.peer import splink_names

    tell("the same names, Splink alone")
    linked, seconds = splink_names(task)
    return {
        **_named("splink_", figures(task, linked)),
        "splink_rows_per_second": round(len(task.mentions) / seconds),
    }


def _persons(only: list[str], tell: Teller) -> dict[str, float | int]:
    found: dict[str, float | int] = {}
    if "febrl" in only:
        from benchmarks.linkage.peer import febrl

        tell("FEBRL 4: two lists of persons")
        three, speed = febrl()
        found |= {**_named("febrl_", three), "febrl_rows_per_second": round(speed)}
    if "historical" in only:
        from benchmarks.linkage.peer import historical

        tell("50,000 rows of historical persons")
        ours, theirs, speed = historical()
        found |= {**_named("historical_", ours), **_named("splink_historical_", theirs)}
        found["historical_rows_per_second"] = round(speed)
    return found
