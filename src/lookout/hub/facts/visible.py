"""Which facts a reading may see: what was known at an instant, from which batches, of whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from lookout.hub.landing import Batch


@dataclass(frozen=True)
class Visible:
    """Which facts a reading may see.

    `known_by`: Shanghai wall time; nothing learned later is seen. `batches`: pinned batch numbers,
    None for all. `withdrawn`: batches that no longer count. `only`: which company keys to read, as
    SQL behind the column (`= 7`, `IN (SELECT company_key FROM wanted)`), '' for all companies.
    `corrected_by`: also see facts learned until then, where an earlier version was already seen.
    `happened_by`: leave out what happened later than that day; None when no more is known than had
    happened, which is the usual reading.
    """

    known_by: datetime
    batches: frozenset[int] | None = None
    only: str = ""
    corrected_by: datetime | None = None
    withdrawn: frozenset[int] = frozenset()
    happened_by: date | None = None

    def condition(self, alias: str = "") -> str:
        """Return the SQL condition on `known_at` and `batch_no`."""
        dot = f"{alias}." if alias else ""
        text = f"{dot}known_at <= {_instant(self.known_by)}"
        if self.batches is not None:
            text += f" AND {dot}batch_no IN ({_listed(self.batches - self.withdrawn)})"
        elif self.withdrawn:
            text += f" AND {dot}batch_no NOT IN ({_listed(self.withdrawn)})"
        return text

    def may_be_version(self, alias: str) -> str:
        """Return the SQL condition of rows that take part in choosing the newest version."""
        if self.corrected_by is None:
            return self.condition(alias)
        later = f"{alias}.known_at <= {_instant(self.corrected_by)}"
        if self.withdrawn:
            later += f" AND {alias}.batch_no NOT IN ({_listed(self.withdrawn)})"
        return f"({self.condition(alias)} OR {later})"

    def happened(self, column: str) -> str:
        """Return the SQL condition, with a leading AND, on when a fact happened; '' for none."""
        if self.happened_by is None:
            return ""
        return f" AND ({column} IS NULL OR {column} <= DATE '{self.happened_by.isoformat()}')"

    def of(self, column: str) -> str:
        """Return the SQL condition, with a leading AND, on the company key; '' for all companies."""
        return f" AND {column} {self.only}" if self.only else ""


def known_batches(batches: Iterable[Batch], moment: datetime) -> tuple[Batch, ...]:
    """Return the batches delivered, and not withdrawn, by an instant (Shanghai wall time)."""
    return tuple(
        batch for batch in batches if batch.delivered_at <= moment and not is_withdrawn(batch, moment)
    )


def is_withdrawn(batch: Batch, moment: datetime) -> bool:
    """Tell whether a batch had been withdrawn by an instant."""
    return batch.withdrawn_at is not None and batch.withdrawn_at <= moment


def withdrawn_numbers(batches: Iterable[Batch], moment: datetime) -> frozenset[int]:
    """Return the numbers of the batches withdrawn by an instant."""
    return frozenset(batch.batch_no for batch in batches if is_withdrawn(batch, moment))


def _instant(moment: datetime) -> str:
    return f"TIMESTAMP '{moment.isoformat(sep=' ')}'"


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers)) or "NULL"
