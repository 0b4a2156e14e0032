"""Dates and moments in queries: one spelling each, refused with the parameter's name."""

import re
from datetime import date, datetime

from app.errors import Fault, Invalid

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
FIRST, LAST = date(1990, 1, 1), date(2100, 12, 31)


def day(name: str, value: str | None) -> date | None:
    """A date written YYYY-MM-DD, between 1990 and 2100. Raises `Invalid`."""
    if value is None:
        return None
    try:
        found = date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or not FIRST <= found <= LAST:
        raise _bad(name, "not_a_date", "is not a date from 1990 to 2100: write it as YYYY-MM-DD, such as 2025-03-31")
    return found


def moment(name: str, value: str | None) -> datetime | None:
    """An RFC 3339 date-time with offset. Raises `Invalid`."""
    if value is None:
        return None
    # a plus sign that was not percent-encoded arrives as a space
    value = re.sub(r" (?=\d{2}:\d{2}$)", "+", value)
    try:
        found = datetime.fromisoformat(value) if _MOMENT.fullmatch(value) else None
    except ValueError:
        found = None
    if found is None or not FIRST.year <= found.year <= LAST.year:
        raise _bad(name, "not_a_time", "is not a moment with offset: write it like 2025-03-01T23:59:59Z")
    return found


def _bad(name: str, code: str, detail: str) -> Invalid:
    return Invalid("invalid_request", f"{name} {detail}.", errors=[Fault(f"/query/{name}", code, detail)])
