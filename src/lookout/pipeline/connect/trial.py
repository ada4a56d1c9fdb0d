"""Try a file without landing anything: what would be accepted, refused, new, corrected, and whose it is."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.contracts import Table, contracts
from lookout.hub.facts import MANIFEST, Facts, Visible, open_facts, read_columns
from lookout.hub.facts.files import landed_columns
from lookout.hub.landing import Batch, BatchVault, Tokens, fact_schema, list_batches, store_facts
from lookout.hub.quality import Checker
from lookout.hub.resolution import is_pointer, lookup_sql, normalise_name
from lookout.hub.store import DuckDBStore, Store
from lookout.kernel.errors import DataError
from lookout.kernel.identifiers import Scheme
from lookout.sources import LateColumns, Mapping, load_mapping, plan_layout, stream_file

_QUOTED = re.compile("“[^”]*”")
_MOST_REASONS, _MOST_EXAMPLES = 10, 3


@dataclass
class Reason:
    """One reason of refusal: how many cells, and a few of them (line, value masked where personal)."""

    column: str
    reason: str
    cells: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Trial:
    """What landing a file would do. Rows are counted; None where it cannot be told before a first run.

    `new`, `corrected` and `unchanged` compare accepted rows with what is known under their keys; `later_line`
    are rows that a later line of the file replaces. `by_code` … `unknown` count subjects, not rows.
    `left_out` are lines that the mapping says are no data, each with the word it begins with.
    `landed_as`: the batch that already is this file, or says the same.
    """

    file: str
    table: str
    table_zh: str
    rows: int
    accepted: int
    rejected: int
    doubled: int
    later_line: int
    new: int
    corrected: int
    unchanged: int
    by_code: int | None
    new_codes: int | None
    by_name: int | None
    ambiguous: int | None
    unknown: int | None
    unread: tuple[str, ...]
    reasons: tuple[Reason, ...]
    landed_as: int | None
    landed_file: str
    left_out: tuple[tuple[int, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the trial as JSON values."""
        return asdict(self)


def try_file(
    home: Path,
    path: Path,
    *,
    table: str,
    mapping: Path | None,
    delivered_at: datetime,
    personal_key: bytes,
    memory_limit: str = "",
    spill: Path | None = None,
) -> Trial:
    """Read and check a file as landing would, and compare it with what is known; nothing is written to the home.

    `delivered_at` is Shanghai wall time. Raises FileProblem for a file or mapping that cannot be used.
    """
    if table not in contracts():
        raise DataError(f"没有名为“{table}”的表；用 --table 给出表名，如 --table company")
    form = load_mapping(mapping, contracts()) if mapping else None
    with tempfile.TemporaryDirectory(prefix="lookout-try-") as folder:
        facts = Path(folder) / "facts.parquet"
        test = _Test(contracts()[table], form, delivered_at, personal_key)
        try:
            test.read(path, facts, all_columns=False)
        except LateColumns:
            test = _Test(contracts()[table], form, delivered_at, personal_key)
            test.read(path, facts, all_columns=True)
        store = DuckDBStore(spill=spill or Path(folder) / "spill", memory_limit=memory_limit)
        try:
            return _trial(store, home, path, test, facts)
        finally:
            store.close()


class _Test:
    """The file read and checked into a passing file of facts."""

    def __init__(self, table: Table, form: Mapping | None, known_at: datetime, personal_key: bytes) -> None:
        self.table = table
        self.form = form
        self.known_at = known_at
        self.tokens = Tokens(personal_key)
        self.checker = Checker(table, known_at.date())
        self.unread: tuple[str, ...] = ()
        self.counts: Counter[str] = Counter()
        self.left_out: list[tuple[int, str]] = []
        self.reasons: dict[tuple[str, str], Reason] = {}
        self._vault = BatchVault(personal_key, os.urandom(32))

    def read(self, path: Path, facts: Path, *, all_columns: bool) -> None:
        """Check piece by piece."""
        form = self.form or Mapping(table=self.table.name)
        stream = stream_file(path, form=form.file_form, all_columns=all_columns)
        layout = plan_layout(path.name, stream.headers, self.table, self.form)
        self.unread = layout.unread
        with pq.ParquetWriter(facts, fact_schema(self.table)) as writer:
            for piece in stream.pieces:
                checked = self.checker.check(piece, layout.over(piece))
                rows, _ = store_facts(
                    self.table,
                    checked,
                    known_at=self.known_at,
                    batch_no=0,
                    tokens=self.tokens,
                    vault=self._vault,
                )
                writer.write_table(rows)
                self.counts.update(
                    rows=checked.rows,
                    accepted=rows.num_rows,
                    rejected=checked.rejected,
                    doubled=checked.doubled,
                )
                self.left_out += piece.left_out
                self._note(checked.rejects)

    def _note(self, rejects: pa.Table) -> None:
        """Group what differs only in the values quoted."""
        for cell in rejects.select(["line", "column", "value", "reason"]).to_pylist():
            key = (cell["column"], _QUOTED.sub("“…”", cell["reason"]))
            reason = self.reasons.setdefault(key, Reason(*key))
            reason.cells += 1
            if len(reason.examples) < _MOST_EXAMPLES:
                reason.examples.append((cell["line"], cell["value"]))


