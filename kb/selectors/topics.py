"""The tree of topics, and what is said to belong to each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from kb.core.items import ItemKind, span, split
from kb.models import Article, Label, Topic
from kb.selectors import articles
from kb.selectors.things import Thing, things

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from django.db.models import QuerySet

    from kb.selectors.articles import Story

PREFIX = "topic:"


@dataclass(frozen=True, slots=True)
class TopicRef:
    """A topic as a link."""

    id: int
    slug: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class TopicNode:
    """A topic with those below it. `summary` is Markdown."""

    ref: TopicRef
    summary: str
    children: tuple[TopicNode, ...]

    @property
    def slugs(self) -> tuple[str, ...]:
        """Its own and those of everything below it."""
        return (self.ref.slug, *(slug for child in self.children for slug in child.slugs))


@dataclass(frozen=True, slots=True)
class TopicDetail:
    """One topic: `above` are its ancestors, the root first."""

    node: TopicNode
    above: tuple[TopicRef, ...]


def topic_tree() -> tuple[TopicNode, ...]:
    """All topics below their parents, in the curators' order. One query."""
    return _below(_by_parent(), None)


def all_topics() -> tuple[TopicRef, ...]:
    """Every topic, each after the one that it is a part of. One query."""

    def walk(nodes: Iterable[TopicNode]) -> Iterator[TopicRef]:
        for node in nodes:
            yield node.ref
            yield from walk(node.children)

    return tuple(walk(topic_tree()))


def topic(slug: str) -> TopicDetail | None:
    """One topic, or None. One query: the tree is small."""
    below = _by_parent()
    rows = {row.pk: row for level in below.values() for row in level}
    row = next((row for row in rows.values() if row.slug == slug), None)
    if row is None:
        return None
    above: list[TopicRef] = []
    parent = rows.get(row.parent_id or 0)
    # a panel that is misused can close a circle
    while parent and parent.pk not in {ref.id for ref in above} | {row.pk}:
        above.insert(0, _ref(parent))
        parent = rows.get(parent.parent_id or 0)
    return TopicDetail(node=_node(below, row), above=tuple(above))


def labelled(slugs: Iterable[str]) -> QuerySet[Label]:
    """What is said of items about these topics and not refused."""
    names = [f"{PREFIX}{slug}" for slug in slugs]
    return Label.objects.filter(name__in=names, refused=False).order_by()


def articles_in(slugs: Iterable[str]) -> QuerySet[Article]:
    """Published, dated articles of these topics, newest first."""
    said = labelled(slugs).filter(item__range=span(ItemKind.ARTICLE))
    return articles.dated().filter(pk__in=said.values("item"))


def newest_in(slugs: Iterable[str], *, limit: int, offset: int = 0) -> tuple[Story, ...]:
    """The newest stories of these topics. Events are not folded: who leads one may be about something else."""
    return articles.stories(articles_in(slugs)[offset : offset + limit])


def since(day: dt.datetime) -> Mapping[str, frozenset[int]]:
    """Topic slug -> the published articles of it that are dated after `day`. One query."""
    recent = articles.dated().filter(published_at__gt=day).order_by()
    rows = Label.objects.filter(
        name__startswith=PREFIX, refused=False, item__in=recent.values("pk")
    ).order_by()
    found: dict[str, set[int]] = defaultdict(set)
    for name, item in rows.values_list("name", "item"):
        found[name.removeprefix(PREFIX)].add(item)
    return {slug: frozenset(items) for slug, items in found.items()}


def things_in(slugs: Iterable[str]) -> dict[ItemKind, tuple[Thing, ...]]:
    """What belongs to these topics beside articles: by kind, and by title. One query, and one a kind."""
    rows = labelled(slugs).filter(item__gt=span(ItemKind.ARTICLE)[1])
    found: dict[ItemKind, list[Thing]] = defaultdict(list)
    for item, thing in things(set(rows.values_list("item", flat=True))).items():
        found[split(item)[0]].append(thing)
    return {
        kind: tuple(sorted(group, key=lambda thing: thing.title.casefold()))
        for kind, group in found.items()
    }


def topics_of(items: Iterable[int]) -> Mapping[int, tuple[TopicRef, ...]]:
    """Item -> its topics, the surest first. Two queries."""
    rows = Label.objects.filter(item__in=list(items), name__startswith=PREFIX, refused=False)
    said = list(rows.order_by("origin", "-confidence", "name").values_list("item", "name"))
    slugs = {name.removeprefix(PREFIX) for _item, name in said}
    refs = {row.slug: _ref(row) for row in Topic.objects.filter(slug__in=slugs)} if slugs else {}
    found = defaultdict[int, tuple[TopicRef, ...]](tuple)
    for item, name in said:
        ref = refs.get(name.removeprefix(PREFIX))
        found[item] += (ref,) if ref else ()
    return found


def _by_parent() -> dict[int | None, list[Topic]]:
    below: dict[int | None, list[Topic]] = defaultdict(list)
    for row in Topic.objects.defer("about"):
        below[row.parent_id].append(row)
    return below


def _below(below: Mapping[int | None, list[Topic]], parent: int | None) -> tuple[TopicNode, ...]:
    return tuple(_node(below, row) for row in below.get(parent, ()))


def _node(below: Mapping[int | None, list[Topic]], row: Topic) -> TopicNode:
    # without this row's siblings, so that a circle ends
    rest = {parent: rows for parent, rows in below.items() if parent != row.pk}
    children = tuple(_node(rest, child) for child in below.get(row.pk, ()))
    return TopicNode(ref=_ref(row), summary=row.summary, children=children)


def _ref(row: Topic) -> TopicRef:
    return TopicRef(row.pk, row.slug, row.name, reverse("topic", args=[row.slug]))
