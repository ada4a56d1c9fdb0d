"""The Chinese names of contract tables, their columns and codes, for readers that may not see the contracts."""

from __future__ import annotations

from collections.abc import Mapping

from lookout.contracts import contracts


def table_title(table: str) -> str:
    """Return the name of a table; the code itself for an unknown one."""
    found = contracts().get(table)
    return found.zh if found is not None else table


def column_title(table: str, column: str) -> str:
    """Return the name of a column; the code itself for an unknown one."""
    found = contracts().get(table)
    return found.columns[column].zh if found is not None and column in found.columns else column


def code_names(table: str, column: str) -> Mapping[str, str]:
    """Return code → name of a column; empty for one without codes and for an unknown one."""
    found = contracts().get(table)
    codes = found.columns[column].codes if found is not None and column in found.columns else None
    return codes if isinstance(codes, dict) else {}
