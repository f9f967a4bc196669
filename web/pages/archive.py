"""Days and months that have gone by."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse

from kb.selectors import days
from web.pages import parts
from web.pages.home import DayRows, Strip, day_rows, day_strip


@dataclass(frozen=True, slots=True)
class DayPage:
    """One whole day."""

    title: str
    strip: Strip
    day: DayRows
    newer: parts.PageLink | None
    older: parts.PageLink | None
    month: parts.PageLink


@dataclass(frozen=True, slots=True)
class MonthPage:
    """The titles of one month."""

    title: str
    total: int
    days: tuple[DayRows, ...]
    newer: parts.PageLink | None
    older: parts.PageLink | None


def day_page(date: dt.date, now: dt.datetime) -> DayPage | None:
    """One day with all its stories, or None where it has none."""
    day = days.day(date)
    if not day.stories:
        return None
    rows = day_rows(day, now, lead=False)
    newer, older = _around(date, date, "day", now.date())
    return DayPage(
        title=parts.weekday(date, now.date()),
        strip=day_strip(days.signal(date), rows.rows, now),
        day=rows,
        newer=newer,
        older=older,
        month=parts.PageLink(
            parts.dated(date, "F Y"), reverse("archive", args=[date.year, f"{date.month:02}"])
        ),
    )


def month_page(year: int, month: int, now: dt.datetime) -> MonthPage | None:
    """One month as titles, or None where it has no stories."""
    found = days.month(year, month)
    if not found:
        return None
    first = found[-1].date.replace(day=1)
    newer, older = _around(first, _month_end(year, month), "month", now.date())
    return MonthPage(
        title=parts.dated(first, "F Y"),
        total=sum(day.total for day in found),
        days=tuple(day_rows(day, now, lead=False) for day in found),
        newer=newer,
        older=older,
    )


def _month_end(year: int, month: int) -> dt.date:
    first = dt.date(year, month, 1)
    return (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def _around(
    first: dt.date, last: dt.date, kind: str, today: dt.date
) -> tuple[parts.PageLink | None, parts.PageLink | None]:
    """Links to the nearest newer and older days, or their months."""
    older, newer = days.neighbours(first, last)
    return _toward(newer, kind, today, "← %s"), _toward(older, kind, today, "%s →")


def _toward(date: dt.date | None, kind: str, today: dt.date, form: str) -> parts.PageLink | None:
    if not date:
        return None
    if kind == "day":
        args = [date.year, f"{date.month:02}", f"{date.day:02}"]
        return parts.PageLink(form % parts.weekday(date, today), reverse("day", args=args))
    args = [date.year, f"{date.month:02}"]
    return parts.PageLink(form % parts.dated(date, "F Y"), reverse("archive", args=args))
