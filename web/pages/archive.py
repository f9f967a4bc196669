"""Days and months that have gone by."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.formats import date_format

from kb.selectors import days
from web.pages import parts, rising
from web.pages.home import DayRows, Sorted, Strip, day_rows, day_strip, sorting

if TYPE_CHECKING:
    from kb.selectors.days import Order


@dataclass(frozen=True, slots=True)
class DayPage:
    """One whole day."""

    title: str
    path: str
    strip: Strip
    sorting: tuple[Sorted, ...]
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


def day_page(date: dt.date, now: dt.datetime, order: Order = "weight") -> DayPage | None:
    """One day with all its stories, or None where it has none."""
    found = rising.rising_concepts(now)
    day = days.day(date, days.Sorting(order, now, rising.rows_of(found)))
    if not day.stories:
        return None
    rows = day_rows(day, now, around=rising.around(day.stories, found))
    newer, older = _around(date, date, "day", now.date())
    return DayPage(
        title=parts.weekday(date, now.date()),
        path=rows.path,
        strip=day_strip(days.signal(date), rows.rows, now),
        sorting=sorting(rows.path, order, "weight"),
        day=rows,
        newer=newer,
        older=older,
        month=parts.PageLink(
            date_format(date, "F Y"), reverse("archive", args=[date.year, f"{date.month:02}"])
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
        title=date_format(first, "F Y"),
        total=sum(day.total for day in found),
        days=tuple(day_rows(day, now) for day in found),
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
    return parts.PageLink(form % date_format(date, "F Y"), reverse("archive", args=args))
