"""Published reading lists."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Q

from kb.core.items import ItemKind, item_id
from kb.models import Article, LinkCheck, ListEdition, ReadingList, ReadingListItem, Resource
from kb.selectors import articles
from kb.selectors.things import Thing, item_ids, things

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

    from kb.models import User

# what a reading can point at beside articles and addresses
_THINGS = tuple(kind for kind in ItemKind if kind != ItemKind.ARTICLE)


class _Size(TypedDict):
    size: int


@dataclass(frozen=True, slots=True)
class ListCard:
    """A list as an index shows it. `summary` is Markdown; `size` counts what readers can see."""

    id: int
    slug: str
    kind: str
    label: str
    path: str
    title: str
    summary: str
    curator: str
    published_at: dt.datetime
    updated_at: dt.datetime
    size: int

    @property
    def is_issue(self) -> bool:
        """Whether it is the readings of a week."""
        return self.kind == ReadingList.Kind.WEEK

    @property
    def item(self) -> int:
        """The id under which it is found, followed and labelled."""
        return item_id(ItemKind.LIST, self.id)


@dataclass(frozen=True, slots=True)
class ListItem:
    """One reading. `story` is set where it is an article of the hub, `thing` where it is anything else of it, else there
    are `url` and `title`. In a ranked list that was published before, `before` is the place that it had then, 0 for
    none."""

    id: int
    number: int
    story: articles.Story | None
    thing: Thing | None
    url: str
    title: str
    section: str
    minutes: int | None
    commentary: str
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The place of one item in one list, with the curator's words."""

    card: ListCard
    item: int
    number: int
    commentary: str


def published_lists(
    *, limit: int = 200, among: Iterable[int] | None = None, issues: bool | None = None
) -> tuple[ListCard, ...]:
    """Published lists, newest first; `among` are row ids, `issues` chooses the readings of a week, or all others."""
    rows = _rows() if among is None else _rows().filter(pk__in=list(among))
    if issues is not None:
        rows = rows.filter(kind="week") if issues else rows.exclude(kind="week")
    return tuple(map(_card, rows[:limit]))


def list_items(list_id: int) -> tuple[ListItem, ...]:
    """The items of one list in order; those that readers may not see are not there."""
    return items_of([list_id])[list_id]


def items_of(list_ids: Iterable[int]) -> defaultdict[int, tuple[ListItem, ...]]:
    """The same of many lists, by row id. As many queries as for one."""
    ids = list(list_ids)
    rows = list(readings().filter(reading_list__in=ids).select_related("article"))
    told = {
        story.id: story
        for story in articles.stories(row.article for row in rows if row.article is not None)
    }
    known = things(row.item for row in rows if row.item is not None)
    before = _before(ids)
    found = defaultdict[int, tuple[ListItem, ...]](tuple)
    for row in rows:
        pk = row.reading_list_id
        story, thing = told.get(row.article_id or 0), known.get(row.item or 0)
        found[pk] += (_item(row, len(found[pk]) + 1, story, thing, before.get(pk)),)
    return found


def _item(
    row: ReadingListItem,
    number: int,
    story: articles.Story | None,
    thing: Thing | None,
    before: dict[int | str, int] | None,
) -> ListItem:
    title = row.title or (thing.title if thing else str(row))
    own = row.url or (thing.url if thing else "")
    target = row.article_id or row.item or row.url
    return ListItem(
        id=row.pk,
        number=number,
        story=story,
        thing=thing,
        url=own or (row.article.url if row.article else ""),
        title=title,
        section=row.section,
        minutes=row.minutes or (thing.minutes if thing else None),
        commentary=row.commentary,
        before=None if before is None else before.get(target, 0),
    )


def _before(list_ids: Iterable[int]) -> dict[int, dict[int | str, int]]:
    """List -> what its edition before the newest pointed at -> its place then; lists without one are not there."""
    editions: dict[int, list[ListEdition]] = defaultdict(list)
    for edition in ListEdition.objects.filter(reading_list__in=list(list_ids)):
        editions[edition.reading_list_id].append(edition)
    return {
        pk: {target: place for place, target in enumerate(own[1].order, 1)}
        for pk, own in editions.items()
        if len(own) > 1
    }


