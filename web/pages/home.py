"""Today, and the days before it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from kb.selectors import articles, days
from web.pages import parts, rising
from web.pages.margin import Margin, margin
from web.pages.story import StoryRow, in_list, weigh

if TYPE_CHECKING:
    from kb.selectors.days import Day, Days, Order, Signal
    from web.pages.story import Around

PER_PAGE = 50
CIRCLES = 12


@dataclass(frozen=True, slots=True)
class Circle:
    """A story on the strip."""

    minute: float
    anchor: str
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The day as a signal. Times are minutes of the day; `until` is now, or None for a past day."""

    title: str
    kept: tuple[float, ...]
    left_out: tuple[float, ...]
    sources: int
    circles: tuple[Circle, ...]
    until: float | None

    @property
    def heard(self) -> int:
        return len(self.kept) + len(self.left_out)


@dataclass(frozen=True, slots=True)
class DayRows:
    """One day: a heading and its rows; `more` says how many are on the day's own page."""

    title: str
    path: str
    rows: tuple[StoryRow, ...]
    total: int
    more: int


@dataclass(frozen=True, slots=True)
class Sorted:
    """A way to order the stories, as a link; `current` is the one in use."""

    label: str
    path: str
    current: bool


@dataclass(frozen=True, slots=True)
class HomePage:
    """The newest days."""

    title: str
    heading: str
    strip: Strip | None
    sorting: tuple[Sorted, ...]
    days: tuple[DayRows, ...]
    older: parts.PageLink | None
    newest: str
    margin: Margin


@dataclass(frozen=True, slots=True)
class LatestPage:
    """Everything kept, newest first."""

    total: int
    rows: tuple[StoryRow, ...]
    pages: parts.Paging


def home_page(
    now: dt.datetime,
    before: dt.date | None = None,
    *,
    order: Order | None = None,
    usual: Order = "weight",
) -> HomePage:
    """The days up to `before`, or the newest; the first of all days leads with its strip. Without an `order` they stand in
    the `usual` one."""
    chosen, said = order or usual, "" if order in {None, usual} else str(order)
    found_rising = rising.rising_concepts(now)
    found = days.days(days.Sorting(chosen, now, rising.rows_of(found_rising)), before=before)
    around = rising.around((story for day in found.days for story in day.stories), found_rising)
    first = found.days[0].date if found.days else None
    rows = tuple(
        day_rows(day, now, lead=number == 0 and not before, around=around)
        for number, day in enumerate(found.days)
    )
    strip = day_strip(days.signal(first), rows[0].rows, now) if first and not before else None
    return HomePage(
        title=_title(before, now.date()),
        heading=_heading(first, now.date(), before),
        strip=strip,
        sorting=sorting(reverse("home"), chosen, usual, before),
        days=rows,
        older=_older(found, now.date(), said),
        newest=parts.with_query(reverse("home"), [("order", said)]) if before else "",
        margin=margin(found_rising),
    )


def sorting(
    path: str, chosen: Order, usual: Order, before: dt.date | None = None
) -> tuple[Sorted, ...]:
    """Links to the two orders of a page; the usual one needs no word in the address."""
    day = before.isoformat() if before else ""
    labels: tuple[tuple[Order, str], ...] = (
        ("weight", _("By weight")),
        ("newest", _("Newest first")),
    )
    return tuple(
        Sorted(
            label,
            parts.with_query(path, [("before", day), ("order", "" if order == usual else order)]),
            order == chosen,
        )
        for order, label in labels
    )


def latest_page(now: dt.datetime, number: int) -> LatestPage | None:
    """A page of everything, or None past the end."""
    total = articles.count()
    pages = max(1, -(-total // PER_PAGE))
    if number > pages:
        return None
    rows = articles.newest(limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    around = rising.around(rows, rising.rising_concepts(now))
    path = reverse("latest")
    return LatestPage(
        total=total,
        rows=tuple(in_list(story, now, around=around) for story in rows),
        pages=parts.paging(number, pages, lambda n: f"{path}?page={n}" if n > 1 else path),
    )


def _title(before: dt.date | None, today: dt.date) -> str:
    if not before:
        return _("Today")
    return _("Before %(day)s") % {"day": parts.long_date(before, today)}


def _older(found: Days, today: dt.date, order: str) -> parts.PageLink | None:
    if not found.older:
        return None
    label = _("%(day)s and before →") % {"day": parts.weekday(found.older, today)}
    edge = found.days[-1].date.isoformat()
    return parts.PageLink(
        label, parts.with_query(reverse("home"), [("before", edge), ("order", order)])
    )


def _heading(first: dt.date | None, today: dt.date, before: dt.date | None) -> str:
    if before:
        return _("Stories before %(day)s") % {"day": parts.long_date(before, today)}
    day = parts.dated(first or today, "l j F Y")
    return (_("Today, %(day)s") if first in {None, today} else _("Latest, %(day)s")) % {"day": day}


def day_rows(
    day: Day, now: dt.datetime, *, lead: bool = False, around: Around | None = None
) -> DayRows:
    date = day.date
    return DayRows(
        title=parts.weekday(date, now.date()),
        path=reverse("day", args=[date.year, f"{date.month:02}", f"{date.day:02}"]),
        rows=weigh(day.stories, now, lead=lead, around=around),
        total=day.total,
        more=day.total - len(day.stories),
    )


def day_strip(signal: Signal, rows: tuple[StoryRow, ...], now: dt.datetime) -> Strip:
    start = days.bounds(signal.date)[0]

    def minutes(at: dt.datetime) -> float:
        return (at - start).total_seconds() / 60

    marked = [row for row in rows if row.weight != "brief"][:CIRCLES]
    return Strip(
        title=parts.weekday(signal.date, now.date()),
        kept=tuple(minutes(mark.at) for mark in signal.marks if mark.kept),
        left_out=tuple(minutes(mark.at) for mark in signal.marks if not mark.kept),
        sources=signal.sources,
        circles=tuple(
            Circle(
                minutes(dt.datetime.fromisoformat(row.when.iso)),
                row.anchor,
                f"{row.when.label} {row.title}".strip(),
            )
            for row in marked
        ),
        until=minutes(now) if now.date() == signal.date else None,
    )
