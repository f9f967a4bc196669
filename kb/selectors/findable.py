"""What can be found: for each kind of item, which rows readers may see, and what they say.

The one place that names the kinds: passages are cut from these texts, the index is filled from them and compared with
them. Another kind is another entry in FINDABLE.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, Q, QuerySet

from kb.core.items import ItemKind, item_id, split
from kb.models import (
    Article,
    Concept,
    Entry,
    Impression,
    Mention,
    Passage,
    Question,
    ReadingList,
    Resource,
    Topic,
)
from kb.selectors import lists
from kb.selectors.prose import plain
from kb.selectors.things import LONG_AGO, item_ids, shown
from kb.selectors.wiki import titles, words_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import Model

    from kb.models import User


@dataclass(frozen=True, slots=True)
class Text:
    """What an item says, in plain text. `sources` are ids, `names` those of the concepts it is about."""

    item: int
    title: str
    body: str
    published: dt.datetime
    language: str = "en"
    sources: tuple[int, ...] = ()
    authors: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findable:
    """A kind of item: its table, the rows that readers may see now, and what rows say."""

    model: type[Model]
    shown: Callable[[], QuerySet[Any]]
    read: Callable[[QuerySet[Any]], Iterator[Text]]


def _article_texts(rows: QuerySet[Article]) -> Iterator[Text]:
    # where articles are only shown their texts are put off; here they are wanted
    articles = list(rows.defer(None).defer("html"))
    sources: dict[int, set[int]] = defaultdict(set)
    said = Entry.objects.filter(article__in=[a.pk for a in articles])
    for about, source in said.values_list("article", "source"):
        sources[about or 0].add(source)
    names: dict[int, list[str]] = defaultdict(list)
    spoken_of = Mention.objects.filter(article__in=[a.pk for a in articles]).order_by(
        "-score", "pk"
    )
    for about, name in spoken_of.values_list("article", "concept__name"):
        names[about].append(name)
    for article in articles:
        yield Text(
            item=article.pk,
            title=article.title,
            body=article.text,
            published=article.published_at,
            language=article.language,
            sources=tuple(sorted(sources[article.pk])),
            authors=tuple(article.authors),
            names=tuple(names[article.pk]),
        )


def _list_texts(rows: QuerySet[ReadingList]) -> Iterator[Text]:
    readings = Prefetch("items", lists.readings().select_related("article"))
    found = list(rows.select_related("curator").prefetch_related(readings))
    names = titles({r.item for row in found for r in row.items.all() if r.item})
    said = [
        text for row in found for text in (row.summary, *(r.commentary for r in row.items.all()))
    ]
    words = words_of(said)
    for row in found:
        parts = [plain(row.summary, words)]
        parts += [
            f"{reading.title or names.get(reading.item or 0) or reading}\n{plain(reading.commentary, words)}"
            for reading in row.items.all()
            if reading.item is None or reading.item in names
        ]
        yield Text(
            item=item_id(ItemKind.LIST, row.pk),
            title=row.title,
            body=_joined(parts),
            published=row.published_at or row.created_at,
            authors=_people(row.curator),
        )


def _concept_texts(rows: QuerySet[Concept]) -> Iterator[Text]:
    found = list(rows.select_related("author"))
    words = words_of(text for row in found for text in (row.summary, row.body))
    for row in found:
        names = (row.name, *(alias["name"] for alias in row.aliases))
        parts = [plain(row.summary, words), plain(row.body, words), ", ".join(names[1:])]
        parts += [plain(text, words) for text in (*row.goals, *row.open_questions)]
        yield Text(
            item=item_id(ItemKind.CONCEPT, row.pk),
            title=row.name,
            body=_joined(parts),
            published=row.published_at or row.created_at,
            authors=_people(row.author),
            names=names,
        )


def _impression_texts(rows: QuerySet[Impression]) -> Iterator[Text]:
    columns = ("verdict", "for_whom", "prerequisites", "liked", "disliked", "notes")
    found = list(rows.select_related("author", "resource"))
    words = words_of(getattr(row, column) for row in found for column in columns)
    for row in found:
        parts = [plain(getattr(row, column), words) for column in columns]
        yield Text(
            item=item_id(ItemKind.IMPRESSION, row.pk),
            title=row.resource.title,
            body=_joined([*parts, ", ".join(row.resource.authors)]),
            published=row.published_at or row.created_at,
            authors=_people(row.author),
        )


def _question_texts(rows: QuerySet[Question]) -> Iterator[Text]:
    found = list(rows.select_related("author").prefetch_related("concepts"))
    said = {
        row.pk: [row.details, row.answer, *(v for one in row.misconceptions for v in one.values())]
        for row in found
    }
    words = words_of(text for texts in said.values() for text in texts)
    for row in found:
        yield Text(
            item=item_id(ItemKind.QUESTION, row.pk),
            title=row.title,
            body=_joined(plain(text, words) for text in said[row.pk]),
            published=row.published_at or row.created_at,
            authors=_people(row.author),
            names=tuple(concept.name for concept in row.concepts.all()),
        )


def _topic_texts(rows: QuerySet[Topic]) -> Iterator[Text]:
    for row in rows:
        yield Text(
            item=item_id(ItemKind.TOPIC, row.pk),
            title=row.name,
            body=_joined([plain(row.summary), plain(row.about)]),
            published=LONG_AGO,
        )


def _resource_texts(rows: QuerySet[Resource]) -> Iterator[Text]:
    for row in rows:
        facts = [str(row.get_kind_display()), row.venue, str(row.year or ""), row.licence]
        yield Text(
            item=item_id(ItemKind.RESOURCE, row.pk),
            title=row.title,
            body=_joined([", ".join(row.authors), ", ".join(filter(None, facts))]),
            published=row.created_at,
            authors=tuple(row.authors),
        )


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _people(user: User | None) -> tuple[str, ...]:
    name = lists.name_of(user)
    return (name,) if name else ()


FINDABLE = {
    kind: Findable(model, partial(shown, kind), read)
    for kind, model, read in (
        (ItemKind.ARTICLE, Article, _article_texts),
        (ItemKind.LIST, ReadingList, _list_texts),
        (ItemKind.CONCEPT, Concept, _concept_texts),
        (ItemKind.IMPRESSION, Impression, _impression_texts),
        (ItemKind.QUESTION, Question, _question_texts),
        (ItemKind.TOPIC, Topic, _topic_texts),
        (ItemKind.RESOURCE, Resource, _resource_texts),
    )
}


def read_texts(items: Iterable[int], *, shown: bool) -> Iterator[Text]:
    """What these items say, by kind and row id; with `shown`, only those that readers may see now. Items that are gone
    are left out."""
    rows: dict[ItemKind, list[int]] = defaultdict(list)
    for item in items:
        kind, pk = split(item)
        rows[kind].append(pk)
    for kind in sorted(rows.keys() & FINDABLE.keys()):
        found = FINDABLE[kind]
        among = found.shown() if shown else QuerySet(found.model)
        yield from found.read(among.filter(pk__in=rows[kind]).order_by("pk"))


def shown_items() -> list[int]:
    """The items that readers may find now, by kind and row id."""
    return [
        item_id(kind, pk)
        for kind, found in sorted(FINDABLE.items())
        for pk in found.shown().order_by("pk").values_list("pk", flat=True)
    ]


def shown_passages() -> QuerySet[Passage]:
    """The passages of those items."""
    return Passage.objects.filter(reduce(or_, (Q(item__in=item_ids(kind)) for kind in FINDABLE)))
