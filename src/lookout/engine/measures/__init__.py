"""Measures: the one form in which labels, indicators and evidence speak SQL."""

from lookout.engine.measures.check import check, check_hit
from lookout.engine.measures.compile import compile_pass
from lookout.engine.measures.evidence import EvidenceQuery, evidence_sql
from lookout.engine.measures.form import Measure
from lookout.engine.measures.render import render, render_formula, render_hit, window_text
from lookout.engine.measures.schema import (
    ColumnInfo,
    Kind,
    TableInfo,
    mart_schema,
    shipped_schema,
    table_schema,
)
from lookout.hub.marts import bind, in_dialect

__all__ = [
    "ColumnInfo", "EvidenceQuery", "Kind", "Measure", "TableInfo", "bind", "check", "check_hit", "compile_pass",
    "evidence_sql", "in_dialect", "mart_schema", "render", "render_formula", "render_hit", "shipped_schema", "table_schema",
    "window_text",
]  # fmt: skip
