"""The log and the verifier: durable appends, proofs and a whole check at a million leaves, every byte flipped.

python -m benchmarks proof [--leaves N] [--batch N] [--flip-every N] [--home FOLDER]
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.workplace import Teller, home_folder
from lookout.kernel.clock import SHANGHAI
from lookout.proof import Entry, Log, publish_head, sha256_hex, sm3_hex
from lookout.proof.authority import open_authority
from lookout.proof.merkle import leaf_hash, verify_inclusion
from lookout.proof.offline.report import ALL_RIGHT, NOT_ALL_CHECKED, verify
from lookout.proof.offline.seals import Outside
from lookout.proof.package import Item, write_package
from lookout.proof.signing import Signer
from lookout.proof.stamps import BuiltInAuthority

AT = datetime(2026, 11, 22, 12, tzinfo=SHANGHAI)
PROOFS = 2000
SINGLES = 200
PHOTO = 8192  # bytes of the small package's item
NOTHING_BROUGHT = Outside([], [], None, [])


def main(arguments: Sequence[str]) -> dict[str, object]:
    """Measure and return the figures; times are seconds unless the name says otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks proof", description=__doc__)
    parser.add_argument("--leaves", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=5000, help="entries appended together, durably")
    parser.add_argument("--flip-every", type=int, default=1, help="1: each byte of the package in turn")
    parser.add_argument("--home", type=Path, help="where to work; the log stays there")
    chosen = parser.parse_args(arguments)
    tell = Teller()
    with home_folder(chosen.home) as home:
        log = Log(home / "log")
        return {
            **_append(log, chosen.leaves, chosen.batch, tell),
            **_one_by_one(log, tell),
            **_prove(log, tell),
            **_check(log, tell),
            **_flip(home, chosen.flip_every, tell),
        }


def _entry(number: int) -> Entry:
    digest = f"{number:064x}"
    return Entry("deposit", f"D{number}", digest, digest, AT, "chen")


def _append(log: Log, leaves: int, batch: int, tell: Teller) -> dict[str, object]:
    tell("append")
    spent = computed = 0.0
    for start in range(0, leaves, batch):
        entries = [_entry(number) for number in range(start, min(start + batch, leaves))]
        begun, busy = time.perf_counter(), time.process_time()
        log.append(entries)
        spent += time.perf_counter() - begun
        computed += time.process_time() - busy
    return {
        "leaves": leaves,
        "batch": batch,
        "leaves_per_second": round(leaves / spent),
        # On a machine that others use too, the wall clock tells more of them than of the log.
        "leaves_per_cpu_second": round(leaves / computed),
        "log_bytes_per_leaf": round(sum(file.stat().st_size for file in log.folder.iterdir()) / leaves),
    }


def _one_by_one(log: Log, tell: Teller) -> dict[str, object]:
    tell("append one at a time, once")
    times = []
    for number in range(min(SINGLES, log.size // 10)):
        entry = _entry(10**9 + number)
        begun = time.perf_counter()
        log.append_once([entry])
        times.append(time.perf_counter() - begun)
    return {"one_entry_once_p95_ms": _p95(times)}


def _prove(log: Log, tell: Teller) -> dict[str, object]:
    tell("prove")
    size, random = log.size, Random(1)  # noqa: S311  the places to prove, not a secret
    times, consistency, found = [], [], []
    for _ in range(min(PROOFS, size)):
        index = random.randrange(size)
        begun = time.perf_counter()
        proof = log.inclusion(index)
        times.append(time.perf_counter() - begun)
        if not verify_inclusion(leaf_hash(log.leaf(index)), index, size, proof.path, log.root()):
            raise RuntimeError(f"the proof of entry {index} does not hold")
        begun = time.perf_counter()
        log.consistency(index + 1)
        consistency.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        log.find("deposit", f"D{index}")
        found.append(time.perf_counter() - begun)
    return {
        "inclusion_p50_ms": round(median(times) * 1000, 3),
        "inclusion_p95_ms": _p95(times),
        "consistency_p95_ms": _p95(consistency),
        "find_p95_ms": _p95(found),
    }


def _check(log: Log, tell: Teller) -> dict[str, object]:
    tell("check the whole log")
    begun, busy = time.perf_counter(), time.process_time()
    findings = log.check()
    if findings:
        raise RuntimeError(str(findings[0]))
    return {
        "check_seconds": round(time.perf_counter() - begun, 2),
        "check_cpu_seconds": round(time.process_time() - busy, 2),
    }


def _flip(home: Path, every: int, tell: Teller) -> dict[str, object]:
    """Flip a bit of each byte of a small package in turn and let the verifier look for it."""
    tell("flip every byte of a package")
    content = _small_package(home).read_bytes()
    begun = time.perf_counter()
    if verify(io.BytesIO(content), len(content), NOTHING_BROUGHT).code not in (ALL_RIGHT, NOT_ALL_CHECKED):
        raise RuntimeError("the package is not right to begin with")
    one = time.perf_counter() - begun
    places = range(0, len(content), every)
    begun = time.perf_counter()
    with multiprocessing.Pool(os.cpu_count()) as pool:
        results = pool.map(partial(_look_for, content), places, chunksize=256)
    return {
        "package_bytes": len(content),
        "verify_seconds": round(one, 3),
        "flipped_bytes": len(places),
        "flipped_found": sum(is_found for is_found, _ in results),
        "flipped_named_to_the_byte": sum(is_exact for _, is_exact in results),
        "flip_seconds": round(time.perf_counter() - begun, 1),
    }


def _look_for(content: bytes, at: int) -> tuple[bool, bool]:
    """Tell whether a flipped byte is found, and whether it alone is named."""
    changed = content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]
    verdict = verify(io.BytesIO(changed), len(changed), NOTHING_BROUGHT)
    spans = [finding.span for finding in verdict.findings if finding.level == "wrong"]
    return verdict.code not in (ALL_RIGHT, NOT_ALL_CHECKED), spans == [(at, at + 1)]


def _small_package(home: Path) -> Path:
    photo = Random(2).randbytes(PHOTO)  # noqa: S311  any bytes will do
    log = Log(home / "small" / "log")
    [index] = log.append([Entry("deposit", "D1", sha256_hex(photo), sm3_hex(photo), AT, "chen")])
    authority = open_authority(home / "small" / "authority", now=AT)
    signer = Signer.of_authority(authority)
    stamper = BuiltInAuthority(authority.folder, lambda: AT, authority=authority)
    head = publish_head(log, signer, stamper, AT)
    item = Item("photo.jpg", photo, "image/jpeg", sha256_hex(photo), sm3_hex(photo))
    return write_package(
        home / "small" / "package.zip",
        [item],
        log=log,
        indices=[index],
        head=head,
        signer=signer,
        at=AT + timedelta(seconds=1),
    ).path


def _p95(times: list[float]) -> float:
    return round(sorted(times)[int(len(times) * 0.95)] * 1000, 3)
