"""Published quick impressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.items import ItemKind, item_id
from kb.selectors.lists import name_of
from kb.selectors.resources import Facts, facts
from kb.selectors.things import shown
from kb.selectors.topics import TopicRef, topics_of

if TYPE_CHECKING:
    import datetime as dt

    from kb.models import Impression


@dataclass(frozen=True, slots=True)
class ImpressionDetail:
    """One impression. Texts are Markdown; all but the verdict may be empty."""

    id: int
    slug: str
    path: str
    facts: Facts
    verdict: str
    for_whom: str
    prerequisites: str
    liked: str
    disliked: str
    notes: str
    hours: float | None
    level: str
    author: str
    published_at: dt.datetime
    updated_at: dt.datetime
    topics: tuple[TopicRef, ...] = ()

    @property
    def item(self) -> int:
        """The id under which it is found, followed and labelled."""
        return item_id(ItemKind.IMPRESSION, self.id)


def impressions(*, limit: int = 500) -> tuple[ImpressionDetail, ...]:
    """The newest first. One query."""
    rows = shown(ItemKind.IMPRESSION).select_related("author", "resource__article")
    return tuple(_detail(row) for row in rows[:limit])


def impression(slug: str) -> ImpressionDetail | None:
    """One impression, or None. Three queries."""
    rows = shown(ItemKind.IMPRESSION).select_related("author", "resource__article")
    row = rows.filter(slug=slug).first()
    if row is None:
        return None
    item = item_id(ItemKind.IMPRESSION, row.pk)
    return _detail(row, topics_of([item])[item])


def _detail(row: Impression, topics: tuple[TopicRef, ...] = ()) -> ImpressionDetail:
    return ImpressionDetail(
        id=row.pk,
        slug=row.slug,
        path=row.get_absolute_url(),
        facts=facts(row.resource),
        verdict=row.verdict,
        for_whom=row.for_whom,
        prerequisites=row.prerequisites,
        liked=row.liked,
        disliked=row.disliked,
        notes=row.notes,
        hours=row.hours,
        level=row.get_level_display() if row.level else "",
        author=name_of(row.author),
        published_at=row.published_at or row.created_at,
        updated_at=row.updated_at,
        topics=topics,
    )