def _trial(store: Store, home: Path, path: Path, test: _Test, facts: Path) -> Trial:
    batches = [batch for batch in list_batches(home) if batch.withdrawn_at is None]
    table = test.table
    read_columns(store, "landed_incoming", [facts], landed_columns(table))
    _normal_names(store, "landed_incoming", "incoming", table)
    compared = _compared(store, home, table, batches)
    subjects = _subjects(store, home, batches)
    landed = _landed(batches, path, test)
    worst = sorted(test.reasons.values(), key=lambda reason: (-reason.cells, reason.column, reason.reason))
    for reason in worst:
        reason.column = table.columns[reason.column].zh if reason.column in table.columns else reason.column
    return Trial(
        file=path.name,
        table=table.name,
        table_zh=table.zh,
        rows=test.counts["rows"],
        accepted=test.counts["accepted"],
        rejected=test.counts["rejected"],
        doubled=test.counts["doubled"],
        later_line=test.checker.versions,
        new=compared["new"],
        corrected=compared["corrected"],
        unchanged=compared["unchanged"],
        by_code=subjects["by_code"],
        new_codes=subjects["new_codes"],
        by_name=subjects["by_name"],
        ambiguous=subjects["ambiguous"],
        unknown=subjects["unknown"],
        unread=test.unread,
        reasons=tuple(worst[:_MOST_REASONS]),
        landed_as=landed.batch_no if landed else None,
        landed_file=landed.file if landed else "",
        left_out=tuple(test.left_out),
    )


def _landed(batches: list[Batch], path: Path, test: _Test) -> Batch | None:
    """Return the batch that is this very file, or the newest that says exactly the same."""
    with path.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    identity = (sha256, test.table.name, test.form.digest if test.form else None)
    content = test.tokens.token_of_content(test.checker.content)
    same = [
        batch
        for batch in batches
        if batch.identity == identity
        or (batch.table == test.table.name and batch.accepted and batch.content == content)
    ]
    return max(same, key=lambda batch: batch.batch_no, default=None)


def _compared(store: Store, home: Path, table: Table, batches: list[Batch]) -> dict[str, int]:
    """Count accepted rows by what is known under their keys; of doubled keys in the file the last line counts."""
    _put_known(store, home, table, batches)
    key = ", ".join(f'"{column}"' for column in table.version_key)
    same_key = " AND ".join(f'k."{column}" IS NOT DISTINCT FROM i."{column}"' for column in table.version_key)
    values = [column for column in table.store_columns if column not in table.version_key]
    equal = " AND ".join(f'k."{column}" IS NOT DISTINCT FROM i."{column}"' for column in values) or "TRUE"
    store.table(
        "newest_known",
        f"SELECT * FROM (SELECT k.*, row_number() OVER (PARTITION BY {key} "
        f"ORDER BY known_at DESC, batch_no DESC, line DESC) AS age FROM known AS k) AS k WHERE age = 1",
    )
    counted = store.query(
        f"""
        SELECT count(*) AS all_rows, count(k.line) AS met,
               coalesce(sum(CASE WHEN k.line IS NOT NULL AND {equal} THEN 1 ELSE 0 END), 0) AS equal_rows
        FROM (SELECT * FROM (SELECT i.*, row_number() OVER (PARTITION BY {key} ORDER BY line DESC) AS age
                             FROM incoming AS i) AS i WHERE age = 1) AS i
        LEFT JOIN newest_known AS k ON {same_key}
        """
    ).to_pylist()[0]
    return {
        "new": counted["all_rows"] - counted["met"],
        "corrected": counted["met"] - int(counted["equal_rows"]),
        "unchanged": int(counted["equal_rows"]),
    }


