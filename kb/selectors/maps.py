"""Articles of a period on a plane: which maps there are, and one of them as readers may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.periods import KINDS, Kind, Period, read_period
from kb.models import Article, ArticleMap

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class Point:
    """An article: x and y within 0..1, the slug of its root topic or ""."""

    id: int
    x: float
    y: float
    topic: str
    title: str


@dataclass(frozen=True, slots=True)
class Region:
    """Where many alike stand, and what they share."""

    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True)
class MapView:
    """One map. `total` are all articles of the period, of which the newest are on it."""

    period: Period
    made_at: dt.datetime
    total: int
    points: tuple[Point, ...]
    regions: tuple[Region, ...]


def drawn_periods() -> tuple[Period, ...]:
    """Periods that have a map with something on it, newest first. One query."""
    rows = ArticleMap.objects.filter(drawn__gt=0).order_by("-starts_at")
    found = map(read_period, rows.values_list("period", flat=True))
    return tuple(period for period in found if period)


def newest_of(periods: tuple[Period, ...]) -> Period | None:
    """What a map shows that nobody asked anything of: the last month, else what there is."""
    order: tuple[Kind, ...] = ("month", *KINDS)
    return next((p for kind in order for p in periods if p.kind == kind), None)


def article_map(period: Period) -> MapView | None:
    """The map of a period, without the articles that were hidden since, or None. Two queries."""
    row = ArticleMap.objects.filter(period=period.name, drawn__gt=0).first()
    if row is None:
        return None
    ids = [point[0] for point in row.points]
    shown = Article.objects.filter(pk__in=ids, state=Article.State.PUBLISHED).order_by()
    titles = dict(shown.values_list("pk", "title"))
    return MapView(
        period=period,
        made_at=row.made_at,
        total=row.total,
        points=tuple(
            Point(pk, x, y, topic, titles[pk]) for pk, x, y, topic in row.points if pk in titles
        ),
        regions=tuple(Region(*region) for region in row.regions),
    )
