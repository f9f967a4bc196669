"""Stories in the order of their weight (kb.core.standing)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kb.core.standing import Signals, voice, weight
from kb.models import Article, Entry, Mention, ReadingListItem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """As much of an article as its weight asks for, without its text."""

    id: int
    at: dt.datetime
    relevance: float | None
    chosen: bool
    story: int | None

    @property
    def date(self) -> dt.date:
        """The UTC day that it belongs to."""
        return self.at.astimezone(dt.UTC).date()


FIELDS = ("pk", "published_at", "relevance", "state_is_said", "story_id")


def by_weight(
    days: Mapping[dt.date, Sequence[Candidate]],
    ends: Mapping[dt.date, dt.datetime],
    rising: Collection[int] = (),
) -> dict[dt.date, list[Candidate]]:
    """Each day with its heaviest first, the newer of two alike; `ends` is when the age of a day's stories is counted from,
    `rising` are row ids of concepts. At most four queries, however many there are."""
    found = [one for day in days.values() for one in day]
    ids = [one.id for one in found]
    voices, lists, speaks = _voices(found), _lists(ids), rising_in(ids, rising)

    def heavy(one: Candidate, end: dt.datetime) -> tuple[float, dt.datetime, int]:
        signals = Signals(
            voices=len(voices[one.id]),
            listed=one.id in lists,
            commented=lists.get(one.id, False),
            chosen=one.chosen,
            relevance=one.relevance,
            rising=one.id in speaks,
            hours=(end - one.at) / HOUR,
        )
        return weight(signals), one.at, one.id

    return {
        date: sorted(day, key=partial(heavy, end=ends[date]), reverse=True)
        for date, day in days.items()
    }


def rising_in(ids: Collection[int], rising: Collection[int]) -> dict[int, int]:
    """Article -> the concept, of those that rise, that it speaks of most. One query, none where nothing rises."""
    if not rising:
        return {}
    rows = Mention.objects.filter(article__in=ids, concept__in=rising)
    # the last one written is the one that is said most
    said = rows.order_by("count", "score", "-concept").values_list("article", "concept")
    return dict(said)


def _voices(candidates: Iterable[Candidate]) -> dict[int, set[str]]:
    """Article -> who tells of it, by itself and as part of its event."""
    ids, of_story = [], {}
    for one in candidates:
        ids.append(one.id)
        if one.story:
            of_story[one.story] = one.id
    found: dict[int, set[str]] = defaultdict(set)
    entries = Entry.objects.filter(article__in=ids).order_by()
    for article, source, host in entries.values_list("article_id", "source_id", "source__host"):
        found[article or 0].add(voice(source, host))
    told = Article.objects.filter(story__in=of_story, state=Article.State.PUBLISHED).order_by()
    for story, source, host in told.exclude(source=None).values_list(
        "story_id", "source_id", "source__host"
    ):
        found[of_story[story or 0]].add(voice(source or 0, host or ""))
    return found


def _lists(ids: Collection[int]) -> dict[int, bool]:
    """Article in a published list -> whether a curator wrote about it there."""
    rows = ReadingListItem.objects.filter(
        article__in=ids, reading_list__published_at__isnull=False
    ).order_by()
    found: dict[int, bool] = {}
    for article, commentary in rows.values_list("article_id", "commentary"):
        found[article or 0] = found.get(article or 0, False) or bool(commentary.strip())
    return found