def _normal_names(store: Store, landed: str, name: str, table: Table) -> None:
    """Name the rows with the names of their subjects in the form in which the fold keeps them."""
    is_name = f"subject_scheme = '{Scheme.NAME}'"
    spelled = store.query(f"SELECT DISTINCT subject_value FROM {landed} WHERE {is_name}")["subject_value"]
    texts = spelled.to_pylist()
    normal = pa.array([normalise_name(text) for text in texts], pa.string())
    store.put(f"{name}_names", pa.table({"spelled": pa.array(texts, pa.string()), "normal": normal}))
    columns = ", ".join(
        'coalesce(n.normal, f.subject_value) AS "subject_value"'
        if column == "subject_value"
        else f'f."{column}"'
        for column in landed_columns(table)
    )
    joined = f"{landed} AS f LEFT JOIN {name}_names AS n ON n.spelled = f.subject_value AND f.{is_name}"
    store.table(name, f"SELECT {columns} FROM {joined}")


def _put_known(store: Store, home: Path, table: Table, batches: list[Batch]) -> None:
    """Make `known`: the standing facts of the table, folded or not yet, under keys that are coming."""
    facts = Facts.read(home)
    columns = ", ".join(f'k."{name}"' for name in landed_columns(table))
    keys = ", ".join(f'"{column}"' for column in table.version_key)
    same = " AND ".join(f'k."{column}" IS NOT DISTINCT FROM i."{column}"' for column in table.version_key)
    parts = []
    if table.name in facts.tables:
        open_facts(store, "folded", home, facts.tables[table.name], table)
        parts.append("folded")
    waiting = [b.batch_no for b in batches if b.table == table.name and b.batch_no not in facts.batches]
    if waiting:
        files = [home / "batches" / f"{number:06d}" / "facts.parquet" for number in waiting]
        read_columns(store, "landed_unfolded", files, landed_columns(table))
        _normal_names(store, "landed_unfolded", "unfolded", table)
        parts.append("unfolded")
    store.table("coming_keys", f"SELECT DISTINCT {keys} FROM incoming")
    if not parts:
        store.view("known", "SELECT * FROM incoming WHERE 1 = 0")
        return
    standing = ", ".join(str(batch.batch_no) for batch in batches if batch.table == table.name) or "NULL"
    store.table(
        "known",
        " UNION ALL ".join(
            f"SELECT {columns} FROM {part} AS k JOIN coming_keys AS i ON {same} WHERE k.batch_no IN ({standing})"
            for part in parts
        ),
    )


def _subjects(store: Store, home: Path, batches: list[Batch]) -> dict[str, int | None]:
    """Count the different subjects by how they are found; names that are only alike are inferred at the next run."""
    facts = Facts.read(home)
    if not (home / MANIFEST).exists() or not facts.register:
        return dict.fromkeys(("by_code", "new_codes", "by_name", "ambiguous", "unknown"))
    store.view(
        "subject", "SELECT DISTINCT subject_scheme AS scheme, subject_value AS identifier FROM incoming"
    )
    store.read_parquet("register", [home / facts.register])
    latest = max((batch.delivered_at for batch in batches), default=datetime.min)  # noqa: DTZ901 wall time has no offset
    seen = Visible(latest, frozenset(batch.batch_no for batch in batches)).condition()
    store.table("lookup", lookup_sql(seen))
    row = store.query(
        f"""
        SELECT sum(CASE WHEN NOT p AND r THEN 1 ELSE 0 END) AS by_code,
               sum(CASE WHEN NOT p AND NOT r THEN 1 ELSE 0 END) AS new_codes,
               sum(CASE WHEN p AND l THEN 1 ELSE 0 END) AS by_name,
               sum(CASE WHEN p AND r AND NOT l THEN 1 ELSE 0 END) AS ambiguous,
               sum(CASE WHEN p AND NOT r THEN 1 ELSE 0 END) AS unknown
        FROM (SELECT DISTINCT s.scheme, s.identifier, {is_pointer("s.scheme")} AS p,
                     g.identifier IS NOT NULL AS r, o.identifier IS NOT NULL AS l
              FROM subject AS s
              LEFT JOIN (SELECT DISTINCT scheme, identifier FROM register WHERE {seen}) AS g
                ON g.scheme = s.scheme AND g.identifier = s.identifier
              LEFT JOIN lookup AS o ON o.scheme = s.scheme AND o.identifier = s.identifier) AS s
        """
    ).to_pylist()[0]
    return {name: int(count or 0) for name, count in row.items()}
