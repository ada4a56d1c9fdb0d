"""Events that came one by one, landed as one batch: each row keeps the instant it was learned at."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lookout.contracts import Contracts
from lookout.hub.landing.batches import Batch, batch_folder, list_batches, unfinished
from lookout.hub.landing.files import STALE, hold, write_through
from lookout.hub.landing.vault import SALT_BYTES, salt_file
from lookout.hub.quality import REJECT_SCHEMA
from lookout.kernel.durable import sync
from lookout.kernel.errors import TransientError
from lookout.kernel.identifiers import Scheme

EVENTS = "events"  # the format of such a batch


@dataclass(frozen=True)
class EventRows:
    """Checked events of one source and table, in the order they came, and what their persons' values became.

    `text` is the canonical text of the rows, which names the batch: the same events are one batch.
    `facts` has the columns of `fact_schema`, each row its own `known_at`; batch number and line are
    given on landing. `vault` has the columns of VAULT_SCHEMA, lines counted from 1 in the same order,
    sealed with a key derived from `salt`.
    """

    source: str
    table: str
    file: str
    text: bytes
    facts: pa.Table
    vault: pa.Table
    salt: bytes


def land_events(home: Path, events: EventRows, *, contracts: Contracts, ingested_at: datetime) -> Batch:
    """Land events as one batch, or return the batch they have already become.

    The batch counts as delivered when its first row was learned, so that a run at any instant from
    then on opens it; what such a run sees is decided row by row.
    """
    digest = hashlib.sha256(events.text).hexdigest()
    with hold(home):
        batches = list_batches(home)
        for batch in batches:
            if batch.identity == (digest, events.table, None) and batch.source == events.source:
                return batch
        taken = [batch.batch_no for batch in batches] + [int(folder.name) for folder in unfinished(home)]
        return _write(home, max(taken, default=0) + 1, events, digest, contracts, ingested_at)


def _write(
    home: Path, number: int, events: EventRows, digest: str, contracts: Contracts, ingested_at: datetime
) -> Batch:
    folder = home / "batches" / f"{STALE}{number:06d}"
    salt = salt_file(home, number)
    try:
        folder.mkdir()
        salt.parent.mkdir(mode=0o700, exist_ok=True)
        write_through(salt, events.salt, mode=0o600)
        batch = _record(number, events, digest, contracts, ingested_at, _write_tables(folder, number, events))
        write_through(folder / "batch.json", batch.as_json().encode())
        sync(folder)
        folder.rename(batch_folder(home, number))
        sync(folder.parent)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        salt.unlink(missing_ok=True)
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise TransientError(
                f"写入实时事件的批次失败（{reason}）；事件仍在实时库中，请腾出空间后重试"
            ) from error
        raise
    return batch


def _write_tables(folder: Path, number: int, events: EventRows) -> dict[str, str]:
    count = events.facts.num_rows
    numbers = pa.array(range(1, count + 1), pa.int32())
    facts = events.facts
    for name, values in (("batch_no", pa.repeat(pa.scalar(number, pa.int32()), count)), ("line", numbers)):
        facts = facts.set_column(facts.schema.get_field_index(name), name, values)
    written = {"facts": facts, "rejects": REJECT_SCHEMA.empty_table(), "vault": events.vault}
    digests = {}
    for name, table in written.items():
        file = folder / f"{name}.parquet"
        pq.write_table(table, file, compression="zstd")
        sync(file)
        digests[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return digests


def _record(
    number: int, events: EventRows, digest: str, contracts: Contracts, ingested_at: datetime,
    digests: dict[str, str],
) -> Batch:  # fmt: skip
    table = contracts[events.table]
    count = events.facts.num_rows
    return Batch(
        batch_no=number,
        source=events.source,
        table=events.table,
        file=events.file,
        format=EVENTS,
        encoding="utf-8",
        sha256=digest,
        bytes=len(events.text),
        mapping=None,
        delivered_at=pc.min(events.facts["known_at"]).as_py(),
        asserted=False,
        regions=(),
        organization_types=(),
        rows=count,
        accepted=count,
        rejected=0,
        doubled=0,
        versions=count - events.facts.group_by(list(table.version_key)).aggregate([]).num_rows,
        identifier_scheme=Scheme.USCC,
        contract_digest=contracts.digest,
        ingested_at=ingested_at,
        columns={name: (name,) for name in table.columns},
        unread=(),
        digests=digests,
    )


def event_salt(home: Path, name: str) -> bytes:
    """Return the salt of events not landed yet, making it when there is none under this name."""
    file = event_salt_file(home, name)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        write_through(file, os.urandom(SALT_BYTES), mode=0o600)
    return file.read_bytes()


def event_salt_file(home: Path, name: str) -> Path:
    """Return where the salt of events lies until they are landed."""
    return home / "vault_keys" / f"live-{name}.salt"
