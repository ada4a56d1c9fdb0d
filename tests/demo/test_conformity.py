"""Clean rows of the province satisfy the contracts they are written for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lookout.contracts import Column, ColumnType, contracts
from lookout.kernel.identifiers import is_person_id, is_registration_no, is_uscc
from lookout.kernel.regions import problem_with_region
from tests.demo.reading import Row, deliveries, files_of, table, truth

NUMBERS = {ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.RATIO, ColumnType.MONEY, ColumnType.YEAR}


def problem(column: Column, value: str, row: Row, delivered: date) -> str:
    """Return what is wrong with a cell, or ''."""
    if column.type is ColumnType.USCC and not is_uscc(value):
        return "check digit"
    if column.type is ColumnType.REGISTRATION_NO and not is_registration_no(value):
        return "check digit"
    if column.type is ColumnType.PERSON_ID and len(value) == 18 and not is_person_id(value):
        return "check digit"
    if column.type is ColumnType.CODE and value not in (column.codes or ()):
        return "code"
    if column.type is ColumnType.DATE and date.fromisoformat(value) > delivered and not column.may_be_future:
        return "future"
    if column.type is ColumnType.REGION:
        return problem_with_region(value, date.fromisoformat(row[column.date]) if column.date else delivered)
    if column.type in NUMBERS:
        return out_of_range(column, float(value))
    return ""


def out_of_range(column: Column, value: float) -> str:
    """Return whether a number lies outside what its contract allows."""
    if column.type is ColumnType.RATIO and not 0 <= value <= 1:
        return "ratio"
    if column.minimum is not None and value < column.minimum:
        return "too small"
    return "too large" if column.maximum is not None and value > column.maximum else ""


@pytest.mark.parametrize("name", sorted(contracts()))
def test_every_cell_of_a_clean_province_keeps_to_its_contract(clean: Path, name: str) -> None:
    contract, wrong = contracts()[name], set()
    for entry, rows in files_of(clean, name):
        delivered = date.fromisoformat(entry["delivered_at"][:10])
        for row in rows:
            wrong |= {
                (c, "missing") for c, column in contract.columns.items() if column.required and c not in row
            }
            for cell, value in row.items():
                if what := problem(contract.columns[cell], value, row, delivered):
                    wrong.add((cell, what))
            for earlier, later in contract.order:
                if earlier in row and later in row and row[earlier] > row[later]:
                    wrong.add((earlier, later))

    assert not wrong


@pytest.mark.parametrize("name", sorted(contracts()))
def test_a_key_names_one_fact_in_one_delivery(clean: Path, name: str) -> None:
    for entry, rows in files_of(clean, name):
        keys = [tuple(row.get(column, "") for column in contracts()[name].key) for row in rows]

        assert len(keys) == len(set(keys)), entry["file"]


# Judgements are made by people on what has arrived, and no company of the synthetic province is merged.
NOT_DELIVERED = {"resolution_judgement", "company_merger", "clue_outcome"}


def test_all_contract_tables_are_delivered(clean: Path) -> None:
    assert {entry["table"] for entry in deliveries(clean)} == set(contracts()) - NOT_DELIVERED


def test_every_company_is_registered_under_the_code_of_the_truth(clean: Path) -> None:
    assert {row["uscc"] for row in table(clean, "company")} <= set(truth(clean))
