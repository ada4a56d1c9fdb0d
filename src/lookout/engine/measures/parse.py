"""Parse one expression of a catalogue entry."""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from lookout.hub.marts.binding import DIALECT


@lru_cache(maxsize=4096)
def _parsed(text: str) -> exp.Expr:
    statements = sqlglot.parse(text, read=DIALECT)
    if len(statements) != 1 or statements[0] is None:
        raise ParseError("应当恰为一个表达式")
    return statements[0]


def parse(text: str) -> exp.Expr:
    """Return a fresh tree of an expression. Raises sqlglot.errors.SqlglotError when it is not one."""
    return _parsed(text).copy()
