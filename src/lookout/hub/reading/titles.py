"""The Chinese names of contract tables, their columns and codes, for readers that may not see the contracts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from lookout.contracts import contracts
from lookout.sources import sources

ADVERTISING_RULES = Path(__file__).parent / "catalogue" / "advertising_rules.yaml"


def table_title(table: str) -> str:
    """Return the name of a table; the code itself for an unknown one."""
    found = contracts().get(table)
    return found.zh if found is not None else table


def source_title(source: str) -> str:
    """Return the name of a source of deliveries; the code itself for an unknown one."""
    known = sources().get(source)
    return known.zh if known is not None else source


def column_title(table: str, column: str) -> str:
    """Return the name of a column; the code itself for an unknown one."""
    found = contracts().get(table)
    return found.columns[column].zh if found is not None and column in found.columns else column


def code_names(table: str, column: str) -> Mapping[str, str]:
    """Return code → name of a column; empty for one without codes and for an unknown one."""
    found = contracts().get(table)
    codes = found.columns[column].codes if found is not None and column in found.columns else None
    if (table, column) == ("advertisement_finding", "rule"):
        return _advertising_rules()
    return codes if isinstance(codes, dict) else {}


@cache
def _advertising_rules() -> Mapping[str, str]:
    """Return the rules of advertising by code: senders may name others, so the contract does not list them."""
    names: dict[str, str] = yaml.safe_load(ADVERTISING_RULES.read_text("utf-8"))
    return {code: f"{name}（{code}）" for code, name in names.items()}
