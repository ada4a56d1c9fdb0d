"""Pages of a long list by offset."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict


@dataclass(frozen=True)
class Paging:
    """Where a page stands in its list."""

    offset: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """Number of the first row shown, counted from one."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return min(self.offset + self.size, self.total)

    @property
    def previous_offset(self) -> int | None:
        """Offset of the page before, None on the first."""
        return max(0, self.offset - self.size) if self.offset else None

    @property
    def next_offset(self) -> int | None:
        """Offset of the page after, None on the last."""
        return self.offset + self.size if self.offset + self.size < self.total else None


def read_offset(query: QueryDict) -> int:
    """Return the asked offset; anything that is not a sensible number means the beginning."""
    text = query.get("offset", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
