"""Which entries each feed has."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html, linebreaks
from django.utils.translation import gettext as _

from kb.core.items import ItemKind, split
from kb.selectors import articles, authors, lists, search, sources
from kb.selectors.wiki import resolver
from web import html, markdown
from web.feeds.document import LONG_AGO, Document, Item, absolute, clean, tag
from web.pages import parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kb.selectors.articles import Story
    from kb.selectors.lists import ListCard, ListItem
    from kb.selectors.search import Card
    from kb.selectors.wiki import Resolver

SIZE = 50


def home() -> Document:
    """The newest stories, one entry an event; its other tellers stand in the feeds of their sources."""
    return Document(
        id=tag("feed", "home"),
        title=settings.SITE_NAME,
        subtitle=_("The newest stories"),
        link=absolute(reverse("home")),
        items=story_items(articles.newest(limit=SIZE, folded=True)),
    )


def source(source_id: int) -> Document | None:
    """What one source carried."""
    name = sources.names_of([source_id]).get(source_id)
    if name is None:
        return None
    return Document(
        id=tag("feed", f"source/{source_id}"),
        title=f"{clean(name)} · {settings.SITE_NAME}",
        subtitle=_("Stories heard from %(name)s") % {"name": clean(name)},
        link=absolute(sources.source_path(source_id, name)),
        items=story_items(articles.newest(limit=SIZE, source_id=source_id)),
    )


def author(slug: str) -> Document | None:
    """What was written under one name."""
    card = authors.author(slug)
    if card is None:
        return None
    return Document(
        id=tag("feed", f"author/{quote(slug)}"),
        title=f"{clean(card.name)} · {settings.SITE_NAME}",
        subtitle=_("The newest articles by %(name)s") % {"name": clean(card.name)},
        link=absolute(card.path),
        items=story_items(authors.stories_by(slug, limit=SIZE)),
    )


def found(criteria: search.SearchCriteria, query: list[tuple[str, str]]) -> Document:
    """The newest results of a search; `query` are the parts of its address."""
    result = search.search(criteria) if query else None
    cards = [one.card for one in result.found] if result else []
    told = {item.id: item for item in story_items(_read(cards))}
    about = clean(criteria.text or (result.like.title if result and result.like else ""))
    address = parts.with_query("", query)
    return Document(
        # the words alone where there is nothing else, as it ever was: an id must not change
        id=tag("search", quote(about if len(_given(query)) == 1 else address, safe="")),
        title=f"{about or _('Search')} · {settings.SITE_NAME}",
        subtitle=_("Newest results of a search"),
        link=absolute(parts.with_query(reverse("search"), query)),
        items=tuple(told.get(tag("article", card.item)) or _card(card) for card in cards),
    )


def _given(query: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [part for part in query if part[1]]


def _read(cards: Iterable[Card]) -> tuple[Story, ...]:
    """The articles among the cards, with all that a feed says of an article."""
    ids = [pk for kind, pk in (split(card.item) for card in cards) if kind is ItemKind.ARTICLE]
    return articles.stories(articles.published().filter(pk__in=ids))


def _card(card: Card) -> Item:
    """An item of any other kind."""
    kind, pk = split(card.item)
    return Item(
        id=tag(kind.name.lower(), pk),
        title=clean(card.title),
        link=absolute(card.path),
        original="",
        summary=clean(card.gist),
        html=clean(linebreaks(card.gist, autoescape=True)),
        published=card.published_at,
        updated=max(card.updated_at, LONG_AGO),
        authors=(clean(card.who),) if card.who else (),
        language=parts.language(card.language, ""),
        source=card.label,
        source_link="",
        source_feed="",
    )


def reading_list(slug: str) -> Document | None:
    """One list: an entry a reading, the curator's words first."""
    given = lists.reading_list(slug)
    if not given:
        return None
    card, items = given
    links = resolver(*(item.commentary for item in items))
    return Document(
        id=tag("list", card.id),
        title=f"{clean(card.title)} · {settings.SITE_NAME}",
        subtitle=_("A reading list by %(name)s") % {"name": card.curator or settings.SITE_NAME},
        link=absolute(card.path),
        items=tuple(_reading(card, item, links) for item in reversed(items)),
        changed=card.updated_at,
    )


