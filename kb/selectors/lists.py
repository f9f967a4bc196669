"""Published reading lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Q

from kb.models import Article, LinkCheck, ReadingList, ReadingListItem
from kb.selectors import articles

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    from kb.models import User

_SHOWN = Q(items__article__isnull=True) | Q(items__article__state=Article.State.PUBLISHED)


class _Size(TypedDict):
    size: int


@dataclass(frozen=True, slots=True)
class ListCard:
    """A list as an index shows it. `summary` is Markdown; `size` counts what readers can see."""

    id: int
    slug: str
    path: str
    title: str
    summary: str
    curator: str
    published_at: dt.datetime
    updated_at: dt.datetime
    size: int


@dataclass(frozen=True, slots=True)
class ListItem:
    """One reading. `story` is set where it is an article of the hub, else `url` and `title`."""

    id: int
    number: int
    story: articles.Story | None
    url: str
    title: str
    commentary: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The place of one article in one list, with the curator's words."""

    card: ListCard
    item: int
    number: int
    commentary: str


def published_lists(
    *, limit: int = 200, among: Iterable[int] | None = None
) -> tuple[ListCard, ...]:
    """Published lists, newest first; `among` are row ids."""
    rows = _rows() if among is None else _rows().filter(pk__in=list(among))
    return tuple(map(_card, rows[:limit]))


def list_items(list_id: int) -> tuple[ListItem, ...]:
    """The items of one list in order; those whose article is hidden are not there."""
    rows = list(readings().filter(reading_list=list_id).select_related("article"))
    told = {
        story.id: story
        for story in articles.stories(row.article for row in rows if row.article is not None)
    }
    return tuple(
        ListItem(
            id=row.pk,
            number=number,
            story=told.get(row.article_id or 0),
            url=row.url or (row.article.url if row.article else ""),
            title=str(row),
            commentary=row.commentary,
        )
        for number, row in enumerate(rows, 1)
    )


def reading_list(slug: str) -> tuple[ListCard, tuple[ListItem, ...]] | None:
    """One published list with its items, or None."""
    row = _rows().filter(slug=slug).first()
    return (_card(row), list_items(row.pk)) if row else None


def broken_links(urls: Iterable[str]) -> dict[str, str]:
    """Address -> what was wrong when it was last asked, for those that did not answer."""
    rows = LinkCheck.objects.filter(url__in=list(urls), broken_since__isnull=False)
    return {row.url: f"{row.error} ({row.broken_since:%Y-%m-%d})" for row in rows}


def standings(article_id: int) -> tuple[Standing, ...]:
    """The published lists that an article stands in. Two queries."""
    own = ReadingListItem.objects.filter(article=article_id).values("reading_list")
    cards = {row.pk: _card(row) for row in _rows().filter(pk__in=own)}
    places: dict[int, int] = {}
    found = []
    for row in readings().filter(reading_list__in=cards):
        places[row.reading_list_id] = number = places.get(row.reading_list_id, 0) + 1
        if row.article_id == article_id:
            card = cards[row.reading_list_id]
            found.append(Standing(card, row.pk, number, row.commentary))
    return tuple(found)


def all_lists() -> QuerySet[ReadingList]:
    """Every list, drafts too, for choosing one."""
    return ReadingList.objects.order_by("title")


def _rows() -> QuerySet[WithAnnotations[ReadingList, _Size]]:
    rows = ReadingList.objects.filter(published_at__isnull=False).select_related("curator")
    return rows.annotate(size=Count("items", filter=_SHOWN))


def readings() -> QuerySet[ReadingListItem]:
    """The items of all lists that readers may see, in order; one whose article is hidden is none."""
    shown = Q(article__isnull=True) | Q(article__state=Article.State.PUBLISHED)
    return ReadingListItem.objects.filter(shown).order_by("reading_list", "position", "id")


def name_of(curator: User | None) -> str:
    """What readers are told of who made it; "" for nobody."""
    return (curator.get_full_name() or curator.username) if curator else ""


def _card(row: WithAnnotations[ReadingList, _Size]) -> ListCard:
    return ListCard(
        id=row.pk,
        slug=row.slug,
        path=row.get_absolute_url(),
        title=row.title,
        summary=row.summary,
        curator=name_of(row.curator),
        published_at=row.published_at or row.created_at,
        updated_at=row.updated_at,
        size=row.size,
    )
