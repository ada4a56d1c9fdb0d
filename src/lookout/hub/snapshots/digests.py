"""What a run's files were when it was published, so that later damage is found and named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from lookout.hub.facts import named_files, swap_text
from lookout.hub.snapshots.ledger import DAMAGED, RECORD, RunRecord, run_folders, snapshot_folder

DIGESTS = "digests.json"


class Digests(TypedDict):
    """SHA-256 of the run's own result files by name, and of the facts it read by path under HOME."""

    results: Mapping[str, str]
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Damage:
    """A file that is gone or no longer what it was; `mend` says what to do, in Chinese."""

    file: Path
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}：{self.what}；{self.mend}"


def digest_of(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_digests(folder: Path) -> Digests | None:
    """Return the digests of a published run; None for a run made before they were kept."""
    try:
        content = json.loads((folder / DIGESTS).read_text("utf-8"))
        return {"results": dict(content["results"]), "facts": dict(content["facts"])}
    except FileNotFoundError:
        return None
    except DAMAGED:
        return None


def write_digests(home: Path, folder: Path, record: RunRecord) -> None:
    """Write the digests of a run into its folder, before its record.

    A file of facts that an earlier run has read keeps the digest it had then: damage since is not
    taken for the truth.
    """
    known = _known_facts(home)
    files = sorted({record.register, *named_files(record.facts.values())} - {""})
    content: Digests = {
        "results": {
            file.name: digest_of(file)
            for file in sorted(folder.iterdir())
            if file.name not in (DIGESTS, RECORD)
        },
        "facts": {file: known.get(file) or digest_of(home / file) for file in files},
    }
    (folder / DIGESTS).write_text(json.dumps(content, indent=1), "utf-8")


def renew_digests(home: Path, made_again: Collection[str]) -> None:
    """Take the digests of facts that were made again from the batches as the right ones from now on.

    A newer version of a library may write the same rows in other bytes.
    """
    for folder in run_folders(home):
        held = read_digests(folder)
        if held is None or not held["facts"].keys() & set(made_again):
            continue
        renewed = {
            file: digest_of(home / file) if file in made_again else digest
            for file, digest in held["facts"].items()
        }
        if renewed != held["facts"]:
            swap_text(folder / DIGESTS, json.dumps({**held, "facts": renewed}, indent=1))


def damaged_results(home: Path, run_id: str) -> Iterator[Damage]:
    """Yield the result files of a run that are gone or changed."""
    folder = snapshot_folder(home, run_id)
    mend = (
        f"请运行 lookout run --rerun {run_id} 重新得到它（目录已改变时从备份恢复 {folder}），其他运行不受影响"
    )
    digests = read_digests(folder)
    for name, digest in (digests["results"] if digests else {}).items():
        yield from _compare(folder / name, digest, mend)


def damaged_facts(home: Path) -> Iterator[Damage]:
    """Yield the files of facts that a kept run has read and that are gone or changed since."""
    for file, digest in sorted(_known_facts(home).items()):
        yield from _compare(home / file, digest, "请运行 lookout refold 从批次重新归并，批次不受影响")


def _known_facts(home: Path) -> dict[str, str]:
    """Return the digest each file of facts had when a kept run first read it."""
    known: dict[str, str] = {}
    for folder in run_folders(home):
        held = read_digests(folder)
        known.update(held["facts"] if held else {})
    return known


def _compare(file: Path, digest: str, mend: str) -> Iterator[Damage]:
    if not file.exists():
        yield Damage(file, "文件缺失", mend)
    elif digest_of(file) != digest:
        yield Damage(file, "内容与写入时不同，已损坏", mend)
