"""Resources: facts about what one can learn from or work with, and where the hub speaks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.items import ItemKind, item_id
from kb.models import Article, ConceptResource, Impression, Resource
from kb.selectors.things import Thing, resource_facts, things

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a resource; `said` is all of it in short parts, `article` the path of the same work here."""

    id: int
    slug: str
    path: str
    kind: str
    label: str
    title: str
    authors: tuple[str, ...]
    year: int | None
    venue: str
    licence: str
    url: str
    minutes: int | None
    said: tuple[str, ...]
    article: str


@dataclass(frozen=True, slots=True)
class Word:
    """What we say of a resource: where, and in which words (Markdown)."""

    thing: Thing
    words: str


@dataclass(frozen=True, slots=True)
class ResourceDetail:
    """One resource: `uses` are concepts, `impressions` those that are published."""

    facts: Facts
    updated_at: dt.datetime
    uses: tuple[Word, ...]
    impressions: tuple[Thing, ...]


def facts(row: Resource) -> Facts:
    """The facts of a row; reads its article, which should come with it."""
    same = row.article if row.article_id else None
    here = same is not None and same.state == Article.State.PUBLISHED
    return Facts(
        id=row.pk,
        slug=row.slug,
        path=row.get_absolute_url(),
        kind=row.kind,
        label=row.get_kind_display(),
        title=row.title,
        authors=tuple(map(str, row.authors)),
        year=row.year,
        venue=row.venue,
        licence=row.licence,
        url=row.url,
        minutes=row.minutes,
        said=resource_facts(row),
        article=same.get_absolute_url() if same and here else "",
    )


def resource(slug: str) -> ResourceDetail | None:
    """One resource with what the hub says of it, or None. Five queries."""
    row = Resource.objects.select_related("article").filter(slug=slug).first()
    if row is None:
        return None
    uses = ConceptResource.objects.filter(resource=row).order_by("concept__name")
    words = {item_id(ItemKind.CONCEPT, pk): why for pk, why in uses.values_list("concept", "why")}
    about = Impression.objects.filter(resource=row).values_list("pk", flat=True)
    told = things([*words, *(item_id(ItemKind.IMPRESSION, pk) for pk in about)])
    return ResourceDetail(
        facts=facts(row),
        updated_at=row.updated_at,
        uses=tuple(Word(told[item], why) for item, why in words.items() if item in told),
        impressions=tuple(thing for thing in told.values() if thing.kind == "impression"),
    )
