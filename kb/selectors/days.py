"""Stories by the day that they are dated, and what was heard of a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from django.db.models import Case, Count, When
from django.db.models.functions import TruncMonth

from kb.models import Article, Entry
from kb.selectors.articles import Story, leading, published, stories
from kb.selectors.ranking import FIELDS, Candidate, by_weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.db.models import QuerySet

Order = Literal["weight", "newest"]
# one query looks this far back; enough for a week of quiet days or for the top of a flooded one
BATCH = 400


@dataclass(frozen=True, slots=True)
class Sorting:
    """How the stories of a day are to stand: in what order, as seen when, and which concepts (row ids) rise."""

    order: Order
    now: dt.datetime
    rising: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """The stories of one UTC day in the order asked for; `total` counts also those that are not here."""

    date: dt.date
    stories: tuple[Story, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Days:
    """A run of days that have stories, newest first, and the next older one, if any."""

    days: tuple[Day, ...]
    older: dt.date | None


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry on the day's strip: kept, or left out because it repeats another."""

    at: dt.datetime
    kept: bool


@dataclass(frozen=True, slots=True)
class Signal:
    """What was heard of one day's articles."""

    date: dt.date
    marks: tuple[Mark, ...]
    sources: int


def bounds(first: dt.date, last: dt.date | None = None) -> tuple[dt.datetime, dt.datetime]:
    """The UTC instants at which `first` begins and the day after `last` (or `first`) begins."""
    start = dt.datetime.combine(first, dt.time.min, tzinfo=dt.UTC)
    end = dt.datetime.combine(last or first, dt.time.min, tzinfo=dt.UTC)
    return start, end + dt.timedelta(days=1)


def days(
    sorting: Sorting,
    *,
    before: dt.date | None = None,
    wanted: int = 30,
    per_day: int = 40,
    most: int = 7,
) -> Days:
    """Whole days of stories up to `before` (not included) until `wanted` stories are there. Of a day with more than BATCH
    stories the newest BATCH are weighed. As many queries however many there are."""
    rows = leading()
    if before:
        rows = rows.filter(published_at__lt=bounds(before)[0])
    batch = _candidates(rows, BATCH)
    groups = [(date, list(group)) for date, group in groupby(batch, key=_date)]
    chosen = groups[: _enough([len(group) for _, group in groups], wanted, most)]
    sorted_ = _sorted([one for _, group in chosen for one in group], sorting)
    shown = [sorted_[date][:per_day] for date, _ in chosen]
    told = _told(one for group in shown for one in group)
    cut = len(batch) == BATCH
    found = tuple(
        Day(
            date=date,
            stories=tuple(told[one.id] for one in kept if one.id in told),
            total=_on(date).count() if cut and date == groups[-1][0] else len(group),
        )
        for (date, group), kept in zip(chosen, shown, strict=True)
    )
    return Days(days=found, older=_older(found[-1].date) if found else None)


def day(date: dt.date, sorting: Sorting, *, most: int = 500) -> Day:
    """All stories of one day, at most the newest `most`."""
    rows = _on(date)
    found = _sorted(_candidates(rows, most), sorting).get(date, [])
    told = _told(found)
    stood = tuple(told[one.id] for one in found if one.id in told)
    return Day(date=date, stories=stood, total=rows.count())


def month(year: int, number: int, *, most: int = 2000) -> tuple[Day, ...]:
    """The days of one month that have stories, newest first."""
    first = dt.date(year, number, 1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    start, end = bounds(first, last)
    told = stories(leading().filter(published_at__gte=start, published_at__lt=end)[:most])
    groups = groupby(told, key=lambda story: story.published_at.date())
    listed = ((date, tuple(group)) for date, group in groups)
    return tuple(Day(date=date, stories=group, total=len(group)) for date, group in listed)


def months() -> dict[dt.date, int]:
    """First of the month -> stories of it, oldest first; months without any are not there."""
    month = TruncMonth("published_at", tzinfo=dt.UTC)
    counted = (
        leading().order_by().annotate(month=month).values_list("month").annotate(number=Count("pk"))
    )
    return {at.date(): number for at, number in sorted(counted)}


def neighbours(first: dt.date, last: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The nearest days with stories before `first` and after `last`."""
    after = leading().filter(published_at__gte=bounds(last)[1]).order_by("published_at")
    newer = after.values_list("published_at", flat=True).first()
    return _older(first), newer.date() if newer else None


def signal(date: dt.date) -> Signal:
    """Every entry of the articles of one day, at the time when it was said within that day."""
    start, end = bounds(date)
    rows = Entry.objects.filter(
        article__state=Article.State.PUBLISHED,
        article__date_is_ours=False,
        article__published_at__gte=start,
        article__published_at__lt=end,
    ).order_by("first_seen", "id")
    # one time a row: reading times is most of what this costs
    said = (
        When(**{f"{field}__gte": start, f"{field}__lt": end}, then=field)
        for field in ("published_at", "first_seen")
    )
    at = Case(*said, default="article__published_at")
    seen: set[int] = set()
    sources: set[int] = set()
    marks = []
    fields = ("article_id", "source_id", at, "article__story__lead")
    for article, source, heard, lead in rows.values_list(*fields):
        # what is folded under another article's row repeats it
        marks.append(Mark(at=heard, kept=article not in seen and lead in {None, article}))
        seen.add(article)
        sources.add(source)
    return Signal(date=date, marks=tuple(marks), sources=len(sources))


def _on(date: dt.date) -> QuerySet[Article]:
    start, end = bounds(date)
    return leading().filter(published_at__gte=start, published_at__lt=end)


def _older(date: dt.date) -> dt.date | None:
    rows = leading().filter(published_at__lt=bounds(date)[0])
    at = rows.values_list("published_at", flat=True).first()
    return at.date() if at else None


def _candidates(rows: QuerySet[Article], most: int) -> list[Candidate]:
    return [Candidate(*row) for row in rows.values_list(*FIELDS)[:most]]


def _date(candidate: Candidate) -> dt.date:
    return candidate.date


def _sorted(candidates: list[Candidate], sorting: Sorting) -> dict[dt.date, list[Candidate]]:
    """The candidates, newest first, by day, each day in the order asked for."""
    found: dict[dt.date, list[Candidate]] = {}
    for one in candidates:
        found.setdefault(one.date, []).append(one)
    if sorting.order == "newest":
        return found
    ends = {date: min(sorting.now, bounds(date)[1]) for date in found}
    return by_weight(found, ends, sorting.rising)


def _told(candidates: Iterable[Candidate]) -> dict[int, Story]:
    """Id -> story; one that was hidden since it was counted is not there."""
    # in order, SQLite would read the whole index of days to find these few
    rows = published().order_by().in_bulk([one.id for one in candidates])
    return {story.id: story for story in stories(rows.values())}


def _enough(sizes: list[int], wanted: int, most: int) -> int:
    """How many groups to take until their sizes reach `wanted`."""
    taken = 0
    for number, size in enumerate(sizes[:most], 1):
        taken += size
        if taken >= wanted:
            return number
    return min(len(sizes), most)
