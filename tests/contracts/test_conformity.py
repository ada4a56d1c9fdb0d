"""What every shipped table contract keeps to, so that a reader who knows one knows them all."""

from __future__ import annotations

import re

import pytest

from lookout.contracts import CATEGORIES, PROVENANCE, ColumnType, Table, contracts

TABLES = list(contracts().values())
COLUMNS = [(table, name, column) for table in TABLES for name, column in table.columns.items()]
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)

PERSONAL_TYPES = {ColumnType.PERSON_NAME, ColumnType.PERSON_ID, ColumnType.PHONE, ColumnType.EMAIL}
# What a department sends is a fact; these words would be our own conclusion handed back to us.
DERIVED = re.compile(r"(^|_)(risk_(score|level|band)|suspected|ponzi|label|warning_level)(_|$)")
SYNONYMS = re.compile(r"(^|_)(alarm|enterprise|ent|corp|firm)(_|$)")


def test_every_data_category_has_a_table():
    assert {table.category for table in TABLES} == set(CATEGORIES)
    assert len(TABLES) >= 55


@every_table
def test_a_table_says_whose_fact_a_row_is(table: Table):
    named = {column for column in table.subject.model_dump().values() if column}

    assert named
    assert named <= set(table.columns)


@every_table
def test_the_key_and_the_date_of_a_row_are_never_both_missing(table: Table):
    required = {name for name, column in table.columns.items() if column.required}

    assert required & set(table.key), "at least one key column is required"
    assert table.columns[table.occurred_on].type in {ColumnType.DATE, ColumnType.MONTH}


@every_table
def test_chinese_titles_are_unique_in_a_table(table: Table):
    titles = [column.zh for column in table.columns.values()]

    assert sorted(set(titles)) == sorted(titles)
    assert all(re.search(r"[\u4e00-\u9fff]", title) or title.isupper() for title in titles)


@every_table
def test_columns_do_not_collide_with_provenance_or_masked_siblings(table: Table):
    masked = {f"{name}_masked" for name, column in table.columns.items() if column.sensitivity == "personal"}

    assert not set(table.columns) & (set(PROVENANCE) | masked)


@every_table
def test_pairs_of_dates_are_dates(table: Table):
    for pair in table.order:
        assert all(table.columns[name].type in {ColumnType.DATE, ColumnType.MONTH} for name in pair)


@every_table
def test_a_region_is_checked_on_a_date_of_its_own_row(table: Table):
    for column in table.columns.values():
        if column.date is not None:
            assert table.columns[column.date].type in {ColumnType.DATE, ColumnType.MONTH}


def test_names_carry_their_unit():
    for table, name, column in COLUMNS:
        where = f"{table.name}.{name}"
        assert (column.type is ColumnType.MONEY) == name.endswith("_yuan"), where
        if column.type is ColumnType.BOOLEAN:
            assert name.startswith(("is_", "has_")), where
        if name.endswith("_on"):
            assert column.type is ColumnType.DATE, where


def test_personal_columns_are_declared_personal():
    for table, name, column in COLUMNS:
        if column.type in PERSONAL_TYPES - {ColumnType.PERSON_NAME}:
            assert column.sensitivity == "personal", f"{table.name}.{name}"


def test_nothing_derived_and_no_forbidden_synonym_is_a_name():
    for table, name, _ in COLUMNS:
        assert not SYNONYMS.search(name), f"{table.name}.{name}"
        assert not SYNONYMS.search(table.name)
        assert not DERIVED.search(name), f"{table.name}.{name}"


def test_code_values_are_english_and_their_names_chinese():
    for table, name, column in COLUMNS:
        for code, title in (column.codes if isinstance(column.codes, dict) else {}).items():
            assert re.fullmatch(r"[a-z0-9][a-z0-9_]*", code), f"{table.name}.{name}: {code}"
            assert title.strip() == title != ""


def test_ranges_are_ranges():
    for table, name, column in COLUMNS:
        if column.minimum is not None and column.maximum is not None:
            assert column.minimum < column.maximum, f"{table.name}.{name}"
