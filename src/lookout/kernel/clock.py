"""Instants and days in Asia/Shanghai. Nothing in the core asks the clock; `as_of` is handed in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

# China has had one zone without daylight saving since 1991; a fixed offset needs no zone database.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def end_of_day(day: date) -> datetime:
    """Return the last microsecond of a Shanghai day: the `as_of` that sees all of that day."""
    return datetime.combine(day, time.max, SHANGHAI)


def parse_as_of(text: str) -> datetime:
    """Read an `as_of`: `2026-11-22` means the end of that day, an ISO instant means itself.

    An instant without offset is Shanghai time. Raises ValueError on anything else.
    """
    if len(text) == 10:
        return end_of_day(date.fromisoformat(text))
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)


def local_day(moment: datetime) -> date:
    """Return the Shanghai day of an instant."""
    return moment.astimezone(SHANGHAI).date()


def naive_local(moment: datetime) -> datetime:
    """Return Shanghai wall time without offset, the form in which the store keeps instants."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None)
