"""Content as JSON and back: what is kept with a report, byte for byte the same when read again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lookout.kernel.errors import DataError
from lookout.proof import canonical, sha256_hex
from lookout.web.reports.figures import Cell, Chart, Content, Figure, Table, Value


def freeze(content: Content) -> dict[str, Any]:
    """Return content as JSON knows it; decimals keep every digit."""
    return {
        "figures": {key: _figure(one) for key, one in content.figures.items()},
        "tables": {key: _table(one) for key, one in content.tables.items()},
        "charts": {key: _chart(one) for key, one in content.charts.items()},
        "texts": dict(content.texts),
    }


def digest(frozen: Mapping[str, Any]) -> str:
    """Return the SHA-256 of frozen content."""
    return sha256_hex(canonical(frozen))


def thaw(frozen: Mapping[str, Any]) -> Content:
    """Return content that was frozen. Raises DataError for what is none."""
    try:
        return Content(
            figures={key: _thaw_figure(one) for key, one in frozen["figures"].items()},
            tables={key: _thaw_table(one) for key, one in frozen["tables"].items()},
            charts={key: _thaw_chart(one) for key, one in frozen["charts"].items()},
            texts=dict(frozen["texts"]),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as problem:
        raise DataError("报告所附的数据已损坏；请从备份恢复") from problem


def _value(value: Value) -> dict[str, Any]:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return {"plain": value}


def _thaw_value(kept: Mapping[str, Any]) -> Value:
    plain: Value = kept.get("plain")
    return Decimal(kept["decimal"]) if "decimal" in kept else plain


def _figure(one: Figure) -> dict[str, Any]:
    rows = None if one.rows is None else [list(row.items()) for row in one.rows]
    return {**vars(one), "value": _value(one.value), "rows": rows}


def _thaw_figure(kept: Mapping[str, Any]) -> Figure:
    rows = None if kept["rows"] is None else tuple(dict(row) for row in kept["rows"])
    return Figure(**{**kept, "value": _thaw_value(kept["value"]), "rows": rows})


def _table(one: Table) -> dict[str, Any]:
    rows = [[_figure(cell) if isinstance(cell, Figure) else cell for cell in row] for row in one.rows]
    return {**vars(one), "columns": list(one.columns), "rows": rows}


def _thaw_table(kept: Mapping[str, Any]) -> Table:
    rows = tuple(tuple(_thaw_cell(cell) for cell in row) for row in kept["rows"])
    return Table(**{**kept, "columns": tuple(kept["columns"]), "rows": rows})


def _thaw_cell(cell: Any) -> Cell:
    return cell if isinstance(cell, str) else _thaw_figure(cell)


def _chart(one: Chart) -> dict[str, Any]:
    series = [[name, [None if x is None else str(x) for x in values]] for name, values in one.series.items()]
    return {**vars(one), "categories": list(one.categories), "series": series}


def _thaw_chart(kept: Mapping[str, Any]) -> Chart:
    series = {
        name: tuple(None if x is None else Decimal(x) for x in values) for name, values in kept["series"]
    }
    return Chart(**{**kept, "categories": tuple(kept["categories"]), "series": series})
