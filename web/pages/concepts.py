"""Concepts: the index, one concept, and the way to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.core.prerequisites import path_to
from kb.selectors import concepts, lists, mentioned, readers, topics, written
from web.pages import parts
from web.pages.concept_parts import (
    GraphDrawing,
    Months,
    ResourceGroup,
    drawing,
    month_plot,
    resource_groups,
)
from web.pages.following import Following, following, sign_in
from web.pages.lines import Line, article_lines, concept_lines, lines, list_lines
from web.pages.prose import LogLine, Prose, log

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from django.utils.safestring import SafeString

    from kb.selectors.concepts import ConceptCard, Graph
    from kb.selectors.topics import TopicNode, TopicRef
    from web.markdown import Note

LEVELS = ("beginner", "practitioner", "research")
NEWEST, BEST = 5, 5
STEPS = 8  # of the way to a concept, on its own page


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that narrows the index; `below` says that it is a part of the one before."""

    label: str
    path: str
    number: int
    current: bool
    below: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """The concepts that begin with a letter."""

    letter: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ConceptsPage:
    """The index, perhaps narrowed."""

    total: str
    narrowed: bool
    levels: tuple[Choice, ...]
    areas: tuple[Choice, ...]
    letters: tuple[Letter, ...]
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class Step:
    """A concept on the way to another; `here` is the end of the way."""

    number: int
    id: int
    name: str
    path: str
    says: str
    here: bool


@dataclass(frozen=True, slots=True)
class Way:
    """What to learn first, in order. `known` of `total` steps are left out; `earlier` is how many more come before."""

    steps: tuple[Step, ...]
    known: int
    total: int
    earlier: int
    said: str


@dataclass(frozen=True, slots=True)
class ConceptPage:
    """One concept. `known` is None for who is not signed in."""

    id: int
    slug: str
    title: str
    path: str
    summary: str
    level: str
    names: tuple[str, ...]
    topics: tuple[TopicRef, ...]
    body: SafeString
    notes: tuple[Note, ...]
    goals: tuple[SafeString, ...]
    graph: GraphDrawing | None
    way: Way
    resources: tuple[ResourceGroup, ...]
    open_questions: tuple[SafeString, ...]
    log: tuple[LogLine, ...]
    months: Months | None
    newest: tuple[Line, ...]
    best: tuple[Line, ...]
    articles: str
    related: tuple[Line, ...]
    opens: tuple[Line, ...]
    lists: tuple[Line, ...]
    questions: tuple[Line, ...]
    known: bool | None
    following: Following
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class PathPage:
    """The whole way to a concept, whose page is `path`; `here` is this page's own."""

    title: str
    path: str
    here: str
    concept: str
    way: Way
    signed_in: bool
    sign_in: str


def concepts_page(area: str = "", level: str = "") -> ConceptsPage:
    """The index; what narrows it and is unknown does not."""
    cards = concepts.concept_cards()
    tree = topics.topic_tree()
    slugs = _slugs(tree, area)
    area = area if slugs else ""
    level = level if level in LEVELS else ""
    in_area = [card for card in cards if not area or _is_in(card, slugs)]
    at_level = [card for card in cards if level in {"", card.level}]
    shown = [card for card in in_area if level in {"", card.level}]
    number = ngettext("%(n)d concept", "%(n)d concepts", len(shown)) % {"n": len(shown)}
    return ConceptsPage(
        total=number,
        narrowed=bool(area or level),
        levels=tuple(_levels(in_area, area, level)),
        areas=tuple(_areas(tree, at_level, area, level)),
        letters=_letters(shown),
        feeds=parts.feeds(_("Concepts"), "concepts_feed"),
    )


def concept_page(slug: str, now: dt.datetime, *, reader: int | None = None) -> ConceptPage | None:
    """A published concept, or None; `reader` is who is signed in."""
    found = concepts.concept(slug)
    if found is None:
        return None
    card = found.card
    graph = concepts.graph()
    known = readers.known_concepts(reader) if reader is not None else frozenset()
    prose = Prose(
        [found.body, *found.goals, *found.open_questions, *(u.why for u in found.resources)]
    )
    body = prose.whole(found.body)
    number = mentioned.how_many(card.id)
    feeds = parts.feeds(card.name, "concept_feed", slug)
    return ConceptPage(
        id=card.id,
        slug=slug,
        title=card.name,
        path=card.path,
        summary=card.summary,
        level=found.level_label,
        names=card.aliases,
        topics=card.topics,
        body=body.html,
        notes=body.notes,
        goals=tuple(prose.html(goal) for goal in found.goals),
        graph=drawing(graph, card.id, known),
        way=way(graph, card, known, most=STEPS),
        resources=resource_groups(found.resources, prose),
        open_questions=tuple(prose.html(text) for text in found.open_questions),
        log=log(written.changes(card.item), found.published_at, found.author, now),
        months=month_plot(card, mentioned.months(card.id, Months.first(now)), now) if number else None,
        newest=article_lines(mentioned.newest_about(card.id, limit=NEWEST), now) if number else (),
        best=article_lines(mentioned.best_about(card.id, limit=BEST), now) if number > NEWEST else (),
        articles=_all(number),
        related=concept_lines(found.related),
        opens=concept_lines(_opened(graph, card.id)),
        lists=list_lines(lists.standings(card.item)),
        questions=lines(mentioned.asked_about(card.id)),
        known=card.id in known if reader is not None else None,
        following=following(card.item, reader, card.path, feeds),
        feeds=feeds,
    )  # fmt: skip


