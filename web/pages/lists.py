"""Reading lists: the index, and one list with its commentary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.selectors import lists
from web import markdown
from web.pages import parts
from web.pages.story import When, byline

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.safestring import SafeString

    from kb.selectors.lists import ListCard, ListItem

WORDS_A_MINUTE = 230


@dataclass(frozen=True, slots=True)
class Card:
    """A list in the index."""

    title: str
    path: str
    summary: SafeString
    parts: tuple[str, ...]
    when: When


@dataclass(frozen=True, slots=True)
class ListsPage:
    """All published lists."""

    cards: tuple[Card, ...]
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class Item:
    """One reading with the curator's words. `path` is our own page of it, where there is one.

    `trouble` says what is wrong with its link; only curators see it.
    """

    number: int
    title: str
    language: str
    path: str
    outside: str
    host: str
    parts: tuple[str, ...]
    written: markdown.Written
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """One list."""

    title: str
    path: str
    curator: str
    published: When
    moved: When | None
    summary: SafeString
    length: str
    items: tuple[Item, ...]
    feeds: parts.Feeds


def lists_page(now: dt.datetime) -> ListsPage:
    """The index."""
    cards = tuple(_card(card, now) for card in lists.published_lists())
    return ListsPage(cards=cards, feeds=parts.feeds(_("Reading lists"), "lists_feed"))


def list_page(slug: str, now: dt.datetime, *, curating: bool = False) -> ListPage | None:
    """A published list, or None; with what is wrong with its links for those who can mend them."""
    found = lists.reading_list(slug)
    if not found:
        return None
    card, items = found
    broken = lists.broken_links(item.url for item in items) if curating else {}
    moved = card.updated_at.date() > card.published_at.date()
    return ListPage(
        title=card.title,
        path=card.path,
        curator=card.curator,
        published=_when(card.published_at, now),
        moved=_when(card.updated_at, now) if moved else None,
        summary=markdown.render(card.summary, name="summary").html,
        length=_length(items),
        items=tuple(_item(item, now, broken.get(item.url, "")) for item in items),
        feeds=parts.feeds(card.title, "list_feed", card.slug),
    )


def pieces(number: int) -> str:
    """8 pieces."""
    return ngettext("%(n)d piece", "%(n)d pieces", number) % {"n": number}


def _when(at: dt.datetime, now: dt.datetime) -> When:
    return When(at.isoformat(), parts.long_date(at, now.date()))


def _card(card: ListCard, now: dt.datetime) -> Card:
    return Card(
        title=card.title,
        path=card.path,
        summary=markdown.render(card.summary, name=f"l{card.id}").html,
        parts=tuple(part for part in (card.curator, pieces(card.size)) if part),
        when=_when(card.published_at, now),
    )


def _length(items: tuple[ListItem, ...]) -> str:
    words = sum(len(item.commentary.split()) for item in items)
    if words < WORDS_A_MINUTE:
        return pieces(len(items))
    minutes = round(words / WORDS_A_MINUTE)
    reading = ngettext("%(n)d minute of commentary", "%(n)d minutes of commentary", minutes)
    return f"{pieces(len(items))}, {reading % {'n': minutes}}"


def _item(item: ListItem, now: dt.datetime, trouble: str) -> Item:
    story = item.story
    outside = parts.outside(item.url)
    said: tuple[str, ...] = ()
    if story:
        day = parts.long_date(story.published_at, now.date())
        said = (byline(story), story.source or story.venue, day)
    return Item(
        number=item.number,
        title=item.title,
        language=parts.language(story.language) if story else "",
        path=story.path if story else outside,
        outside=outside,
        host=parts.host(item.url),
        parts=tuple(part for part in said if part),
        written=markdown.render(item.commentary, name=str(item.number)),
        trouble=trouble,
    )