def reading_list(slug: str) -> tuple[ListCard, tuple[ListItem, ...]] | None:
    """One published list with its items, or None."""
    row = _rows().filter(slug=slug).first()
    return (_card(row), list_items(row.pk)) if row else None


def issue_around(card: ListCard) -> tuple[ListCard | None, ListCard | None]:
    """The issue before one, and the one after it. Two queries."""
    rows = _rows().filter(kind="week").exclude(pk=card.id)
    before = rows.filter(published_at__lte=card.published_at).order_by("-published_at", "-pk")
    after = rows.filter(published_at__gt=card.published_at).order_by("published_at", "pk")
    older, newer = before.first(), after.first()
    return (_card(older) if older else None), (_card(newer) if newer else None)


def issue_number(card: ListCard) -> int:
    """Which issue it is, the first being 1."""
    earlier = ReadingList.objects.filter(kind="week", published_at__isnull=False)
    same = Q(published_at=card.published_at, pk__lte=card.id)
    return earlier.filter(Q(published_at__lt=card.published_at) | same).count()


def broken_links(urls: Iterable[str]) -> dict[str, str]:
    """Address -> what was wrong when it was last asked, for those that did not answer."""
    rows = LinkCheck.objects.filter(url__in=list(urls), broken_since__isnull=False)
    return {row.url: f"{row.error} ({row.broken_since:%Y-%m-%d})" for row in rows}


def standings(*items: int) -> tuple[Standing, ...]:
    """The published lists that any of these items stands in. Two queries."""
    own = ReadingListItem.objects.filter(Q(article__in=items) | Q(item__in=items))
    cards = {row.pk: _card(row) for row in _rows().filter(pk__in=own.values("reading_list"))}
    places: dict[int, int] = {}
    found = []
    for row in readings().filter(reading_list__in=cards) if cards else ():
        places[row.reading_list_id] = number = places.get(row.reading_list_id, 0) + 1
        if row.article_id in items or row.item in items:
            card = cards[row.reading_list_id]
            found.append(Standing(card, row.pk, number, row.commentary))
    return tuple(found)


def same_works(article_id: int) -> tuple[int, ...]:
    """The resources that an article of the hub is, as items."""
    rows = Resource.objects.filter(article=article_id).values_list("pk", flat=True)
    return tuple(item_id(ItemKind.RESOURCE, pk) for pk in rows)


def all_lists() -> QuerySet[ReadingList]:
    """Every list, drafts too, for choosing one."""
    return ReadingList.objects.order_by("title")


def _rows() -> QuerySet[WithAnnotations[ReadingList, _Size]]:
    rows = ReadingList.objects.filter(published_at__isnull=False).select_related("curator")
    # a query that groups forgets the order of the table
    return rows.annotate(size=Count("items", filter=_visible("items__"))).order_by(
        "-published_at", "-pk"
    )


def readings() -> QuerySet[ReadingListItem]:
    """The items of all lists that readers may see, in order; one that points at what they may not see is none."""
    return ReadingListItem.objects.filter(_visible()).order_by("reading_list", "position", "id")


def _visible(prefix: str = "") -> Q:
    article = f"{prefix}article"
    article_shown = Q(**{f"{article}__isnull": True}) | Q(
        **{f"{article}__state": Article.State.PUBLISHED}
    )
    item_shown = Q(**{f"{prefix}item__isnull": True})
    for kind in _THINGS:
        item_shown |= Q(**{f"{prefix}item__in": item_ids(kind)})
    return article_shown & item_shown


def name_of(curator: User | None) -> str:
    """What readers are told of who made it; "" for nobody."""
    return (curator.get_full_name() or curator.username) if curator else ""


def _card(row: WithAnnotations[ReadingList, _Size]) -> ListCard:
    return ListCard(
        id=row.pk,
        slug=row.slug,
        kind=row.kind,
        label=row.get_kind_display(),
        path=row.get_absolute_url(),
        title=row.title,
        summary=row.summary,
        curator=name_of(row.curator),
        published_at=row.published_at or row.created_at,
        updated_at=row.updated_at,
        size=row.size,
    )
