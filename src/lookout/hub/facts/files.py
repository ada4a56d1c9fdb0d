"""Files of facts read under today's contract: absent columns are NULL, widened types are cast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lookout.contracts import PROVENANCE, Table
from lookout.hub.facts.manifest import TableFiles
from lookout.hub.store import Store
from lookout.kernel.errors import DataError

_NUMBERS = ("INTEGER", "BIGINT", "DECIMAL", "DOUBLE")  # narrow to wide
_STORE_TYPES = {
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
}
Form = tuple[tuple[str, str], ...]  # of a file: its columns with their store types


def fact_columns(table: Table) -> dict[str, str]:
    """Return the columns of a folded table with their store types."""
    return {**table.store_columns, **PROVENANCE, "is_versioned": "BOOLEAN"}


def landed_columns(table: Table) -> dict[str, str]:
    """Return the columns of a batch's facts with their store types."""
    given_by_the_fold = ("company_key", "is_versioned")
    return {name: kind for name, kind in fact_columns(table).items() if name not in given_by_the_fold}


def read_facts(store: Store, name: str, files: Sequence[Path], table: Table) -> None:
    """Make a view over files of folded facts with the columns of today's contract, in its order.

    A column that a file was written without is NULL there; one whose type the contract has widened
    since is cast. Raises DataError when a type cannot be widened to today's.
    """
    read_columns(store, name, files, fact_columns(table))


def open_facts(store: Store, name: str, home: Path, files: TableFiles, table: Table) -> None:
    """Make a view over a table's files of one generation, marks applied (see `read_facts`)."""
    rows = [home / file for file in files.rows]
    if not files.marks:
        read_facts(store, name, rows, table)
        return
    read_facts(store, f"{name}_unmarked", rows, table)
    store.read_parquet(f"{name}_marks", [home / files.marks])
    kept = ", ".join(f'f."{column}"' for column in fact_columns(table) if column != "is_versioned")
    store.view(
        name,
        f'SELECT {kept}, f.is_versioned OR m.line IS NOT NULL AS is_versioned FROM "{name}_unmarked" AS f '
        f'LEFT JOIN "{name}_marks" AS m ON m.batch_no = f.batch_no AND m.line = f.line',
    )


def read_columns(store: Store, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
    """Make a view over Parquet files with these columns (see `read_facts`)."""
    by_form: dict[Form, list[Path]] = defaultdict(list)
    for file in files:
        by_form[_form(file)].append(file)
    wanted = tuple(columns.items())
    if len(by_form) == 1 and set(wanted) <= set(next(iter(by_form))):
        # Nothing to mend: filters reach the file undisturbed.
        store.read_parquet(f"{name}_files", files)
        listed = ", ".join(f'"{column}"' for column in columns)
        store.view(name, f'SELECT {listed} FROM "{name}_files"')
        return
    parts = []
    for number, (form, same) in enumerate(by_form.items()):
        store.read_parquet(f"{name}_files_{number}", same)
        held = dict(form)
        listed = ", ".join(_mended(column, kind, held, same[0]) for column, kind in columns.items())
        parts.append(f'SELECT {listed} FROM "{name}_files_{number}"')
    store.view(name, " UNION ALL ".join(parts))


def _mended(column: str, kind: str, held: Mapping[str, str], file: Path) -> str:
    if column not in held:
        return f'CAST(NULL AS {kind}) AS "{column}"'
    if held[column] == kind:
        return f'"{column}"'
    if not _widens(held[column], kind):
        raise DataError(
            f"文件 {file} 的“{column}”列存为 {held[column]}，现行契约要求 {kind}，不能自动转换；"
            "请恢复契约中原来的类型，或换一个列名"
        )
    return f'CAST("{column}" AS {kind}) AS "{column}"'


def _widens(old: str, new: str) -> bool:
    if new == "VARCHAR":
        return True
    ranks = [
        _NUMBERS.index(kind.partition("(")[0]) for kind in (old, new) if kind.partition("(")[0] in _NUMBERS
    ]
    return len(ranks) == 2 and ranks[0] <= ranks[1]


def _form(file: Path) -> Form:
    try:
        schema = pq.read_schema(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(
            f"数据文件损坏或缺失：{file}（{error}）。批次不受影响：请删除 facts 目录后重新运行 lookout run"
        ) from error
    return tuple((field.name, _store_type(field.type)) for field in schema)


def _store_type(kind: pa.DataType) -> str:
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    return _STORE_TYPES.get(kind, "VARCHAR")
