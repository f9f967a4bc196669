"""Weeks, months, quarters and years, and the words for them in addresses."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["year", "quarter", "month", "week"]
KINDS: tuple[Kind, ...] = ("week", "month", "quarter", "year")
FIRST, LAST = 1900, 2199
_NAME = re.compile(r"(\d{4})(?:-(?:q([1-4])|w([0-5]\d)|([01]\d)))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A run of UTC days: `first` and `last` are both in it. `name` is "2026", "2026-q4", "2026-11" or "2026-w47"."""

    kind: Kind
    name: str
    first: dt.date
    last: dt.date


def period_of(kind: Kind, day: dt.date) -> Period:
    """The period of a kind that `day` lies in; weeks after ISO 8601."""
    if kind == "week":
        year, week, weekday = day.isocalendar()
        first = day - dt.timedelta(days=weekday - 1)
        return Period(kind, f"{year}-w{week:02}", first, first + dt.timedelta(days=6))
    months = {"month": 1, "quarter": 3, "year": 12}[kind]
    start = (day.month - 1) // months * months + 1
    first = dt.date(day.year, start, 1)
    after = dt.date(day.year + 1, 1, 1) if start + months > 12 else dt.date(day.year, start + months, 1)  # noqa: PLR2004 - months  # fmt: skip
    name = {"month": f"-{start:02}", "quarter": f"-q{(start + 2) // 3}", "year": ""}[kind]
    return Period(kind, f"{day.year}{name}", first, after - dt.timedelta(days=1))


def read_period(name: str) -> Period | None:
    """The period that has this name, or None where none has."""
    found = _NAME.fullmatch(name)
    if not found or not FIRST <= int(found[1]) <= LAST:
        return None
    year, quarter, week, month = found.groups()
    try:
        if week:
            day, kind = dt.date.fromisocalendar(int(year), int(week), 1), "week"
        elif quarter:
            day, kind = dt.date(int(year), 3 * int(quarter), 1), "quarter"
        else:
            day, kind = dt.date(int(year), int(month or 1), 1), "month" if month else "year"
    except ValueError:
        return None
    return period_of(kind, day)  # type: ignore[arg-type]  # one of the four
