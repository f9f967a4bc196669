"""Which concepts and topics rise this week against their own history, with counts a week for a small plot."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count
from django.db.models.functions import TruncDate

from kb.core.items import ItemKind, item_id
from kb.core.trends import Trend, rising
from kb.models import Article, Label, Mention, Topic
from kb.selectors.judge import PREFIX
from kb.selectors.things import things

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import QuerySet

    from kb.selectors.things import Thing

WEEKS = 26  # looked back, this one included
AT_ONCE = 900


@dataclass(frozen=True, slots=True)
class Rising:
    """A concept or a topic that rises, and how (kb.core.trends)."""

    thing: Thing
    trend: Trend[int]


def rising_concepts(now: dt.datetime, *, limit: int = 10) -> tuple[Rising, ...]:
    """Published concepts that more articles than usual spoke of in the seven days before `now`."""
    totals = _totals(now)
    rows = Mention.objects.filter(article__in=_dated(now)).order_by()
    days = rows.annotate(day=TruncDate("article__published_at", tzinfo=dt.UTC))
    counted = days.values_list("concept", "day").annotate(number=Count("pk"))
    series = _weekly(((item_id(ItemKind.CONCEPT, pk), day, n) for pk, day, n in counted), now)
    return _told(series, totals, limit)


def rising_topics(now: dt.datetime, *, limit: int = 10) -> tuple[Rising, ...]:
    """Topics that more articles than usual were about in the seven days before `now`."""
    days = dict(
        _dated(now).annotate(day=TruncDate("published_at", tzinfo=dt.UTC)).values_list("pk", "day")
    )
    topics = {
        f"{PREFIX}{slug}": item_id(ItemKind.TOPIC, pk)
        for pk, slug in Topic.objects.values_list("pk", "slug")
    }
    pks = sorted(days)
    rows = (
        (topics[name], days[item], 1)
        for at in range(0, len(pks), AT_ONCE)
        for name, item in Label.objects.filter(
            item__in=pks[at : at + AT_ONCE], refused=False, name__in=topics
        ).values_list("name", "item")
    )
    return _told(_weekly(rows, now), _totals(now), limit)


def _dated(now: dt.datetime) -> QuerySet[Article]:
    """Published articles of the weeks looked at, whose date the source gave."""
    first = now - dt.timedelta(weeks=WEEKS)
    shown = Article.objects.filter(state=Article.State.PUBLISHED, date_is_ours=False)
    return shown.filter(published_at__gt=first, published_at__lte=now).order_by()


def _totals(now: dt.datetime) -> list[int]:
    days = _dated(now).annotate(day=TruncDate("published_at", tzinfo=dt.UTC)).values_list("day")
    counted = days.annotate(number=Count("pk"))
    return _weekly(((0, day, number) for day, number in counted), now).get(0, [0] * WEEKS)


def _weekly(rows: Iterable[tuple[int, dt.date, int]], now: dt.datetime) -> dict[int, list[int]]:
    """Key -> articles a week, oldest first, from counts by key and day; the last week ends today."""
    today = now.astimezone(dt.UTC).date()
    found: dict[int, list[int]] = defaultdict(lambda: [0] * WEEKS)
    for key, day, number in rows:
        week = WEEKS - 1 - (today - day).days // 7
        if week >= 0:
            found[key][week] += number
    return found


def _told(
    series: Mapping[int, Sequence[int]], totals: Sequence[int], limit: int
) -> tuple[Rising, ...]:
    # more than asked for: drafts among them are left out
    found = {t.key: t for t in rising(series, totals, limit=2 * limit)}
    told = things(found)
    return tuple(Rising(told[item], trend) for item, trend in found.items() if item in told)[:limit]