def path_page(slug: str, *, reader: int | None = None) -> PathPage | None:
    """The whole way to a concept, or None."""
    graph = concepts.graph()
    card = next((card for card in graph.cards.values() if card.slug == slug), None)
    if card is None:
        return None
    known = readers.known_concepts(reader) if reader is not None else frozenset()
    here = reverse("concept_path", args=[slug])
    return PathPage(
        title=_("What to learn before %(name)s") % {"name": card.name},
        path=card.path,
        here=here,
        concept=card.name,
        way=way(graph, card, known),
        signed_in=reader is not None,
        sign_in=sign_in(here),
    )


def way(graph: Graph, card: ConceptCard, known: Collection[int], *, most: int | None = None) -> Way:
    """What to learn before a concept and is not known, the last `most` steps of it."""

    def name(pk: int) -> str:
        return graph.cards[pk].name

    whole = path_to(graph.needs, card.id, name=name)
    left = path_to(graph.needs, card.id, known=known, name=name)
    earlier = 0 if most is None or len(left) <= most else len(left) - most
    ends = [*left, card.id][earlier:]
    steps = tuple(
        _step(number, graph.cards[pk], card) for number, pk in enumerate(ends, earlier + 1)
    )
    done = len(whole) - len(left)
    return Way(steps, done, len(whole), earlier, _said(len(whole), done))  # fmt: skip


def _step(number: int, step: ConceptCard, end: ConceptCard) -> Step:
    return Step(number, step.id, step.name, step.path, step.summary, here=step.id == end.id)


def _said(total: int, done: int) -> str:
    if not total:
        return _("nothing: you can begin here")
    if done:
        return _("you know %(done)d of %(total)d") % {"done": done, "total": total}
    return ngettext("%(n)d step", "%(n)d steps", total) % {"n": total}


def _all(number: int) -> str:
    return ngettext("%(n)s article", "%(n)s articles", number) % {"n": f"{number:,}"}


def _opened(graph: Graph, pk: int) -> Iterable[ConceptCard]:
    return sorted(
        (graph.cards[one] for one in graph.opens.get(pk, ())), key=lambda card: card.name.casefold()
    )


def _is_in(card: ConceptCard, slugs: Collection[str]) -> bool:
    return any(topic.slug in slugs for topic in card.topics)


def _slugs(tree: Iterable[TopicNode], area: str) -> frozenset[str]:
    for node in tree:
        found = frozenset(node.slugs) if node.ref.slug == area else _slugs(node.children, area)
        if found:
            return found
    return frozenset()


def _address(area: str, level: str) -> str:
    return parts.with_query(reverse("concepts"), [("area", area), ("level", level)])


def _levels(cards: Iterable[ConceptCard], area: str, level: str) -> Iterable[Choice]:
    counts: dict[str, int] = defaultdict(int)
    for card in cards:
        counts[card.level] += 1
    yield Choice(_("All"), _address(area, ""), sum(counts.values()), current=not level)
    labels = {"beginner": _("Beginner"), "practitioner": _("Practitioner"), "research": _("Research")}  # fmt: skip
    for name in LEVELS:
        if counts[name] or name == level:
            yield Choice(labels[name], _address(area, name), counts[name], current=name == level)


def _areas(
    tree: Iterable[TopicNode], cards: Collection[ConceptCard], area: str, level: str, depth: int = 0
) -> Iterable[Choice]:
    if not depth:
        yield Choice(_("All"), _address("", level), len(cards), current=not area)
    for node in tree:
        number = sum(_is_in(card, node.slugs) for card in cards)
        slug = node.ref.slug
        if number or slug == area:
            yield Choice(node.ref.name, _address(slug, level), number, slug == area, depth > 0)
        yield from _areas(node.children, cards, area, level, depth + 1)


def _letters(cards: Iterable[ConceptCard]) -> tuple[Letter, ...]:
    def first(card: ConceptCard) -> str:
        letter = card.name[:1].upper()
        return letter if letter.isalpha() else "#"

    ordered = sorted(cards, key=lambda card: (first(card), card.name.casefold()))
    return tuple(
        Letter(letter, concept_lines(group)) for letter, group in groupby(ordered, key=first)
    )
