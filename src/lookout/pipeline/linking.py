"""Judgements of stewards: each lands as a batch of its own, so that it is kept, dated and can be undone."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from lookout.contracts import contracts
from lookout.hub.facts import Facts
from lookout.hub.landing import land, list_batches
from lookout.hub.linkage import Judgement, Verb
from lookout.hub.reading.queue import JudgementRow, judgements
from lookout.hub.resolution import is_pointer
from lookout.hub.store import DuckDBStore
from lookout.kernel.clock import naive_local
from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import Scheme, is_uscc
from lookout.sources import Delivery

TABLE = "resolution_judgement"
SOURCE = "stewards"
LONGEST_REASON = 500
Subject = tuple[str, str]  # scheme, identifier


def judge(
    home: Path,
    verb: str,
    left: Subject,
    right: Subject,
    *,
    by: str,
    reason: str,
    at: datetime,
    personal_key: bytes,
    score: int | None = None,
) -> str:
    """Land a judgement on two subjects and return its number. The next run follows it.

    `left` is a name (link, separate) or a code (merge, split), `right` the code of a company we know.
    Raises DataError naming everything that does not fit.
    """
    wall = naive_local(at) if at.tzinfo else at
    faults = _faults(home, verb, left, right, by, reason)
    if faults:
        raise DataError("；".join(faults))
    return _land(home, _row(verb, left, right, by, reason, wall, score, ""), wall, personal_key)


def undo(home: Path, judgement_no: str, *, by: str, reason: str, at: datetime, personal_key: bytes) -> str:
    """Land the undoing of a judgement (or of an undoing) and return its own number.

    Raises DataError when there is no such judgement or it does not count any more.
    """
    wall = naive_local(at) if at.tzinfo else at
    known = {row.judgement.judgement_no: row for row in history(home)}
    if judgement_no not in known:
        raise DataError(f"没有编号为“{judgement_no}”的判断；用 lookout judgements 查看")
    found = known[judgement_no]
    if _is_undone(judgement_no, [row.judgement for row in known.values()]):
        raise DataError(f"判断 {judgement_no} 已经撤销，不必再撤销")
    if not by.strip():
        raise DataError("没有写明判断人")
    one = found.judgement
    return _land(
        home,
        _row(Verb.UNDO, one.left, one.right, by, reason, wall, one.score, judgement_no),
        wall,
        personal_key,
    )


def _is_undone(judgement_no: str, every: Sequence[Judgement]) -> bool:
    undoings = [one for one in every if one.verb is Verb.UNDO and one.undoes == judgement_no]
    return any(not _is_undone(one.judgement_no, every) for one in undoings)


def history(home: Path) -> list[JudgementRow]:
    """Return all judgements, newest first."""
    return judgements(home, list_batches(home))


def _faults(home: Path, verb: str, left: Subject, right: Subject, by: str, reason: str) -> list[str]:
    faults = []
    if verb not in {*Verb} - {Verb.UNDO}:
        faults.append(f"没有“{verb}”这种判断；应为 link、separate、merge、split 之一")
    about_name = verb in {Verb.LINK, Verb.SEPARATE}
    if about_name != (left[0] == Scheme.NAME):
        faults.append("link 与 separate 的左方应为名称，merge 与 split 的左方应为代码")
    if not left[1].strip():
        faults.append("没有给出左方的名称或代码")
    if left == right:
        faults.append("左右两方相同")
    if not by.strip():
        faults.append("没有写明判断人")
    if len(reason) > LONGEST_REASON:
        faults.append(f"理由超过 {LONGEST_REASON} 字")
    for scheme, identifier in [right] if about_name else [left, right]:
        if not _is_known(home, scheme, identifier):
            faults.append(f"没有代码为“{identifier}”的企业；请核对代码，或先导入它的登记信息")
    return faults


def _is_known(home: Path, scheme: str, identifier: str) -> bool:
    facts = Facts.read(home)
    if not facts.register:
        return False
    store = DuckDBStore()
    try:
        store.read_parquet("register", [home / facts.register])
        found = store.query(
            f"SELECT 1 AS n FROM register WHERE scheme = ? AND identifier = ? AND NOT {is_pointer('scheme')} LIMIT 1",
            [scheme, identifier],
        )
        return bool(found.num_rows)
    finally:
        store.close()


def _row(
    verb: str,
    left: Subject,
    right: Subject,
    by: str,
    reason: str,
    at: datetime,
    score: int | None,
    undoes: str,
) -> dict[str, object]:
    moment = at.replace(microsecond=0).isoformat()
    made_from = json.dumps([verb, *left, *right, by, at.isoformat(), undoes], ensure_ascii=False)
    digest = hashlib.sha256(made_from.encode()).hexdigest()[:6].upper()
    return {
        "judgement_no": f"J{at:%Y%m%d%H%M%S}{digest}",
        "verb": str(verb),
        "uscc": right[1] if right[0] == Scheme.USCC and is_uscc(right[1]) else None,
        "left_scheme": left[0],
        "left_identifier": left[1],
        "right_scheme": right[0],
        "right_identifier": right[1],
        "score": score,
        "reason": reason.strip() or None,
        "judged_by": by,
        "undoes": undoes or None,
        "judged_on": at.date().isoformat(),
        "judged_at": moment,
    }


def _land(home: Path, row: Mapping[str, object], at: datetime, personal_key: bytes) -> str:
    with tempfile.TemporaryDirectory(prefix="lookout-") as folder:
        file = Path(folder) / f"{row['judgement_no']}.jsonl"
        file.write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
        delivery = Delivery(file, file.name, SOURCE, TABLE, at)
        receipt = land(home, delivery, contracts=contracts(), personal_key=personal_key, ingested_at=at)
    if receipt.batch.rejected:
        raise DataError(f"判断没有入库：{receipt.sentence}请核对名称与代码")
    return str(row["judgement_no"])
