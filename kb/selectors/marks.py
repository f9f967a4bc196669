"""What a reader did with articles."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.db.models import Count, Exists, OuterRef

from kb.models import Article, Mark, Tag
from kb.selectors import articles

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.db.models import QuerySet

    from kb.selectors.articles import Story

Shelf = Literal["read", "starred", "queued"]


@dataclass(frozen=True, slots=True)
class Marked:
    """How a reader stands to an article."""

    read: bool = False
    starred: bool = False
    queued: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TagCard:
    """A reader's tag, and how many articles are filed under it."""

    name: str
    count: int


NOTHING = Marked()


def marks(user_id: int, article_ids: Collection[int]) -> Mapping[int, Marked]:
    """Article id -> what a reader did with it; `NOTHING` for the others. Two queries."""
    rows = Mark.objects.filter(user=user_id, article__in=article_ids)
    filed: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for article_id, name in rows.filter(tags__isnull=False).order_by("tags__name").values_list("article", "tags__name"):  # fmt: skip
        filed[article_id] += (name,)
    found = defaultdict(lambda: NOTHING)
    for mark in rows:
        found[mark.article_id] = Marked(
            read=mark.read_at is not None,
            starred=mark.starred_at is not None,
            queued=mark.queued_at is not None,
            tags=filed[mark.article_id],
        )
    return found


def shelf(user_id: int, name: Shelf) -> QuerySet[Article]:
    """Published articles that a reader read, starred or put off; what was put there last comes first."""
    field = f"marks__{name}_at"
    own = articles.published().filter(marks__user=user_id, **{f"{field}__isnull": False})
    return own.order_by(f"-{field}", "-pk")


def tagged(user_id: int, name: str) -> QuerySet[Article]:
    """Published articles that a reader filed under a tag, the newest first."""
    own = Mark.objects.filter(user=user_id, article=OuterRef("pk"), tags__name=name)
    return articles.published().filter(Exists(own))


def page_of(rows: QuerySet[Article], *, limit: int, offset: int = 0) -> tuple[Story, ...]:
    """Some of these articles as stories, in their order."""
    return articles.stories(rows[offset : offset + limit])


def tags(user_id: int) -> tuple[TagCard, ...]:
    """A reader's tags by name. One query."""
    rows = Tag.objects.filter(user=user_id).annotate(number=Count("marks"))
    cards = (TagCard(row.name, row.number) for row in rows)
    return tuple(sorted(cards, key=lambda card: card.name.casefold()))


def has_tag(user_id: int, name: str) -> bool:
    """Whether a reader has this tag."""
    return Tag.objects.filter(user=user_id, name=name).exists()
