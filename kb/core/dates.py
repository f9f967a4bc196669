"""Days as people type them into a filter."""

from __future__ import annotations

import datetime as dt
import re

_WHOLE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,5})\s*(d|days?|w|weeks?|m|months?|y|years?)")
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"m": 1, "y": 12}
EXAMPLES = "2026, 2026-03, 2026-03-14 or 7d, 2w, 6m, 1y ago"


def first_day(value: str, today: dt.date) -> dt.date | None:
    """The first day of what `value` names: a year, a month, a day (2026, 2026-03, 2026-03-14), `today`, `yesterday`,
    or so long before `today` (7d, 2w, 6m, 1y). None where it names nothing."""
    text = value.strip().lower()
    if text in {"today", "yesterday"}:
        return today - dt.timedelta(days=text == "yesterday")
    try:
        if whole := _WHOLE.fullmatch(text):
            year, month, day = (int(part or 1) for part in whole.groups())
            return dt.date(year, month, day)
        if ago := _AGO.fullmatch(text):
            return _ago(int(ago[1]), ago[2][0], today)
    except (ValueError, OverflowError):
        return None
    return None


def _ago(count: int, unit: str, today: dt.date) -> dt.date:
    """Months end where a shorter month ends: a month before 31 March is 28 February."""
    if unit in _DAYS:
        return today - dt.timedelta(days=count * _DAYS[unit])
    months = today.year * 12 + today.month - 1 - count * _MONTHS[unit]
    first = dt.date(months // 12, months % 12 + 1, 1)
    length = ((first + dt.timedelta(days=31)).replace(day=1) - first).days
    return first.replace(day=min(today.day, length))
