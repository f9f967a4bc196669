"""Topics: the tree, and one topic with what belongs to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.core.items import ItemKind, item_id
from kb.selectors import topics
from web.pages import parts
from web.pages.following import Following, following
from web.pages.lines import Line, lines
from web.pages.prose import Prose
from web.pages.story import StoryRow, in_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.utils.safestring import SafeString

    from kb.selectors.things import Thing
    from kb.selectors.topics import TopicNode, TopicRef

NEWEST = 12
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Branch:
    """A topic in the tree; `new` says how many articles of the last week are about it or what is below it."""

    name: str
    path: str
    summary: SafeString
    new: str
    children: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class TopicsPage:
    """The tree."""

    branches: tuple[Branch, ...]
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class Shelf:
    """Things of one kind that belong to a topic."""

    id: str
    title: str
    things: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TopicPage:
    """One topic, with what belongs to it and to those below it."""

    title: str
    slug: str
    path: str
    above: tuple[TopicRef, ...]
    children: tuple[Branch, ...]
    summary: SafeString
    concepts: tuple[Line, ...]
    shelves: tuple[Shelf, ...]
    resources: tuple[Shelf, ...]
    newest: tuple[StoryRow, ...]
    pages: parts.Paging
    following: Following
    feeds: parts.Feeds


def topics_page(now: dt.datetime) -> TopicsPage:
    """All of them."""
    tree = topics.topic_tree()
    prose = Prose(_summaries(tree))
    new = topics.since(now - WEEK)
    return TopicsPage(
        branches=tuple(_branch(node, prose, new) for node in tree),
        feeds=parts.feeds(_("Everything in a topic"), "topics_feed"),
    )


def topic_page(
    slug: str, now: dt.datetime, number: int = 1, *, reader: int | None = None
) -> TopicPage | None:
    """One topic, or None; `number` is the page of its articles, and past the last there is none."""
    found = topics.topic(slug)
    if found is None:
        return None
    node = found.node
    total = topics.articles_in(node.slugs).count()
    pages = max(1, -(-total // NEWEST))
    if number > pages:
        return None
    prose = Prose(_summaries((node,)))
    feeds = parts.feeds(node.ref.name, "topic_feed", slug)
    stories = topics.newest_in(node.slugs, limit=NEWEST, offset=(number - 1) * NEWEST)
    new = topics.since(now - WEEK) if node.children else {}
    here = topics.things_in(node.slugs)
    return TopicPage(
        title=node.ref.name,
        slug=slug,
        path=node.ref.path,
        above=found.above,
        children=tuple(_branch(child, prose, new) for child in node.children),
        summary=prose.html(node.summary),
        concepts=lines(here.get(ItemKind.CONCEPT, ())),
        shelves=tuple(_shelves(here)),
        resources=tuple(_resources(here.get(ItemKind.RESOURCE, ()))),
        newest=tuple(in_list(story, now) for story in stories),
        pages=parts.paging(
            number,
            pages,
            lambda n: parts.with_query(node.ref.path, [("page", str(n) if n > 1 else "")]),
        ),
        following=following(item_id(ItemKind.TOPIC, node.ref.id), reader, node.ref.path, feeds),
        feeds=feeds,
    )


def _shelves(here: Mapping[ItemKind, tuple[Thing, ...]]) -> Iterable[Shelf]:
    kinds = (
        (ItemKind.LIST, "lists", _("Lists")),
        (ItemKind.QUESTION, "questions", _("Questions")),
        (ItemKind.IMPRESSION, "impressions", _("Impressions")),
    )
    for kind, name, title in kinds:
        if kind in here:
            yield Shelf(name, title, lines(here[kind]))


def _resources(found: Iterable[Thing]) -> Iterable[Shelf]:
    """Those of each kind, and how many there are: most topics have more than a page should show at once."""
    kinds: dict[str, list[Thing]] = {}
    for thing in found:
        kinds.setdefault(thing.kind, []).append(thing)
    for kind, group in sorted(kinds.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        label = f"{group[0].label[:1].upper()}{group[0].label[1:]}"
        yield Shelf(kind, _("%(kind)s: %(n)d") % {"kind": label, "n": len(group)}, lines(group))


def _branch(node: TopicNode, prose: Prose, new: Mapping[str, frozenset[int]]) -> Branch:
    number = len(frozenset().union(*(new.get(slug, frozenset()) for slug in node.slugs)))
    said = ngettext("%(n)d new this week", "%(n)d new this week", number) % {"n": number}
    return Branch(
        name=node.ref.name,
        path=reverse("topic", args=[node.ref.slug]),
        summary=prose.html(node.summary),
        new=said if number else "",
        children=tuple(_branch(child, prose, new) for child in node.children),
    )


def _summaries(nodes: Iterable[TopicNode]) -> Iterable[str]:
    for node in nodes:
        yield node.summary
        yield from _summaries(node.children)
