"""Days and months that have gone by."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.selectors import days
from web import drawing
from web.pages import parts, rising
from web.pages.home import DayRows, Sorted, Strip, day_rows, day_strip, sorting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.selectors.days import Order

COUNTED_SECONDS = 1800


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
    year: parts.PageLink


@dataclass(frozen=True, slots=True)
class Bar:
    """A month, or a year, in a plot of how many stories there were; also its line below."""

    label: str
    path: str
    number: int
    said: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class SpanPage:
    """The months of one year, or all years, as a plot and as lines."""

    title: str
    path: str
    label: str
    total: int
    bars: tuple[Bar, ...]
    newer: parts.PageLink | None = None
    older: parts.PageLink | None = None


def year_page(year: int) -> SpanPage | None:
    """One year, or None where it has no stories. Empty months stand in the plot, without a link."""
    counts = {at: number for at, number in _months().items() if at.year == year}
    if not counts:
        return None
    older, newer = days.neighbours(dt.date(year, 1, 1), dt.date(year, 12, 31))
    bars = [
        (date_format(at, "F"), _month(at), counts.get(at, 0))
        for at in (dt.date(year, n, 1) for n in range(1, 13))
    ]
    return _span(
        str(year),
        reverse("archive_year", args=[year]),
        bars,
        newer=parts.PageLink(f"← {newer.year}", reverse("archive_year", args=[newer.year]))
        if newer
        else None,
        older=parts.PageLink(f"{older.year} →", reverse("archive_year", args=[older.year]))
        if older
        else None,
    )


def years_page() -> SpanPage:
    """All years from the first to the last."""
    counted: Counter[int] = Counter()
    for at, number in _months().items():
        counted[at.year] += number
    span = range(min(counted), max(counted) + 1) if counted else range(0)
    bars = [(str(y), reverse("archive_year", args=[y]), counted[y]) for y in span]
    return _span(_("Archive"), reverse("archive_years"), bars)


def _months() -> dict[dt.date, int]:
    """Stories of every month, counted at most twice an hour."""
    counted: dict[dt.date, int] | None = caches["process"].get("months")
    if counted is None:
        counted = days.months()
        caches["process"].set("months", counted, COUNTED_SECONDS)
    return counted


def _span(
    title: str,
    path: str,
    counts: Sequence[tuple[str, str, int]],
    *,
    newer: parts.PageLink | None = None,
    older: parts.PageLink | None = None,
) -> SpanPage:
    boxes = drawing.columns([number for *_rest, number in counts])
    bars = tuple(
        Bar(label, where if number else "", number, _said(label, number), *box)
        for (label, where, number), box in zip(counts, boxes, strict=True)
    )
    total = sum(bar.number for bar in bars)
    said = f"{_said(title, total)}; " + ", ".join(bar.said for bar in bars if bar.number)
    return SpanPage(title, path, said, total, bars, newer, older)


def _said(label: str, number: int) -> str:
    said = ngettext("%(label)s: %(n)d story", "%(label)s: %(n)d stories", number)
    return said % {"label": label, "n": number}


def _month(at: dt.date) -> str:
    return reverse("archive", args=[at.year, f"{at.month:02}"])


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
        days=tuple(day_rows(day, now) for day in found),
        newer=newer,
        older=older,
        year=parts.PageLink(str(year), reverse("archive_year", args=[year])),
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
