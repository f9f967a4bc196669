"""How concepts, impressions, questions, topics and resources are filtered and shown in results."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kb.core.items import ItemKind, item_id
from kb.models import ConceptResource, Question, ReadingListItem, Resource
from kb.selectors.lists import name_of
from kb.selectors.prose import plain
from kb.selectors.search.criteria import Card
from kb.selectors.search.kind import EVERY, Kind, in_topics, made_by, written_by
from kb.selectors.things import shown, thing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.db.models import QuerySet

Concepts = tuple[int, ...]


def in_concept_lists(concepts: Concepts) -> Q:
    """Lists in which any of these concepts stands."""
    items = [item_id(ItemKind.CONCEPT, pk) for pk in concepts]
    return Q(pk__in=ReadingListItem.objects.filter(item__in=items).values("reading_list"))


def _of_concepts(concepts: Concepts) -> QuerySet[ConceptResource, Any]:
    return ConceptResource.objects.filter(concept__in=concepts).values("resource")


def _asked_about(concepts: Concepts) -> Q:
    return Q(pk__in=Question.objects.filter(concepts__in=concepts).values("pk"))


def _cards(kind: ItemKind, *, author: bool) -> Callable[[Sequence[int]], Iterable[Card]]:
    def cards(pks: Sequence[int]) -> Iterator[Card]:
        rows = shown(kind).filter(pk__in=pks)
        for row in rows.select_related("author") if author else rows:
            yield _card(kind, row, name_of(row.author) if author else "")

    return cards


def _card(kind: ItemKind, row: Any, who: str) -> Card:
    thing = thing_of(kind, row)
    published = row.created_at if kind == ItemKind.RESOURCE else row.published_at
    return Card(
        item=thing.item,
        kind=thing.kind,
        label=thing.label,
        path=thing.path,
        url=thing.url,
        title=thing.title,
        language="",
        gist=plain(thing.says),
        published_at=published,
        first_seen=published,
        updated_at=row.updated_at,
        who=who,
        people=tuple(map(str, getattr(row, "authors", ()))),
        venue=getattr(row, "venue", ""),
        timeless=WRITTEN[kind].timeless,
    )


WRITTEN: dict[ItemKind, Kind] = {
    ItemKind.CONCEPT: Kind(
        names={"concept": (_("concept"), EVERY)},
        match={
            "author": partial(made_by, "author"),
            "is": lambda _what: EVERY,
            "topic": in_topics(ItemKind.CONCEPT),
            "concept": lambda concepts: Q(pk__in=concepts),
        },
        cards=_cards(ItemKind.CONCEPT, author=True),
        label=lambda _row: str(_("concept")),
        title="name",
        also="aliases",
        heavy=("body",),
    ),
    ItemKind.IMPRESSION: Kind(
        names={"impression": (_("impression"), EVERY)},
        match={
            "author": partial(made_by, "author"),
            "is": lambda _what: EVERY,
            "topic": in_topics(ItemKind.IMPRESSION),
            "concept": lambda concepts: Q(resource__in=_of_concepts(concepts)),
        },
        cards=_cards(ItemKind.IMPRESSION, author=True),
        label=lambda _row: str(_("impression")),
        title="resource__title",
        heavy=("notes", "liked", "disliked"),
    ),
    ItemKind.QUESTION: Kind(
        names={"question": (_("question"), EVERY)},
        match={
            "author": partial(made_by, "author"),
            "is": lambda _what: EVERY,
            "topic": in_topics(ItemKind.QUESTION),
            "concept": _asked_about,
        },
        cards=_cards(ItemKind.QUESTION, author=True),
        label=lambda _row: str(_("question")),
        heavy=("answer", "details"),
    ),
    ItemKind.TOPIC: Kind(
        names={"topic": (_("topic"), EVERY)},
        match={"is": lambda _what: EVERY, "topic": lambda slugs: Q(slug__in=slugs)},
        cards=_cards(ItemKind.TOPIC, author=False),
        label=lambda _row: str(_("topic")),
        title="name",
        heavy=("about",),
        timeless=True,
    ),
    ItemKind.RESOURCE: Kind(
        names={name: (label, Q(kind=name)) for name, label in Resource.Kind.choices},
        match={
            "author": written_by,
            "is": lambda _what: EVERY,
            "topic": in_topics(ItemKind.RESOURCE),
            "concept": lambda concepts: Q(pk__in=_of_concepts(concepts)),
        },
        cards=_cards(ItemKind.RESOURCE, author=False),
        label=lambda row: str(row.get_kind_display()),
        dated="created_at",
        seen="created_at",
        timeless=True,
    ),
}
