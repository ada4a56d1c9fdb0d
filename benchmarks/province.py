"""The synthetic province against its planted truth: monthly runs over the last year, as they would have been."""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import pyarrow as pa

from benchmarks.workplace import Teller, home_folder, ingest, rate
from lookout.demo import load_scenario, simulate
from lookout.kernel.clock import end_of_day

WARM_UP = 3  # runs before the first measured one, so that bands have settled
DISPATCHED = ("red", "orange")  # bands that send somebody to look
WARNED = (*DISPATCHED, "yellow")


@dataclass(frozen=True)
class Truth:
    """What one company really is; the days are those of a scheme, None when they do not come."""

    group: str  # scheme | shell | confounder | ordinary
    kind: str
    activity_class: str
    started_on: date | None
    collapsed_on: date | None
    confirmed_on: date | None

    def runs_on(self, day: date) -> bool:
        """Tell whether this is a scheme that has begun by a day."""
        return self.group == "scheme" and self.started_on is not None and self.started_on <= day

    def is_known_on(self, day: date) -> bool:
        """Tell whether an authority has confirmed it by a day: finding it again is no merit."""
        return self.confirmed_on is not None and self.confirmed_on <= day


@dataclass(frozen=True)
class Month:
    """What one run said: companies in the order of the list, and the band of each."""

    day: date
    ranked: tuple[str, ...]
    bands: dict[str, str]


def main(arguments: list[str]) -> dict[str, float]:
    """Simulate, ingest, run month by month, compare."""
    options = _options(arguments)
    tell = Teller()
    scenario = load_scenario(options.scenario)
    days = month_ends(scenario.as_of, WARM_UP + options.months)
    with home_folder(options.home) as home:
        tell("simulate")
        raw = home / "province"
        simulate(raw, companies=options.companies, seed=options.seed, scenario=scenario)
        truth = read_truth(raw / "truth.csv")
        ingest(home, raw, tell)
        months = []
        for day in days:
            print(f"{tell.seconds:7.1f} s  as of {day}", file=sys.stderr)
            months.append(month_of(day, rate(home, end_of_day(day), tell)[1]))
    measured = figures(truth, months[WARM_UP:])
    return {"companies": options.companies, **measured, "seconds": tell.seconds}


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks province", description=__doc__)
    parser.add_argument("--scenario", "--test", type=Path, help="another province: a scenario file")
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--months", type=int, default=12, help="measured runs, one at each end of month")
    parser.add_argument("--home", type=Path, help="keep everything here instead of a temporary folder")
    return parser.parse_args(arguments)


def month_ends(last: date, count: int) -> list[date]:
    """Return a day and the ends of the months before it, oldest first."""
    days = [last]
    while len(days) < count:
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    return days[::-1]


def read_truth(path: Path) -> dict[str, Truth]:
    """Return USCC → truth."""

    def day(text: str) -> date | None:
        return date.fromisoformat(text) if text else None

    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["uscc"]: Truth(
                row["group"],
                row["kind"],
                row["activity_class"],
                day(row["started_on"]),
                day(row["collapsed_on"]),
                day(row["confirmed_on"]),
            )
            for row in csv.DictReader(file)
        }


def month_of(day: date, listing: pa.Table) -> Month:
    """Return what a run's list says of rated companies: by score as the desk sorts it, grey ones last by base."""
    rows = listing.select(["identifier", "score", "base", "band", "is_rated"]).to_pylist()
    rated = [row for row in rows if row["is_rated"] and row["base"] is not None]
    rated.sort(key=lambda row: (row["score"] is None, -(row["score"] or 0), -row["base"], row["identifier"]))
    return Month(
        day, tuple(row["identifier"] for row in rated), {row["identifier"]: row["band"] for row in rated}
    )


def precision_in_first(truth: dict[str, Truth], month: Month, count: int) -> float | None:
    """Return the share of running schemes among the first `count` that no authority has confirmed yet."""
    open_ones = [code for code in month.ranked if code in truth and not truth[code].is_known_on(month.day)]
    first = open_ones[:count]
    return sum(truth[code].runs_on(month.day) for code in first) / len(first) if first else None


def first_warnings(months: Sequence[Month], bands: tuple[str, ...]) -> dict[str, date]:
    """Return code → first day on which a company stood in one of the bands."""
    found: dict[str, date] = {}
    for month in months:
        for code, band in month.bands.items():
            if band in bands:
                found.setdefault(code, month.day)
    return found


def lead_times(
    truth: dict[str, Truth], months: Sequence[Month], bands: tuple[str, ...]
) -> dict[str, int | None]:
    """Return code → days between first warning and collapse, for schemes that collapsed in the measured time.

    None: not warned before the collapse.
    """
    warned = first_warnings(months, bands)
    leads: dict[str, int | None] = {}
    for code, one in truth.items():
        if one.group == "scheme" and one.collapsed_on and months[0].day < one.collapsed_on <= months[-1].day:
            lead = (one.collapsed_on - warned[code]).days if code in warned else 0
            leads[code] = lead if lead > 0 else None
    return leads


def false_alarms(truth: dict[str, Truth], months: Sequence[Month]) -> dict[str, float]:
    """Return kind → share of its companies ever sent to inspection, for all that are no schemes."""
    warned = first_warnings(months, DISPATCHED)
    everybody: Counter[str] = Counter()
    alarmed: Counter[str] = Counter()
    for code, one in truth.items():
        if one.group in ("confounder", "ordinary"):
            everybody[one.kind] += 1
            alarmed[one.kind] += code in warned
    return {kind: alarmed[kind] / everybody[kind] for kind in sorted(everybody)}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _share_found(leads: Iterable[int | None]) -> float | None:
    return _mean(float(lead is not None) for lead in leads)


def figures(truth: dict[str, Truth], months: Sequence[Month]) -> dict[str, float]:
    """Return the flat figures; what could not be measured is absent."""
    leads = lead_times(truth, months, DISPATCHED)
    found = [lead for lead in leads.values() if lead is not None]
    by_class: dict[str, list[int | None]] = defaultdict(list)
    for code, lead in leads.items():
        by_class[truth[code].activity_class].append(lead)
    measured: dict[str, float | None] = {
        "schemes": float(sum(one.group == "scheme" for one in truth.values())),
        "collapsed": float(len(leads)),
        "precision_50": _mean(precision_in_first(truth, month, 50) for month in months),
        "precision_100": _mean(precision_in_first(truth, month, 100) for month in months),
        "recall": _share_found(leads.values()),
        "recall_with_yellow": _share_found(lead_times(truth, months, WARNED).values()),
        "lead_days": median(found) if found else None,
        **{f"recall_{name}": _share_found(group) for name, group in sorted(by_class.items())},
        **{f"false_alarms_{kind}": share for kind, share in false_alarms(truth, months).items()},
    }
    return {name: round(value, 4) for name, value in measured.items() if value is not None}
