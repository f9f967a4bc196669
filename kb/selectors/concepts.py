"""Published concepts: what they are, what they rest on, what they open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from kb.core.items import ItemKind, item_id
from kb.models import Concept, ConceptResource, Prerequisite
from kb.selectors.lists import name_of
from kb.selectors.resources import Facts, facts
from kb.selectors.things import shown
from kb.selectors.topics import TopicRef, topics_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ConceptCard:
    """A concept as an index or a path shows it."""

    id: int
    slug: str
    name: str
    path: str
    summary: str
    level: str
    aliases: tuple[str, ...]
    topics: tuple[TopicRef, ...] = ()

    @property
    def item(self) -> int:
        """The id under which it is found, followed and labelled."""
        return item_id(ItemKind.CONCEPT, self.id)

    @property
    def short(self) -> str:
        """What it is called where there is little room: its name, or the first name that is half as long."""
        return next((alias for alias in self.aliases if 2 * len(alias) < len(self.name)), self.name)


@dataclass(frozen=True, slots=True)
class Use:
    """A resource of a concept, and why it is good for it (Markdown)."""

    facts: Facts
    why: str


@dataclass(frozen=True, slots=True)
class ConceptDetail:
    """One concept for reading. Texts are Markdown; `level_label` is for readers."""

    card: ConceptCard
    level_label: str
    body: str
    goals: tuple[str, ...]
    open_questions: tuple[str, ...]
    author: str
    published_at: dt.datetime
    updated_at: dt.datetime
    related: tuple[ConceptCard, ...]
    resources: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class ConceptText:
    """A concept as a feed tells it."""

    card: ConceptCard
    body: str
    published_at: dt.datetime
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Graph:
    """What needs what, by row id; only what readers may see."""

    cards: Mapping[int, ConceptCard]
    needs: Mapping[int, tuple[int, ...]]

    @property
    def opens(self) -> dict[int, tuple[int, ...]]:
        """The same the other way round: what needs it."""
        found: dict[int, tuple[int, ...]] = {}
        for concept, needed in self.needs.items():
            for one in needed:
                found[one] = (*found.get(one, ()), concept)
        return found


def concept_cards() -> tuple[ConceptCard, ...]:
    """All of them, by name, with their topics. Three queries."""
    rows = list(shown(ItemKind.CONCEPT).defer("body", "goals", "open_questions"))
    topics = topics_of(item_id(ItemKind.CONCEPT, row.pk) for row in rows)
    return tuple(_card(row, topics[item_id(ItemKind.CONCEPT, row.pk)]) for row in rows)


def concept(slug: str) -> ConceptDetail | None:
    """One concept, or None. Five queries, two more where it has topics."""
    row = shown(ItemKind.CONCEPT).select_related("author").filter(slug=slug).first()
    if row is None:
        return None
    item = item_id(ItemKind.CONCEPT, row.pk)
    related = shown(ItemKind.CONCEPT).filter(related=row).defer("body")
    uses = ConceptResource.objects.filter(concept=row).select_related("resource__article")
    return ConceptDetail(
        card=_card(row, topics_of([item])[item]),
        level_label=row.get_level_display(),
        body=row.body,
        goals=tuple(map(str, row.goals)),
        open_questions=tuple(map(str, row.open_questions)),
        author=name_of(row.author),
        published_at=row.published_at,
        updated_at=row.updated_at,
        related=tuple(_card(one) for one in related),
        resources=tuple(Use(facts(use.resource), use.why) for use in uses),
    )


def concept_card(slug: str) -> ConceptCard | None:
    """One concept as a card, or None. One query."""
    row = shown(ItemKind.CONCEPT).defer("body").filter(slug=slug).first()
    return _card(row) if row else None


def latest_concepts(*, limit: int) -> tuple[ConceptText, ...]:
    """Those that changed last, with their texts. One query."""
    rows = shown(ItemKind.CONCEPT).order_by("-updated_at", "-pk")[:limit]
    return tuple(
        ConceptText(_card(row), row.body, row.published_at, row.updated_at) for row in rows
    )


def graph() -> Graph:
    """Every concept and what it needs. Two queries: all of it is a few hundred rows."""
    rows = shown(ItemKind.CONCEPT).defer("body", "goals", "open_questions")
    cards = {row.pk: _card(row) for row in rows}
    needs: dict[int, tuple[int, ...]] = dict.fromkeys(cards, ())
    pairs = Prerequisite.objects.order_by("concept", "needed__name")
    for concept_id, needed in pairs.values_list("concept", "needed"):
        if concept_id in cards and needed in cards:
            needs[concept_id] += (needed,)
    return Graph(cards=cards, needs=needs)


def _card(row: Concept, topics: tuple[TopicRef, ...] = ()) -> ConceptCard:
    return ConceptCard(
        id=row.pk,
        slug=row.slug,
        name=row.name,
        path=reverse("concept", args=[row.slug]),
        summary=row.summary,
        level=row.level,
        aliases=tuple(str(alias["name"]) for alias in row.aliases),
        topics=topics,
    )
