"""What can be found: for each kind of item, which rows readers may see, and what they say.

The one place that names the kinds: passages are cut from these texts, the index is filled from them and compared with
them. Another kind is another entry in FINDABLE.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, F, Prefetch, Q, QuerySet, Value
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from kb.core.items import ItemKind, item_id, split
from kb.core.text import plain_text
from kb.models import Article, Entry, Mention, Passage, ReadingList
from kb.selectors import lists

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import Model


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
    articles = list(rows.defer("html"))
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
    for row in rows.select_related("curator").prefetch_related(readings):
        parts = [_plain(row.summary)]
        parts += [f"{reading}\n{_plain(reading.commentary)}" for reading in row.items.all()]
        curator = lists.name_of(row.curator)
        yield Text(
            item=item_id(ItemKind.LIST, row.pk),
            title=row.title,
            body="\n\n".join(part.strip() for part in parts if part.strip()),
            published=row.published_at or row.created_at,
            authors=(curator,) if curator else (),
        )


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt().use(footnote_plugin)


def _plain(markdown: str) -> str:
    return plain_text(_markdown().render(markdown))


FINDABLE = {
    ItemKind.ARTICLE: Findable(
        Article,
        lambda: Article.objects.filter(state=Article.State.PUBLISHED),
        _article_texts,
    ),
    ItemKind.LIST: Findable(
        ReadingList,
        lambda: ReadingList.objects.filter(published_at__isnull=False),
        _list_texts,
    ),
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
    return Passage.objects.filter(reduce(or_, (Q(item__in=_ids(kind)) for kind in FINDABLE)))


def _ids(kind: ItemKind) -> QuerySet[Any, Any]:
    first = Value(item_id(kind, 0), output_field=BigIntegerField())
    rows = FINDABLE[kind].shown().order_by().annotate(item=F("pk") + first)
    found: QuerySet[Any, Any] = rows.values("item")
    return found
