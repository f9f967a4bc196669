"""Reading lists: the index, and one list with its commentary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.selectors import lists, readers, written
from kb.selectors.topics import topics_of
from web.pages import parts
from web.pages.following import Following, following
from web.pages.prose import LogLine, Prose, gutter, log, when
from web.pages.story import When, byline

if TYPE_CHECKING:
    import datetime as dt

    from django.utils.safestring import SafeString

    from kb.selectors.lists import ListCard, ListItem
    from kb.selectors.topics import TopicRef
    from web.markdown import Written

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
class Group:
    """The lists of one kind."""

    kind: str
    title: str
    says: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class ListsPage:
    """All published lists, by kind."""

    groups: tuple[Group, ...]
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class Item:
    """One reading with the curator's words. `path` is our own page of it, where there is one; `moved` says how a ranked one
    moved, and which way; `done` is None where nobody keeps count.

    `trouble` says what is wrong with its link; only curators see it.
    """

    id: int
    number: int
    title: str
    language: str
    path: str
    outside: str
    host: str
    parts: tuple[str, ...]
    written: Written
    moved: tuple[str, str] = ("", "")
    done: bool | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """The readings under one heading; "" where the list has none."""

    title: str
    size: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reader has come on a path."""

    done: int
    total: int
    left: str


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue in the index: a card, its number in words, and the titles in the newest."""

    card: Card
    number: str
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class IssuesPage:
    """All issues, the newest with what is in it."""

    newest: Issue | None
    issues: tuple[Issue, ...]
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class ListPage:
    """One list. `progress` is None where nobody keeps count; `issue` is its number in words where it is the readings of a
    week, and the others are then around it."""

    title: str
    slug: str
    path: str
    label: str
    curator: str
    published: When
    moved: When | None
    summary: SafeString
    length: str
    topics: tuple[TopicRef, ...]
    sections: tuple[Section, ...]
    progress: Progress | None
    log: tuple[LogLine, ...]
    following: Following
    feeds: parts.Feeds
    issue: str = ""
    older: parts.PageLink | None = None
    newer: parts.PageLink | None = None


def lists_page(now: dt.datetime) -> ListsPage:
    """The index; issues have one of their own."""
    cards = lists.published_lists(issues=False)
    prose = Prose(card.summary for card in cards)
    kinds = (
        ("path", _("Learning paths"), _("in order, with the time that they take")),
        ("top", _("Ranked"), _("best first")),
        ("collection", _("Collections"), _("newest first")),
    )
    groups = (
        Group(kind, title, says, tuple(_card(c, prose, now) for c in cards if c.kind == kind))
        for kind, title, says in kinds
    )
    return ListsPage(
        groups=tuple(group for group in groups if group.cards),
        feeds=parts.feeds(_("Reading lists"), "lists_feed"),
    )


def issues_page(now: dt.datetime) -> IssuesPage:
    """The index of issues."""
    cards = lists.published_lists(issues=True)
    prose = Prose(card.summary for card in cards)
    found = [
        Issue(_card(card, prose, now), _issue(len(cards) - at)) for at, card in enumerate(cards)
    ]
    if cards:
        items = lists.list_items(cards[0].id)
        titles = tuple((item.title, f"{cards[0].path}#item-{item.number}") for item in items)
        found[0] = replace(found[0], items=titles)
    return IssuesPage(
        newest=found[0] if found else None,
        issues=tuple(found[1:]),
        feeds=parts.feeds(_("Issues"), "issues_feed"),
    )


def list_page(
    slug: str, now: dt.datetime, *, reader: int | None = None, curating: bool = False
) -> ListPage | None:
    """A published list, or None; with what is wrong with its links for those who can mend them."""
    found = lists.reading_list(slug)
    if not found:
        return None
    card, items = found
    broken = lists.broken_links(item.url for item in items) if curating else {}
    moved = card.updated_at.date() > card.published_at.date()
    prose = Prose([card.summary, *(item.commentary for item in items)])
    counts = reader is not None and card.kind == "path"
    done = readers.readings_done(reader, card.id) if reader is not None and counts else None
    rows = tuple(_item(item, prose, now, done, broken.get(item.url, "")) for item in items)
    feeds = parts.feeds(card.title, "issue_feed" if card.is_issue else "list_feed", card.slug)
    older, newer = lists.issue_around(card) if card.is_issue else (None, None)
    return ListPage(
        title=card.title,
        slug=slug,
        path=card.path,
        label=str(card.label),
        curator=card.curator,
        published=when(card.published_at, now),
        moved=when(card.updated_at, now) if moved else None,
        summary=prose.html(card.summary, name="summary"),
        length=_length(items),
        topics=topics_of([card.item])[card.item],
        sections=_sections(items, rows),
        progress=_progress(items, done) if done is not None else None,
        log=log(written.changes(card.item), card.published_at, card.curator, now),
        following=following(card.item, reader, card.path, feeds),
        feeds=feeds,
        issue=_issue(lists.issue_number(card)) if card.is_issue else "",
        older=parts.PageLink(f"← {older.title}", older.path) if older else None,
        newer=parts.PageLink(f"{newer.title} →", newer.path) if newer else None,
    )


def _issue(number: int) -> str:
    return _("Issue %(n)d") % {"n": number}


def pieces(number: int) -> str:
    """8 pieces."""
    return ngettext("%(n)d piece", "%(n)d pieces", number) % {"n": number}


def _card(card: ListCard, prose: Prose, now: dt.datetime) -> Card:
    return Card(
        title=card.title,
        path=card.path,
        summary=prose.html(card.summary, name=f"l{card.id}"),
        parts=tuple(part for part in (card.curator, pieces(card.size)) if part),
        when=gutter(card.published_at, now),
    )


def _sections(items: tuple[ListItem, ...], rows: tuple[Item, ...]) -> tuple[Section, ...]:
    """Runs of readings with one heading."""
    runs = groupby(zip(items, rows, strict=True), key=lambda pair: pair[0].section)
    found = ((title, tuple(row for _, row in run)) for title, run in runs)
    return tuple(Section(title, pieces(len(run)), run) for title, run in found)


def _progress(items: tuple[ListItem, ...], done: frozenset[int]) -> Progress:
    left = sum(item.minutes or 0 for item in items if item.id not in done)
    read = sum(item.id in done for item in items)
    said = _("about %(time)s left") % {"time": parts.took(left)} if left else ""
    return Progress(read, len(items), said)


def _length(items: tuple[ListItem, ...]) -> str:
    """How many readings, and how long they take or, where that is not said, what is written about them."""
    minutes = sum(item.minutes or 0 for item in items)
    if minutes:
        return _("%(pieces)s, about %(time)s") % {"pieces": pieces(len(items)), "time": parts.took(minutes)}  # fmt: skip
    words = sum(len(item.commentary.split()) for item in items)
    if words < WORDS_A_MINUTE:
        return pieces(len(items))
    minutes = round(words / WORDS_A_MINUTE)
    reading = ngettext("%(n)d minute of commentary", "%(n)d minutes of commentary", minutes)
    return f"{pieces(len(items))}, {reading % {'n': minutes}}"


def _item(
    item: ListItem, prose: Prose, now: dt.datetime, done: frozenset[int] | None, trouble: str
) -> Item:
    story, thing = item.story, item.thing
    outside = parts.outside(item.url)
    said: tuple[str, ...] = ()
    if story:
        day = parts.long_date(story.published_at, now.date())
        said = (byline(story), story.source or story.venue, day)
    elif thing:
        said = thing.facts or (thing.label,)
    return Item(
        id=item.id,
        number=item.number,
        title=item.title,
        language=parts.language(story.language if story else ""),
        path=story.path if story else thing.path if thing else outside,
        outside=outside,
        host=parts.host(item.url),
        parts=tuple(
            part for part in (*said, parts.took(item.minutes) if item.minutes else "") if part
        ),
        written=prose.whole(item.commentary, name=str(item.number)),
        moved=_moved(item),
        done=None if done is None else item.id in done,
        trouble=trouble,
    )


def _moved(item: ListItem) -> tuple[str, str]:
    """How a ranked reading moved since the edition before: (which way, in words)."""
    if item.before is None or item.before == item.number:
        return "", ""
    by = abs(item.before - item.number)
    if not item.before:
        return "new", _("new")
    up = item.before > item.number
    return ("up", _("up %(n)d") % {"n": by}) if up else ("down", _("down %(n)d") % {"n": by})
