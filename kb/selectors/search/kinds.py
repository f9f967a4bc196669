"""How each kind of item is filtered and shown in results; what it says, and who may see it, is in FINDABLE.

Another kind is another entry in KINDS.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from kb.core.items import ItemKind, item_id, split
from kb.models import Article, Entry, Mention, ReadingListItem
from kb.selectors import articles, lists
from kb.selectors.findable import FINDABLE
from kb.selectors.prose import plain
from kb.selectors.search.criteria import Card
from kb.selectors.search.kind import EVERY, Kind, in_topics, made_by, written_by
from kb.selectors.search.written import WRITTEN, in_concept_lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet


def _from_sources(ids: Iterable[int]) -> Q:
    said = Entry.objects.filter(source__in=list(ids), article__isnull=False)
    return Q(pk__in=said.values("article"))


def _in_language(code: str) -> Q:
    """English takes in what names no language: so does the index."""
    found = Q(language__iexact=code) | Q(language__istartswith=f"{code}-")
    return found | Q(language="") if code == "en" else found


def _article_is(_what: str) -> Q:
    """The one thing to be is curated: in a list that readers can see."""
    readings = ReadingListItem.objects.filter(
        reading_list__published_at__isnull=False, article__isnull=False
    )
    return Q(pk__in=readings.values("article"))


def _speaks_of(concepts: tuple[int, ...]) -> Q:
    return Q(pk__in=Mention.objects.filter(concept__in=concepts).values("article"))


def _article_cards(pks: Sequence[int]) -> Iterable[Card]:
    rows = articles.published().order_by().filter(pk__in=pks)
    kinds = {row.pk: row for row in rows}
    for story in articles.stories(kinds.values()):
        row = kinds[story.id]
        yield Card(
            item=item_id(ItemKind.ARTICLE, story.id),
            kind=row.kind,
            label=row.get_kind_display(),
            path=story.path,
            url=story.url,
            title=story.title,
            language=story.language,
            gist=story.gist,
            published_at=story.published_at,
            first_seen=story.first_seen,
            updated_at=story.updated_at,
            who=story.source,
            source_id=story.source_id,
            people=story.authors,
            venue=story.venue,
            copies=len(story.heard),
            lists=story.lists,
        )


def _list_cards(pks: Sequence[int]) -> Iterable[Card]:
    for card in lists.published_lists(among=pks):
        yield Card(
            item=item_id(ItemKind.LIST, card.id),
            kind="list",
            label=str(_("list")),
            path=card.path,
            url="",
            title=card.title,
            language="",
            gist=Truncator(plain(card.summary)).words(30),
            published_at=card.published_at,
            first_seen=card.published_at,
            updated_at=card.updated_at,
            who=card.curator,
        )


KINDS: dict[ItemKind, Kind] = {
    ItemKind.ARTICLE: Kind(
        names={name: (label, Q(kind=name)) for name, label in Article.Kind.choices},
        match={
            "source": _from_sources,
            "author": written_by,
            "lang": _in_language,
            "is": _article_is,
            "topic": in_topics(ItemKind.ARTICLE),
            "concept": _speaks_of,
        },
        cards=_article_cards,
        label=lambda row: str(row.get_kind_display()),
        story="story",
        seen="first_seen",
        heavy=("html", "text"),
    ),
    ItemKind.LIST: Kind(
        names={"list": (_("list"), EVERY)},
        match={
            "author": partial(made_by, "curator"),
            "is": lambda _what: EVERY,
            "topic": in_topics(ItemKind.LIST),
            "concept": in_concept_lists,
        },
        cards=_list_cards,
        label=lambda _row: str(_("list")),
    ),
    **WRITTEN,
}


def kind_names() -> dict[str, str]:
    """The values of `kind:` with their labels, of every kind."""
    return {name: str(label) for kind in KINDS.values() for name, (label, _q) in kind.names.items()}


def shown(kind: ItemKind) -> QuerySet[Any]:
    """The rows of a kind that readers may see now."""
    return FINDABLE[kind].shown()


def by_kind(items: Iterable[int]) -> dict[ItemKind, list[int]]:
    """Row ids by kind; kinds that nobody can show are left out."""
    found: dict[ItemKind, list[int]] = defaultdict(list)
    for item in items:
        kind, pk = split(item)
        found[kind].append(pk)
    return {kind: pks for kind, pks in found.items() if kind in KINDS}


def cards(items: Iterable[int]) -> dict[int, Card]:
    """Items as cards; those that readers may not see are left out."""
    groups = by_kind(items).items()
    return {card.item: card for kind, pks in groups for card in KINDS[kind].cards(pks)}


def links(items: Iterable[int]) -> list[tuple[str, str, str]]:
    """(title, what it is, path) of those items that readers may see, in the order given. One query a kind."""
    order = list(items)
    found = {
        item_id(kind, row.pk): (str(row), of.label(row), row.get_absolute_url())
        for kind, pks in by_kind(order).items()
        for of in (KINDS[kind],)
        for row in shown(kind).order_by().filter(pk__in=pks).defer(*of.heavy)
    }
    return [found[item] for item in order if item in found]
