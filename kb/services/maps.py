"""Drawing maps: the articles of a period laid out by their vectors, where that is due."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Count
from django.db.models.functions import TruncMonth

from kb.core.periods import KINDS, Period, period_of
from kb.core.regions import name_regions
from kb.embedding.plane import lay_out, part
from kb.models import ArticleMap, Mention
from kb.selectors.articles import dated
from kb.selectors.days import bounds
from kb.selectors.topics import TopicRef, all_nodes, topic_tree, topics_of
from kb.selectors.vectors import mean_vectors
from kb.services.leases import lease
from kb.services.pipeline import current_space

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from kb.models import Article

VERSION = 1
MOST = 4000  # articles on one map: more are neither told apart nor laid out soon
AT_ONCE = 900
REGIONS = 14
A_REGION = 25  # articles
FRESH = dt.timedelta(hours=20)  # a map that is younger waits, unless GROWN more articles came
GROWN = 1.1
SOON = dt.timedelta(hours=1)  # articles without vectors get them by then
WEEKS = 18  # back from the end of the newest month
A_RUN = 6  # maps of one run, so that no task is long


def draw_due(
    *, now: dt.datetime, most: int = A_RUN, on_map: Callable[[str], object] | None = None
) -> int:
    """Draw the maps of this week, month, quarter and year where they are behind, then those of the past that were never
    drawn, newest first, `most` in all; returns how many. Others who ask meanwhile get 0."""
    with lease("maps") as held:
        if held is None:
            return 0
        drawn = 0
        for period in _due(now):
            if drawn >= most:
                break
            draw_map(period=period, now=now)
            held.renew()
            drawn += 1
            if on_map:
                on_map(period.name)
        return drawn


def draw_map(*, period: Period, now: dt.datetime) -> ArticleMap:
    """Lay out the newest MOST articles of a period that have vectors, and keep that; again, it gives the same."""
    rows = _articles(period)
    titles = dict(rows.values_list("pk", "title")[:MOST])
    space = current_space()
    vectors = mean_vectors(titles, space)
    ids = sorted(vectors)
    stacked = np.stack([vectors[pk] for pk in ids]) if ids else np.empty((0, 1), np.float32)
    places = lay_out(stacked)
    topics = _topics(ids)
    values = {
        "starts_at": bounds(period.first)[0],
        "made_at": now,
        "basis": _basis(space),
        "total": rows.count(),
        "drawn": len(ids),
        "points": [
            [pk, round(float(x), 4), round(float(y), 4), topics[pk][0].slug if topics[pk] else ""]
            for pk, (x, y) in zip(ids, places, strict=True)
        ],
        "regions": _regions(ids, places, topics, titles),
    }
    row, _made = ArticleMap.objects.update_or_create(period=period.name, defaults=values)
    return row


def _due(now: dt.datetime) -> Iterator[Period]:
    known = {row.period: row for row in ArticleMap.objects.defer("points", "regions")}
    basis = _basis(current_space())
    going_on = [period_of(kind, now.astimezone(dt.UTC).date()) for kind in KINDS]
    counts = _counts()
    past = sorted({*counts} - {*going_on}, key=lambda p: (p.first, p.name), reverse=True)
    for period in (*going_on, *past):
        total = _articles(period).count() if period.kind == "week" else counts.get(period, 0)
        if total and _is_behind(known.get(period.name), period, total, basis, now):
            yield period


def _is_behind(
    row: ArticleMap | None, period: Period, total: int, basis: str, now: dt.datetime
) -> bool:
    """Whether a map is to be drawn: there is none, many articles came since, some do and it is old, its period ended
    since, or most of its articles had no vectors."""
    if row is None or row.basis != basis or total > row.total * GROWN:
        return True
    ended = row.made_at < bounds(period.last)[1] <= now
    lacking = row.drawn < 0.9 * min(total, MOST) and now - row.made_at > SOON
    return ended or lacking or (total != row.total and now - row.made_at > FRESH)


def _counts() -> dict[Period, int]:
    """Articles of each month, quarter and year that has any, and the weeks of the last quarter. One query."""
    month = TruncMonth("published_at", tzinfo=dt.UTC)
    rows = dated().order_by().annotate(month=month).values_list("month")
    found: dict[Period, int] = defaultdict(int)
    for at, number in rows.annotate(number=Count("pk")):
        for kind in ("month", "quarter", "year"):
            found[period_of(kind, at.date())] += number
    newest = max((period.last for period in found), default=None)
    if newest:
        for week in range(WEEKS):
            found[period_of("week", newest - dt.timedelta(weeks=week))] += 0
    return found


def _basis(space: str) -> str:
    return f"{VERSION} {space}"[:200]


def _articles(period: Period) -> QuerySet[Article]:
    """Published, dated articles of a period, newest first."""
    start, end = bounds(period.first, period.last)
    return dated().filter(published_at__gte=start, published_at__lt=end)


def _topics(ids: Sequence[int]) -> Mapping[int, tuple[TopicRef, ...]]:
    """Article -> the root above its surest topic, then its topics."""
    roots = {node.ref.slug: root.ref for root in topic_tree() for node in all_nodes([root])}
    found: dict[int, tuple[TopicRef, ...]] = defaultdict(tuple)
    for at in range(0, len(ids), AT_ONCE):
        for pk, refs in topics_of(ids[at : at + AT_ONCE]).items():
            found[pk] = (roots.get(refs[0].slug, refs[0]), *refs) if refs else ()
    return found


def _regions(
    ids: Sequence[int],
    places: np.ndarray[tuple[int, int], np.dtype[np.float32]],
    topics: Mapping[int, tuple[TopicRef, ...]],
    titles: Mapping[int, str],
) -> list[list[object]]:
    """[x, y, name] of each region that has a name: the middle of its articles."""
    labels = part(places, min(REGIONS, round(len(ids) / A_REGION)))
    spoken: dict[int, set[str]] = {pk: {ref.name for ref in topics[pk][1:]} for pk in ids}
    for at in range(0, len(ids), AT_ONCE):
        rows = Mention.objects.filter(
            article__in=ids[at : at + AT_ONCE], concept__published_at__isnull=False
        ).order_by()
        for pk, name in rows.values_list("article", "concept__name"):
            spoken[pk].add(name)
    names = name_regions(labels.tolist(), [spoken[pk] for pk in ids], [titles[pk] for pk in ids])
    return [
        [*(round(float(v), 4) for v in np.median(places[labels == region], axis=0)), name]
        for region, name in sorted(names.items())
    ]
