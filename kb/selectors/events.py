"""The event that an article tells of, and the others that tell of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F, Q

from kb.models import Article

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

# a row of its own: no story, or the one that stands for its story
LEADS = Q(story__isnull=True) | Q(story__lead=F("pk")) | Q(story__lead__isnull=True)


@dataclass(frozen=True, slots=True)
class Told:
    """Another article about the same event."""

    id: int
    path: str
    title: str
    source_id: int | None
    source: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Those that tell of one event beside an article, as they spoke. `leads` is whether it stands for them all, and
    `why` says why the one that does was chosen."""

    id: int
    leads: bool
    why: str
    others: tuple[Told, ...]


def events(articles: Iterable[Article]) -> dict[int, Event]:
    """Article id -> its event, where anybody else tells of it. One query, however many."""
    asked = {a.pk: a.story_id for a in articles if a.story_id}
    if not asked:
        return {}
    rows = Article.objects.filter(story__in=set(asked.values()), state=Article.State.PUBLISHED)
    rows = rows.select_related("source", "story").defer("html", "text")
    tellers: dict[int, list[Article]] = defaultdict(list)
    for row in rows.order_by("published_at", "pk"):
        tellers[row.story_id or 0].append(row)
    found = {pk: _event(pk, story, tellers[story]) for pk, story in asked.items()}
    return {pk: event for pk, event in found.items() if event.others}


def _event(article_id: int, story_id: int, tellers: list[Article]) -> Event:
    story = tellers[0].story if tellers else None
    return Event(
        id=story_id,
        leads=bool(story and story.lead_id == article_id),
        why=story.lead_reason if story else "",
        others=tuple(_told(row) for row in tellers if row.pk != article_id),
    )


def _told(row: Article) -> Told:
    return Told(
        id=row.pk,
        path=row.get_absolute_url(),
        title=row.title,
        source_id=row.source_id,
        source=row.source.name if row.source else row.venue,
        at=row.published_at,
    )
