"""The facts of a batch as stored: personal columns split into token, masked form and ciphertext."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookout.contracts import PROVENANCE, Column, Table
from lookout.hub.landing.vault import BatchVault, Tokens
from lookout.hub.quality import Checked, arrow_type, mask_column

VAULT_SCHEMA = pa.schema(
    [
        ("line", pa.int32()),
        ("column", pa.string()),
        ("token", pa.string()),
        ("ciphertext", pa.binary()),
    ]
)


@dataclass(frozen=True)
class Secret:
    """The three forms of one personal column; `vault` has a row for every row that holds a value."""

    token: pa.Array
    masked: pa.Array
    vault: pa.Table


def fact_schema(table: Table) -> pa.Schema:
    """Return the columns of facts.parquet: the contract's, masked siblings, provenance."""
    stored = {**table.store_columns, **PROVENANCE}
    del stored["company_key"]  # given at resolution
    return pa.schema([(name, arrow_type(kind)) for name, kind in stored.items()])


def _vault_rows(lines: Any, column: str, tokens: pa.Array, sealed: pa.Array) -> pa.Table:
    names = pa.repeat(pa.scalar(column, pa.string()), len(tokens))
    return pa.table([lines, names, tokens, sealed], schema=VAULT_SCHEMA)


def hide(
    name: str, column: Column, plain: pa.Array, lines: pa.Array, tokens: Tokens, vault: BatchVault
) -> Secret:
    """Split a personal column; every distinct value is sealed once."""
    encoded = pc.dictionary_encode(plain)
    distinct = encoded.dictionary.to_pylist()

    token = pa.array(tokens.tokens(distinct), pa.string()).take(encoded.indices)
    sealed = pa.array(vault.seal(name, distinct), pa.binary()).take(encoded.indices)
    masked = mask_column(column.type, encoded.dictionary).take(encoded.indices)
    held = pc.is_valid(plain)
    return Secret(
        token, masked, _vault_rows(lines.filter(held), name, token.filter(held), sealed.filter(held))
    )


def _withheld(withheld: pa.Table, tokens: Tokens, vault: BatchVault) -> pa.Table:
    """Seal what refused rows say about persons, so that nothing sent is lost."""
    columns, values = withheld["column"].to_pylist(), withheld["value"].to_pylist()
    token = pa.array(
        [tokens.token(value) if column else "" for column, value in zip(columns, values, strict=True)]
    )
    sealed = [vault.seal(column, [value])[0] for column, value in zip(columns, values, strict=True)]
    arrays = [withheld["line"], withheld["column"], token.cast(pa.string()), pa.array(sealed, pa.binary())]
    return pa.table(arrays, schema=VAULT_SCHEMA)


def store_facts(
    table: Table, checked: Checked, *, known_at: datetime, batch_no: int, tokens: Tokens, vault: BatchVault
) -> tuple[pa.Table, pa.Table]:
    """Return the facts and the vault of a batch. No personal value leaves here in plain."""
    accepted = checked.accepted.combine_chunks()
    count = accepted.num_rows
    lines = _array(accepted, "line")
    stored: dict[str, Any] = {}
    vaults = []
    for name, column in table.columns.items():
        plain = _array(accepted, name)
        if not column.is_tokenised:
            stored[name] = plain
            continue
        secret = hide(name, column, plain, lines, tokens, vault)
        stored[name], stored[f"{name}_masked"] = secret.token, secret.masked
        vaults.append(secret.vault)
    stored["subject_scheme"] = accepted["subject_scheme"]
    stored["subject_value"] = accepted["subject_value"]
    stored["known_at"] = pa.repeat(pa.scalar(known_at, pa.timestamp("us")), count)
    stored["batch_no"] = pa.repeat(pa.scalar(batch_no, pa.int32()), count)
    stored["line"] = lines
    schema = fact_schema(table)
    facts = pa.table([stored[name] for name in schema.names], schema=schema)
    return facts, pa.concat_tables([*vaults, _withheld(checked.withheld, tokens, vault)])


def _array(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
