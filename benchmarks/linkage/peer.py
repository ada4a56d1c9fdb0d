"""Splink alone on the same names, and Splink with our clustering on persons."""

from __future__ import annotations

import csv
import gzip
import logging
import time
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.linkage.chinese import DATA, Task
from lookout.hub.linkage import cluster

SURE = 0.9  # match probability above which a pair counts
LIKELY = 0.0001  # of names only the best registered one counts, so the threshold may be low
PERSONS_SHARE = 0.1  # blocking misses pairs of persons: not all of two clusters can have been compared
SEED = 11


def _linker(tables: dict[str, pa.Table], settings: SettingsCreator) -> Linker:
    engine = DuckDBAPI()
    held = [engine.register(table, dataset_display_name=name) for name, table in tables.items()]
    return Linker(held if len(held) > 1 else held[0], settings, log_level=logging.ERROR)


def _arrow(frame: Any) -> pa.Table:
    """Splink's frames carry no types."""
    return frame.as_pyarrow_table()


def splink_names(task: Task) -> tuple[list[int], float]:
    """Let Splink link mentions to registered names by the name alone; return the links and the seconds."""
    begun = time.perf_counter()
    left = pa.table(
        {
            "unique_id": list(range(len(task.mentions))),
            "name": task.mentions,
            "ends": [m[-6:] for m in task.mentions],
        }
    )
    right = pa.table(
        {
            "unique_id": list(range(len(task.registered))),
            "name": task.registered,
            "ends": [m[-6:] for m in task.registered],
        }
    )
    rules: list[Any] = [block_on(f"substr(name, {place}, 4)") for place in (1, 2, 3, 4)]
    settings = SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.97, 0.92, 0.88, 0.8]),
            cl.LevenshteinAtThresholds("ends", [1, 3]),
        ],
        retain_intermediate_calculation_columns=False,
    )
    linker = _linker({"l": left, "r": right}, settings)
    linker.training.estimate_probability_two_random_records_match([block_on("name")], recall=0.1)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("substr(name, 3, 4)"))
    pairs = _arrow(linker.inference.predict(threshold_match_probability=LIKELY))
    best: dict[int, tuple[float, int]] = {}
    columns = (pairs[name].to_pylist() for name in ("unique_id_l", "unique_id_r", "match_probability"))
    for mention, found, sure in zip(*columns, strict=True):
        if (sure, -found) > best.get(mention, (0.0, 0)):
            best[mention] = (sure, -found)
    linked = [task.companies[-best[i][1]] if i in best else -1 for i in range(len(task.mentions))]
    return linked, time.perf_counter() - begun


def _score(
    found: Iterable[tuple[object, object]], true: AbstractSet[tuple[object, object]]
) -> tuple[float, float, float]:
    made = set(found)
    right = sum(pair in true for pair in made)
    precision, recall = right / max(len(made), 1), right / max(len(true), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _febrl_rows(name: str) -> list[dict[str, str]]:
    with gzip.open(DATA / "febrl" / name, "rt", encoding="utf-8") as handle:
        return [{k.strip(): v.strip() for k, v in row.items()} for row in csv.DictReader(handle)]


def febrl() -> tuple[tuple[float, float, float], float]:
    """Link the two halves of FEBRL 4; the ids give the truth. Return the figures and rows per second."""
    sides = [_febrl_rows(f"dataset4{half}.csv.gz") for half in "ab"]
    begun = time.perf_counter()
    columns = (
        "given_name",
        "surname",
        "street_number",
        "address_1",
        "suburb",
        "postcode",
        "date_of_birth",
        "soc_sec_id",
    )
    tables = [
        pa.table(
            {"unique_id": [r["rec_id"] for r in rows], **{c: [r[c] or None for r in rows] for c in columns}}
        )
        for rows in sides
    ]
    keys = (
        "soc_sec_id",
        "date_of_birth",
        "postcode, surname",
        "given_name, surname",
        "address_1",
        "given_name, postcode",
    )
    settings = SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=[block_on(*key.split(", ")) for key in keys],
        comparisons=[
            cl.JaroWinklerAtThresholds("given_name", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]),
            cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.LevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number"),
            cl.LevenshteinAtThresholds("postcode", [1, 2]),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
        ],
    )
    linker = _linker(dict(zip("ab", tables, strict=True)), settings)
    linker.training.estimate_probability_two_random_records_match([block_on("soc_sec_id")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("postcode"))
    pairs = _arrow(linker.inference.predict(threshold_match_probability=0.5))
    found = zip(pairs["unique_id_l"].to_pylist(), pairs["unique_id_r"].to_pylist(), strict=True)
    true = {(f"rec-{n}-org", f"rec-{n}-dup-0") for n in range(len(sides[0]))}
    true = {pair for pair in true if pair[0] in {r["rec_id"] for r in sides[0]}}
    figures = _score(found, true)
    return figures, sum(map(len, sides)) / (time.perf_counter() - begun)


def historical(
    file: Path | None = None,
) -> tuple[tuple[float, float, float], tuple[float, float, float], float]:
    """Find the persons among 50,000 misspelt rows: pairs in our clusters, in Splink's own, rows a second."""
    table = pq.read_table(file or DATA / "splink" / "historical_figures_with_errors_50k.parquet")
    begun = time.perf_counter()
    rules: list[Any] = [
        block_on("substr(first_name, 1, 3)", "substr(surname, 1, 4)"), block_on("surname", "dob"),
        block_on("first_name", "dob"), block_on("postcode_fake", "first_name"), block_on("postcode_fake", "surname"),
        block_on("dob", "birth_place"), block_on("dob", "postcode_fake"), block_on("postcode_fake", "occupation"),
        block_on("full_name"),
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            cl.ForenameSurnameComparison("first_name", "surname"),
            cl.LevenshteinAtThresholds("dob", [1, 2]),
            cl.LevenshteinAtThresholds("postcode_fake", [1, 2]),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
    )
    linker = _linker({"p": table.select([n for n in table.column_names if n != "cluster"])}, settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("first_name", "surname", "dob")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=SEED)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "surname"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("dob"))
    predicted = linker.inference.predict(threshold_match_probability=0.1)
    pairs = _arrow(predicted)
    ids = table["unique_id"].to_pylist()
    place = {name: number for number, name in enumerate(ids)}
    columns = (pairs[name].to_pylist() for name in ("unique_id_l", "unique_id_r", "match_probability"))
    scored = [(place[a], place[b], round(p * 1000)) for a, b, p in zip(*columns, strict=True)]
    ours = cluster(scored, threshold=300, codes={}, share=PERSONS_SHARE)
    seconds = time.perf_counter() - begun
    theirs = _arrow(linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, SURE))
    true = _pairs(dict(enumerate(table["cluster"].to_pylist())))
    splink = {
        place[u]: c
        for u, c in zip(theirs["unique_id"].to_pylist(), theirs["cluster_id"].to_pylist(), strict=True)
    }
    return _score(_pairs(ours), true), _score(_pairs(splink), true), len(ids) / seconds


def _pairs(groups: Mapping[int, object]) -> set[tuple[object, object]]:
    members: dict[object, list[int]] = {}
    for member, group in groups.items():
        members.setdefault(group, []).append(member)
    return {
        (a, b)
        for group in members.values()
        for i, a in enumerate(sorted(group))
        for b in sorted(group)[i + 1 :]
    }
