"""What the register of companies knows about a company a clue names."""

from __future__ import annotations

from lookout.hub.reading.model import CompanyFilter, CompanyRow
from lookout.web import published
from lookout.web.accounts.access import scope_of
from lookout.web.accounts.models import User


def find_company(user: User, code: str) -> CompanyRow | None:
    """Return a company a person may see by its code, None when there is none or nothing is published."""
    reader, wanted = published.reader(), "".join(code.split()).upper()
    if not wanted or reader.current() is None:
        return None
    asked = CompanyFilter(identifiers=(wanted,), scope=scope_of(user), rated_only=False)
    rows = reader.list_companies(asked, limit=1).rows
    return rows[0] if rows else None


def district_of(row: CompanyRow) -> str:
    """Return the six digits of a company's seat, '' when the register knows only the city."""
    return row.region if len(row.region) == 6 else ""
