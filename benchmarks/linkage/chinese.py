"""Chinese names: a register composed from real names, mentions corrupted, and who finds whom."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.linkage.corruption import CITIES, PROVINCES, Name, branch_of, composed, corrupt, neighbours
from lookout.hub.linkage import dissect, lexicon, match
from lookout.hub.resolution import normalise_name
from lookout.hub.store import DuckDBStore

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LISTED = DATA / "chain_kg" / "company.json.gz"
NAMES = DATA / "names" / "Company-Shorter-Form_28W.txt.gz"
SEED = 20_261_122
ABSENT, BRANCH, FORMER = 0.10, 0.03, 0.05


@dataclass(frozen=True)
class Task:
    """Registered names with the number of their company, and mentions with the number meant (−1 for nobody)."""

    registered: list[str]
    companies: list[int]
    mentions: list[str]
    meant: list[int]
    kinds: list[str]


def _half(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0] % 2


def _listed(half: int, file: Path) -> list[Name]:
    """Cut the full names of listed companies at their plain ends only; what is between stays in one piece."""
    opener = gzip.open if file.suffix == ".gz" else open
    with opener(file, "rt", encoding="utf-8") as handle:
        rows = [json.loads(line)["fullname"] for line in handle if line.strip()]
    found = []
    for text in sorted(set(rows)):
        if _half(text) != half and half >= 0:
            continue
        form = next((f for f in ("集团股份有限公司", "股份有限公司", "有限公司") if text.endswith(f)), "")
        rest = text.removesuffix(form)
        region = next((r for r in (*CITIES, *PROVINCES) if rest.startswith(r) and len(rest) - len(r) > 3), "")
        rest = rest.removeprefix(region)
        suffix = next((s for s in "省市" if region and rest.startswith(s)), "")
        rest = rest.removeprefix(suffix)
        found.append(Name(region, rest, "", form, suffix))
    return found


def _brands(half: int, file: Path) -> list[str]:
    with gzip.open(file, "rt", encoding="utf-8-sig") as handle:
        words = [line.strip() for line in handle]
    good = re.compile(r"^[一-鿿]{2,4}$")
    return [word for word in words if good.match(word) and (half < 0 or _half(word) == half)]


def make_task(half: int, companies: int, listed: Path = LISTED, names: Path = NAMES) -> Task:
    """Compose a task from one half of the names (0 to tune on, 1 to report, −1 both)."""
    rng = random.Random(SEED + half)  # noqa: S311  a benchmark wants the same numbers each time
    brands = _brands(half, names)
    rng.shuffle(brands)
    entries = [*_listed(half, listed), *(composed(rng, brand) for brand in brands[:companies])]
    strangers = [other for name in entries for other in neighbours(rng, name, brands)]
    entries = list({name.text: name for name in entries}.values())
    taken = {name.text for name in entries}
    strangers = list({name.text: name for name in strangers if name.text not in taken}.values())
    registered: list[str] = []
    numbers: list[int] = []
    mentions: list[str] = []
    meant: list[int] = []
    kinds: list[str] = []
    for number, name in enumerate(entries):
        dice = rng.random()
        if dice < ABSENT:
            mention, kind = corrupt(rng, name)
            entry = (mention, -1, f"absent {kind}")
        elif dice < ABSENT + BRANCH:
            registered.append(name.text)
            numbers.append(number)
            entry = (branch_of(rng, name), -1, "branch")
        else:
            registered.append(name.text)
            numbers.append(number)
            mention, kind = corrupt(rng, name)
            if dice > 1 - FORMER:
                former = composed(rng, rng.choice(brands))
                registered.append(former.text)
                numbers.append(number)
                mention, kind = corrupt(rng, former)
                kind = f"former {kind}"
            entry = (mention, number, kind)
        mentions.append(entry[0])
        meant.append(entry[1])
        kinds.append(entry[2])
    for number, name in enumerate(strangers, len(entries)):
        registered.append(name.text)
        numbers.append(number)
    return Task(registered, numbers, mentions, meant, kinds)


def resolve(task: Task, threads: int = 0) -> tuple[list[int], float]:
    """Return whom each mention is linked to (−1 nobody), and the seconds from plain names to links."""
    begun = time.perf_counter()
    words = lexicon()
    registered = [normalise_name(name) for name in task.registered]
    owners: dict[str, int] = {}
    for name, number in zip(registered, task.companies, strict=True):
        owners[name] = number if owners.get(name, number) == number else -1
    names = [normalise_name(name) for name in task.mentions]
    answer = {name: owners[name] for name in names if owners.get(name, -1) >= 0}
    rest = sorted({name for name in names if name not in answer})
    store = DuckDBStore(memory_limit="6GB", threads=threads)
    try:
        found = match(
            store,
            dissect(rest, words),
            dissect(registered, words),
            pa.array(task.companies, pa.int32()),
            words,
        )
    finally:
        store.close()
    links = found.filter(pc.equal(found["decision"], "link"))
    answer |= dict(zip(links["name"].to_pylist(), links["company_key"].to_pylist(), strict=True))
    return [answer.get(name, -1) for name in names], time.perf_counter() - begun


def figures(task: Task, linked: list[int]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the links."""
    right = sum(a == b >= 0 for a, b in zip(linked, task.meant, strict=True))
    made, wanted = sum(a >= 0 for a in linked), sum(b >= 0 for b in task.meant)
    precision, recall = right / max(made, 1), right / max(wanted, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def misses(task: Task, linked: list[int]) -> tuple[Counter[str], Counter[str]]:
    """Count by kind of corruption the links that are wrong and the mentions that were not found."""
    wrong: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for found, meant, kind in zip(linked, task.meant, task.kinds, strict=True):
        if found >= 0 and found != meant:
            wrong[kind] += 1
        elif found < 0 <= meant:
            lost[kind] += 1
    return wrong, lost
