"""Anything of the hub as one line: what it is called, where it stands, what it says of itself in a few words.

The one place that says which rows of the written kinds readers may see.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, DateTimeField, F, Value
from django.utils.translation import gettext as _

from kb.core.items import ItemKind, item_id, split
from kb.models import Article, Concept, Impression, Question, ReadingList, Resource, Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.db.models import Model, QuerySet


@dataclass(frozen=True, slots=True)
class Thing:
    """One item. `kind` is its machine's name ("concept", for a resource "book"), `label` that for readers; `says` is one
    sentence, Markdown; `url` is where it stands outside of the hub, `facts` are short; `resource` is the row id of the
    resource that it is, or is about."""

    item: int
    kind: str
    label: str
    title: str
    path: str
    says: str = ""
    url: str = ""
    facts: tuple[str, ...] = ()
    minutes: int | None = None
    resource: int | None = None


def shown(kind: ItemKind) -> QuerySet[Any]:
    """The rows of a kind that readers may see."""
    return _KINDS[kind][0]()


def item_ids(kind: ItemKind) -> QuerySet[Any, Any]:
    """Their item ids, for a subquery."""
    first = Value(item_id(kind, 0), output_field=BigIntegerField())
    found: QuerySet[Any, Any] = shown(kind).order_by().annotate(item=F("pk") + first).values("item")
    return found


def thing_of(kind: ItemKind, row: Any) -> Thing:
    """A row that `shown` gave."""
    return _KINDS[kind][1](row)


def things(items: Iterable[int]) -> dict[int, Thing]:
    """Items by id; those that readers may not see are left out. One query a kind."""
    groups: dict[ItemKind, list[int]] = defaultdict(list)
    for item in items:
        kind, pk = split(item)
        groups[kind].append(pk)
    return {
        thing.item: thing
        for kind, pks in groups.items()
        for row in shown(kind).filter(pk__in=pks)
        for thing in (_KINDS[kind][1](row),)
    }


def resource_facts(row: Resource) -> tuple[str, ...]:
    """Who made it, when, where it appeared, under what licence: what is known of these, in this order."""
    names = [str(name) for name in row.authors]
    people = ", ".join(names) if len(names) <= 3 else f"{names[0]} et al."  # noqa: PLR2004 - as papers are cited
    said = (people, str(row.year or ""), row.venue, row.licence)
    return tuple(part for part in said if part)


def _article(row: Article) -> Thing:
    day = f"{row.published_at:%Y-%m-%d}"
    return Thing(
        item=row.pk,
        kind=row.kind,
        label=row.get_kind_display(),
        title=row.title,
        path=row.get_absolute_url(),
        says=row.gist,
        url=row.url,
        facts=tuple(part for part in (row.venue, day) if part),
    )


def _list(row: ReadingList) -> Thing:
    return _thing(ItemKind.LIST, row, _("list"), row.title, row.summary)


def _concept(row: Concept) -> Thing:
    return _thing(ItemKind.CONCEPT, row, _("concept"), row.name, row.summary)


def _impression(row: Impression) -> Thing:
    return Thing(
        item=item_id(ItemKind.IMPRESSION, row.pk),
        kind="impression",
        label=_("impression"),
        title=row.resource.title,
        path=row.get_absolute_url(),
        says=row.verdict,
        url=row.resource.url,
        facts=(row.resource.get_kind_display(),),
        minutes=round(row.hours * 60) if row.hours else None,
        resource=row.resource_id,
    )


def _question(row: Question) -> Thing:
    return _thing(ItemKind.QUESTION, row, "question", row.title)


def _topic(row: Topic) -> Thing:
    return _thing(ItemKind.TOPIC, row, "topic", row.name, row.summary)


def _resource(row: Resource) -> Thing:
    return Thing(
        item=item_id(ItemKind.RESOURCE, row.pk),
        kind=row.kind,
        label=row.get_kind_display(),
        title=row.title,
        path=row.get_absolute_url(),
        url=row.url,
        facts=(str(row.get_kind_display()), *resource_facts(row)),
        minutes=row.minutes,
        resource=row.pk,
    )


def _thing(kind: ItemKind, row: Model, name: str, title: str, says: str = "") -> Thing:
    path = row.get_absolute_url()  # type: ignore[attr-defined]  # every kind has a page
    return Thing(item_id(kind, row.pk), name, name, title, path, says)


_DATED = {"published_at__isnull": False}
# topics have no date; they are older than whatever has one
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UNDATED = {
    name: Value(LONG_AGO, output_field=DateTimeField()) for name in ("published_at", "updated_at")
}
_KINDS: dict[ItemKind, tuple[Callable[[], QuerySet[Any]], Callable[[Any], Thing]]] = {
    ItemKind.ARTICLE: (
        lambda: Article.objects.filter(state=Article.State.PUBLISHED).defer("html", "text"),
        _article,
    ),
    ItemKind.LIST: (lambda: ReadingList.objects.filter(**_DATED), _list),
    ItemKind.CONCEPT: (lambda: Concept.objects.filter(**_DATED), _concept),
    ItemKind.IMPRESSION: (
        lambda: Impression.objects.filter(**_DATED).select_related("resource"),
        _impression,
    ),
    ItemKind.QUESTION: (lambda: Question.objects.filter(**_DATED), _question),
    ItemKind.TOPIC: (lambda: Topic.objects.annotate(**_UNDATED), _topic),
    ItemKind.RESOURCE: (Resource.objects.all, _resource),
}


def addresses() -> Iterator[tuple[str, dt.datetime | None]]:
    """(path, when it last changed) of everything but articles: for a sitemap. Topics do not say when. One query a kind."""
    for kind in ItemKind:
        for row in shown(kind) if kind != ItemKind.ARTICLE else ():
            yield row.get_absolute_url(), None if kind == ItemKind.TOPIC else row.updated_at