def reading_lists() -> Document:
    """Every list: an entry a list, with all of its commentary."""
    title = _("Reading lists · %(site)s") % {"site": settings.SITE_NAME}
    cards = lists.published_lists(limit=SIZE)
    return _lists("lists", title, _("Lists with commentary"), cards)


def issues() -> Document:
    """Every issue: an entry an issue, whole."""
    title = _("Issues · %(site)s") % {"site": settings.SITE_NAME}
    cards = lists.published_lists(limit=SIZE, issues=True)
    return _lists("issues", title, _("The readings of a week, with commentary"), cards)


def _lists(name: str, title: str, subtitle: str, cards: Iterable[ListCard]) -> Document:
    cards = tuple(cards)
    items = lists.items_of(card.id for card in cards)
    words = (item.commentary for own in items.values() for item in own)
    links = resolver(*(card.summary for card in cards), *words)
    return Document(
        id=tag("feed", name),
        title=title,
        subtitle=subtitle,
        link=absolute(reverse(name)),
        items=tuple(_whole_list(card, items[card.id], links) for card in cards),
    )


def story_items(stories: Iterable[Story]) -> tuple[Item, ...]:
    """An entry a story, with its text."""
    told = tuple(stories)
    bodies = articles.bodies([story.id for story in told])
    return tuple(_story(story, bodies.get(story.id, "")) for story in told)


def _story(story: Story, body: str) -> Item:
    lead = story.heard[0] if story.heard else None
    link = absolute(story.path)
    return Item(
        id=tag("article", story.id),
        title=clean(story.title),
        link=link,
        original=parts.outside(clean(story.url)),
        summary=clean(story.gist),
        html=clean(html.for_feed(body, link)),
        published=story.published_at,
        updated=max(story.updated_at, LONG_AGO),
        authors=tuple(clean(name) for name in story.authors),
        language=parts.language(story.language, ""),
        source=clean(story.source),
        source_link=absolute(sources.source_path(story.source_id, story.source))
        if story.source_id
        else "",
        source_feed=absolute(reverse("source_feed", args=[lead.source_id, "atom"])) if lead else "",
    )


def _commentary(item: ListItem, name: str, links: Resolver) -> str:
    words = markdown.render_whole(item.commentary, name=name, links=links)
    return html.for_feed(words, settings.SITE_URL)


def _reading(card: ListCard, item: ListItem, links: Resolver) -> Item:
    story = item.story
    body = _commentary(item, str(item.id), links)
    gist = story.gist if story else ""
    return Item(
        id=tag("reading", item.id),
        title=clean(item.title),
        link=absolute(f"{card.path}#item-{item.number}"),
        original=parts.outside(clean(item.url)),
        summary=clean(gist),
        html=clean(body + linebreaks(gist, autoescape=True) if gist else body),
        published=card.published_at,
        updated=card.updated_at,
        authors=tuple(clean(name) for name in ([card.curator] if card.curator else [])),
        language="",
        source=clean(card.title),
        source_link=absolute(card.path),
        source_feed=absolute(reverse("list_feed", args=[card.slug, "atom"])),
    )


def _whole_list(card: ListCard, items: Iterable[ListItem], links: Resolver) -> Item:
    summary = markdown.render_whole(card.summary, name="s", links=links)
    sections = [html.for_feed(summary, settings.SITE_URL)]
    for item in items:
        ours = item.story or item.thing
        address = absolute(ours.path) if ours else parts.outside(item.url)
        title = format_html('<h2><a href="{}">{}</a></h2>', address, item.title)
        sections += [title, _commentary(item, f"{card.id}-{item.number}", links)]
    return Item(
        id=tag("list", card.id),
        title=clean(card.title),
        link=absolute(card.path),
        original="",
        summary="",
        html=clean("".join(sections)),
        published=card.published_at,
        updated=card.updated_at,
        authors=(clean(card.curator),) if card.curator else (),
        language="",
        source="",
        source_link="",
        source_feed="",
    )
