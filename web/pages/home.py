"""Today, and the days before it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext as _

from kb.selectors import articles, days, lists, overview, sources
from web import markdown
from web.pages import parts
from web.pages.story import StoryRow, in_list, weigh

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from kb.selectors.days import Day, Days, Signal
    from kb.selectors.lists import ListCard
    from kb.selectors.sources import Health

PER_PAGE = 50
CIRCLES = 12
OVERVIEW_SECONDS = 30


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
class Cover:
    """The newest list, on the one tinted panel."""

    title: str
    path: str
    date: str
    iso: str
    summary: SafeString
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Margin:
    """What stands beside the days."""

    cover: Cover | None
    lists: tuple[ListCard, ...]
    health: tuple[tuple[str, str, int], ...]
    progress: overview.Overview | None


@dataclass(frozen=True, slots=True)
class HomePage:
    """The newest days."""

    title: str
    heading: str
    strip: Strip | None
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


def home_page(now: dt.datetime, before: dt.date | None = None) -> HomePage:
    """The days up to `before`, or the newest; the first of all days leads with its strip."""
    found = days.days(before=before)
    first = found.days[0].date if found.days else None
    rows = tuple(
        day_rows(day, now, lead=number == 0 and not before) for number, day in enumerate(found.days)
    )
    strip = day_strip(days.signal(first), rows[0].rows, now) if first and not before else None
    return HomePage(
        title=_title(before, now.date()),
        heading=_heading(first, now.date(), before),
        strip=strip,
        days=rows,
        older=_older(found, now.date()),
        newest=reverse("home") if before else "",
        margin=_margin(),
    )


def latest_page(now: dt.datetime, number: int) -> LatestPage | None:
    """A page of everything, or None past the end."""
    total = articles.count()
    pages = max(1, -(-total // PER_PAGE))
    if number > pages:
        return None
    rows = articles.newest(limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    path = reverse("latest")
    return LatestPage(
        total=total,
        rows=tuple(in_list(story, now) for story in rows),
        pages=parts.paging(number, pages, lambda n: f"{path}?page={n}" if n > 1 else path),
    )


def _title(before: dt.date | None, today: dt.date) -> str:
    if not before:
        return _("Today")
    return _("Before %(day)s") % {"day": parts.long_date(before, today)}


def _older(found: Days, today: dt.date) -> parts.PageLink | None:
    if not found.older:
        return None
    label = _("%(day)s and before →") % {"day": parts.weekday(found.older, today)}
    edge = found.days[-1].date.isoformat()
    return parts.PageLink(label, parts.with_query(reverse("home"), [("before", edge)]))


def _heading(first: dt.date | None, today: dt.date, before: dt.date | None) -> str:
    if before:
        return _("Stories before %(day)s") % {"day": parts.long_date(before, today)}
    day = parts.dated(first or today, "l j F Y")
    return (_("Today, %(day)s") if first in {None, today} else _("Latest, %(day)s")) % {"day": day}


def day_rows(day: Day, now: dt.datetime, *, lead: bool) -> DayRows:
    date = day.date
    return DayRows(
        title=parts.weekday(date, now.date()),
        path=reverse("day", args=[date.year, f"{date.month:02}", f"{date.day:02}"]),
        rows=weigh(day.stories, now, lead=lead),
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


def _margin() -> Margin:
    cards = lists.published_lists(limit=6)
    counts = Counter(row.health for row in sources.source_names())
    labels: tuple[tuple[Health, str], ...] = (
        ("well", _("Heard well")),
        ("slow", _("Need a look")),
        ("failing", _("Failing")),
    )
    return Margin(
        cover=_cover(cards[0]) if cards else None,
        lists=cards[1:],
        health=tuple((kind, label, counts[kind]) for kind, label in labels if counts[kind]),
        progress=_progress(),
    )


def _cover(card: ListCard) -> Cover:
    items = lists.list_items(card.id)
    return Cover(
        title=card.title,
        path=card.path,
        date=parts.dated(card.published_at, "j F Y"),
        iso=card.published_at.date().isoformat(),
        summary=markdown.render(card.summary, name="cover").html,
        items=tuple((item.title, f"{card.path}#item-{item.number}") for item in items[:4]),
    )


def _progress() -> overview.Overview | None:
    """The counts while something waits for the index. Kept half a minute: counting is slow."""
    counts: overview.Overview | None = cache.get("overview")
    if counts is None:
        counts = overview.overview(overview.current_space())
        cache.set("overview", counts, OVERVIEW_SECONDS)
    return counts if counts.embedded < counts.passages else None
