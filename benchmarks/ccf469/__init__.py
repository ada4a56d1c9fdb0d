"""Expert rating of CCF BDCI 2020 #469: real, desensitised firms of one prefecture, by four of their tables.

The id is a key to join by. It leaks the label, so nothing here or downstream may look inside it.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import shutil
import sys
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from benchmarks.metrics import Ranking, auc, average_precision, precision_at, ranking, recall_in_top
from benchmarks.workplace import Teller, home_folder, ingest, rate
from lookout.contracts.constants import constants_at
from lookout.engine import scoring
from lookout.kernel.clock import local_day, parse_as_of

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data" / "ccf469"
SOURCE = "ccf469"
FILES = {
    "company_annual_report": "annual_report_info.csv",
    "tax_declaration": "tax_info.csv",
    "opinion_post": "news_info.csv",
    "justice_record_count": "other_info.csv",
}
AS_OF = "2020-09-30"  # the end of the month of the newest dated row


def main(arguments: list[str]) -> dict[str, float]:
    """Ingest, run, and compare the ranking with known outcomes."""
    options = _options(arguments)
    tell = Teller()
    labels = read_labels(options.test or options.data / "labels_dev.csv.gz")
    with home_folder(options.home) as home:
        ingest(home, _delivery(options.data, home / "delivery"), tell)
        folder, listing = rate(home, parse_as_of(AS_OF), tell)
        tell("measure")
        bases = base_by_id(listing)
        silent = base_without_facts(folder)
    named = {identifier: label for identifier, label in labels.items() if identifier in bases}
    everybody = ranking([bases.get(identifier, silent) for identifier in labels], list(labels.values()))
    print(f"           {len(labels)} labelled firms, {len(named)} of them with any data", file=sys.stderr)
    return {
        "companies": listing.num_rows,
        **figures(everybody, "expert"),
        **figures(
            ranking([bases[identifier] for identifier in named], list(named.values())), "expert", "_any"
        ),
        "seconds": tell.seconds,
    }


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks ccf469", description=__doc__)
    parser.add_argument(
        "--test", type=Path, help="label file with the columns id and label (.csv or .csv.gz)"
    )
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the four tables")
    parser.add_argument(
        "--home", type=Path, help="keep batches and snapshots here instead of a temporary folder"
    )
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        parser.error(f"no folder {options.data}; name it with --data")
    return options


def _opened(path: Path) -> TextIO:
    return (
        gzip.open(path, "rt", encoding="utf-8-sig")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8-sig")
    )


def read_labels(path: Path) -> dict[str, int]:
    """Return id → 0 or 1; labels may be written 1 or 1.0."""
    with _opened(path) as file:
        return {row["id"]: int(float(row["label"])) for row in csv.DictReader(file)}


def _delivery(data: Path, folder: Path) -> Path:
    """Lay the four tables out as a delivery with their mappings; the time of delivery is only claimed."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for table, file in FILES.items():
        with gzip.open(data / f"{file}.gz") as packed, (folder / file).open("wb") as plain:
            shutil.copyfileobj(packed, plain)
        shutil.copyfile(HERE / f"{table}.yaml", folder / f"{table}.yaml")
        entries.append(
            {
                "file": file,
                "source": SOURCE,
                "table": table,
                "mapping": f"{table}.yaml",
                "delivered_at": f"{AS_OF}T06:00:00",
                "asserted": True,
            }
        )
    (folder / "delivery.yaml").write_text(yaml.safe_dump({"deliveries": entries}), "utf-8")
    return folder


def base_by_id(listing: pa.Table) -> dict[str, float]:
    """Return id → unrounded base of every firm that any table names, grey ones included."""
    own = listing.filter(pc.equal(listing["identifier_scheme"], f"opaque:{SOURCE}"))
    prefix = f"{SOURCE}:"
    identifiers = (identifier.removeprefix(prefix) for identifier in own["identifier"].to_pylist())
    return dict(zip(identifiers, own["base"].to_pylist(), strict=True))


def base_without_facts(folder: Path) -> float:
    """Return the base of a firm that no table names: the same connections as the others, nothing observed."""
    catalogue = scoring.rating_catalogue()
    inputs = pq.read_table(folder / "rating_input.parquet").slice(0, 1)
    observed = [name for name, source in catalogue.sources.items() if source.measure is not None]
    for name in (
        *observed,
        *catalogue.labels,
        "size_band",
        "previous_band",
        "previous_below_count",
        "previous_score",
    ):
        place = inputs.column_names.index(name)
        kind = inputs.schema.field(name).type
        blank = pa.array([False if pa.types.is_boolean(kind) else None], kind)
        inputs = inputs.set_column(place, name, blank)
    day = local_day(parse_as_of(AS_OF))
    profile = catalogue.profiles[scoring.DEFAULT_PROFILE]
    rated = scoring.rate(inputs, catalogue=catalogue, profile=profile, constants=constants_at(day))
    return float(np.asarray(rated.rating["base"])[0])


def figures(ranked: Ranking, prefix: str, suffix: str = "") -> dict[str, float]:
    """Return the four figures of a ranking."""
    found = {
        "auc": auc(ranked),
        "ap": average_precision(ranked),
        "p100": precision_at(ranked, 100),
        "r5": recall_in_top(ranked, 0.05),
    }
    return {f"{prefix}_{name}{suffix}": round(value, 4) for name, value in found.items()}
