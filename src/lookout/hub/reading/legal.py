"""Legal and statistical constants as they stood on a day, for whoever may not read the catalogues themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lookout.contracts.constants import Series, constants


@dataclass(frozen=True)
class LegalConstant:
    """A number with its name and source."""

    value: Decimal
    name: str
    source: str


def legal_constant(name: str, day: date) -> LegalConstant | None:
    """Return a constant on a day, None before its first value. Raises KeyError for a name that is no number."""
    entry = constants().entries[name]
    if not isinstance(entry, Series):
        raise KeyError(name)
    value = constants().at(day).get(name)
    return LegalConstant(value, entry.zh, entry.source) if isinstance(value, Decimal) else None
