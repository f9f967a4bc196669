"""What a reader follows, in folders, and what of it they have not read.

What is older than `FRESH` counts as read, as in the reader that set the custom: a source that is followed today does not
bring ten years of unread articles, and counts stay cheap.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from heapq import nlargest
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.urls import reverse

from kb.core.items import ItemKind, item_id, split
from kb.core.mutes import is_muted
from kb.models import (
    Article,
    ArticleAuthor,
    Entry,
    Folder,
    Follow,
    Mark,
    Mention,
    ReadingListItem,
)
from kb.selectors import articles, topics
from kb.selectors.authors import slug_of
from kb.selectors.mutes import muted_words
from kb.selectors.things import things

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

FRESH = dt.timedelta(days=30)
# nobody reads more in a month, and one query has room for so many ids on both databases
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Followed:
    """One thing that a reader follows. `kind` is "source", "person" or an item's kind in lower case; `path` is empty for
    a person; `item`, `source` and `person` say which, one of them."""

    id: int
    kind: str
    title: str
    path: str
    folder: int | None
    item: int | None = None
    source: int | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class FolderCard:
    """A reader's folder."""

    id: int
    name: str


def folders(user_id: int) -> tuple[FolderCard, ...]:
    """A reader's folders in their order. One query."""
    return tuple(FolderCard(row.pk, row.name) for row in Folder.objects.filter(user=user_id))


def followed(user_id: int) -> tuple[Followed, ...]:
    """All that a reader follows and may still see, by title. A query, and one a kind of item."""
    rows = list(Follow.objects.filter(user=user_id).select_related("source"))
    found = things(row.item for row in rows if row.item is not None)
    cards = []
    for row in rows:
        thing = found.get(row.item) if row.item is not None else None
        if row.source:
            card = Followed(row.pk, "source", row.source.name, reverse("source", args=[row.source.pk]), row.folder_id, source=row.source.pk)  # fmt: skip
        elif thing:
            kind = split(thing.item)[0].name.lower()
            card = Followed(row.pk, kind, thing.title, thing.path, row.folder_id, item=thing.item)
        elif row.person:
            card = Followed(row.pk, "person", row.person, "", row.folder_id, person=row.person)
        else:
            continue
        cards.append(card)
    return tuple(sorted(cards, key=lambda card: card.title.casefold()))


def unread(
    user_id: int, cards: Sequence[Followed], now: dt.datetime, *, until: dt.datetime | None = None
) -> Mapping[int, frozenset[int]]:
    """Follow id -> the articles of the last `FRESH` that it brings and the reader has neither read nor muted.

    `until` leaves out what came to the hub later. Of more than `MOST` articles, those that came last. At most seven queries,
    however much is followed.
    """
    fresh = _fresh(user_id, now, until)
    brought: dict[int, set[int]] = defaultdict(set)
    for follow, article in _brought(cards, fresh):
        brought[follow].add(article)
    every = set(nlargest(MOST, set().union(*brought.values())))
    left = every - _muted(user_id, every)
    return {card.id: frozenset(brought[card.id] & left) for card in cards}


def stories_of(ids: Collection[int]) -> QuerySet[Article]:
    """These articles, newest first."""
    return articles.published().filter(pk__in=ids)


def _fresh(user_id: int, now: dt.datetime, until: dt.datetime | None) -> QuerySet[Article]:
    read = Mark.objects.filter(user=user_id, article=OuterRef("pk"), read_at__isnull=False)
    found = articles.published().order_by().filter(published_at__gt=now - FRESH)
    if until:
        found = found.filter(first_seen__lte=until)
    return found.filter(~Exists(read))


def _brought(cards: Sequence[Followed], fresh: QuerySet[Article]) -> Iterator[tuple[int, int]]:
    """(follow id, article id), kind by kind."""
    within = fresh.values("pk")
    by_source = {card.source: card.id for card in cards if card.source is not None}
    if by_source:
        entries = Entry.objects.filter(source__in=by_source, article__in=within)
        for source, article in entries.order_by().values_list("source", "article").distinct():
            yield by_source[source], article or 0
    concepts = _rows_of(cards, ItemKind.CONCEPT)
    if concepts:
        spoken = Mention.objects.filter(concept__in=concepts, article__in=within).order_by()
        for concept, article in spoken.values_list("concept", "article"):
            yield concepts[concept], article
    lists = _rows_of(cards, ItemKind.LIST)
    if lists:
        items = ReadingListItem.objects.filter(
            reading_list__in=lists, reading_list__published_at__isnull=False, article__in=within
        ).order_by()
        for listed, article in items.values_list("reading_list", "article"):
            yield lists[listed], article or 0
    yield from _by_topic(_rows_of(cards, ItemKind.TOPIC), within)
    yield from _by_person({slug_of(card.person): card.id for card in cards if card.person}, within)


def _rows_of(cards: Sequence[Followed], kind: ItemKind) -> dict[int, int]:
    """Row id -> follow id of what is followed of one kind."""
    name, first = kind.name.lower(), item_id(kind, 0)
    return {card.item - first: card.id for card in cards if card.kind == name and card.item}


def _by_topic(followed_topics: Mapping[int, int], within: QuerySet[Article, object]) -> Iterator[tuple[int, int]]:  # fmt: skip
    """A topic brings what belongs to it and to the topics below it."""
    if not followed_topics:
        return
    brings: dict[str, set[int]] = defaultdict(set)
    for node in topics.all_nodes():
        if node.ref.id in followed_topics:
            for slug in node.slugs:
                brings[slug].add(followed_topics[node.ref.id])
    said = topics.labelled(brings).filter(item__in=within)
    for name, article in said.values_list("name", "item"):
        for follow in brings[name.removeprefix(topics.PREFIX)]:
            yield follow, article


def _by_person(
    slugs: Mapping[str, int], within: QuerySet[Article, object]
) -> Iterator[tuple[int, int]]:
    """An author brings what stands on their page (kb.selectors.authors)."""
    if slugs:
        written = ArticleAuthor.objects.filter(slug__in=slugs, article__in=within)
        for slug, article in written.values_list("slug", "article"):
            yield slugs[slug], article


def _muted(user_id: int, ids: Collection[int]) -> set[int]:
    words = muted_words(user_id) if ids else None
    if words is None:
        return set()
    said = Article.objects.filter(pk__in=ids).values_list("pk", "title", "gist")
    return {pk for pk, *texts in said if is_muted(words, *texts)}
