"""What a reader finds when they come back: what is new from what they follow, what they kept, how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from kb.selectors import following, marks, readers
from web.pages import parts
from web.pages.lines import Line
from web.pages.story import StoryRow, byline, in_list

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from kb.selectors.articles import Story
    from kb.selectors.following import Followed
    from kb.selectors.readers import PathCard

NEWEST = 6
KEPT = 5


@dataclass(frozen=True, slots=True)
class Brings:
    """Something followed that has unread articles."""

    title: str
    path: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class FolderRows:
    """A folder with what in it has something unread; an article that several bring counts once."""

    name: str
    path: str
    count: int
    rows: tuple[Brings, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The first few of a shelf."""

    id: str
    title: str
    path: str
    count: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class MePage:
    """The reader's first page. `follows` is how many things they follow."""

    follows: int
    unread: int
    folders: tuple[FolderRows, ...]
    newest: tuple[StoryRow, ...]
    shelves: tuple[Kept, ...]
    paths: tuple[PathCard, ...]
    tags: tuple[marks.TagCard, ...]


def me_page(user_id: int, now: dt.datetime) -> MePage:
    """The first page of a reader."""
    cards = following.followed(user_id)
    unread = following.unread(user_id, cards, now)
    every = frozenset[int]().union(*unread.values())
    newest = marks.page_of(following.stories_of(every), limit=NEWEST)
    return MePage(
        follows=len(cards),
        unread=len(every),
        folders=tuple(_folders(user_id, cards, unread)),
        newest=tuple(in_list(story, now) for story in newest),
        shelves=(
            _kept(user_id, "queued", _("Queue"), reverse("queue"), now),
            _kept(user_id, "starred", _("Starred"), reverse("starred"), now),
        ),
        paths=readers.paths_begun(user_id),
        tags=marks.tags(user_id),
    )


def kind_names() -> dict[str, str]:
    """What kinds of things that can be followed are called."""
    return {
        "source": _("source"),
        "person": _("author"),
        "topic": _("topic"),
        "concept": _("concept"),
        "list": _("list"),
        "question": _("question"),
        "impression": _("impression"),
        "resource": _("resource"),
        "article": _("article"),
    }


def _folders(
    user_id: int, cards: tuple[Followed, ...], unread: Mapping[int, frozenset[int]]
) -> list[FolderRows]:
    kinds = kind_names()
    groups: list[tuple[str, int | None]] = [
        (folder.name, folder.id) for folder in following.folders(user_id)
    ]
    groups.append((_("In no folder") if groups else _("What you follow"), None))
    found = []
    for name, folder in groups:
        within = [card for card in cards if card.folder == folder and unread[card.id]]
        if not within:
            continue
        rows = (
            Brings(card.title, _unread("follow", card.id), kinds[card.kind], len(unread[card.id]))
            for card in sorted(within, key=lambda card: -len(unread[card.id]))
        )
        count = len(frozenset[int]().union(*(unread[card.id] for card in within)))
        found.append(FolderRows(name, _unread("folder", folder or 0), count, tuple(rows)))
    return found


def _unread(name: str, value: int) -> str:
    return parts.with_query(reverse("unread"), [(name, str(value))])


def _kept(user_id: int, shelf: marks.Shelf, title: str, path: str, now: dt.datetime) -> Kept:
    rows = marks.shelf(user_id, shelf)
    lines = tuple(_line(story, now) for story in marks.page_of(rows, limit=KEPT))
    return Kept(shelf, title, path, rows.count(), lines)


def _line(story: Story, now: dt.datetime) -> Line:
    who = story.source or story.venue or byline(story)
    facts = (who, parts.long_date(story.published_at, now.date()))
    return Line(
        story.title, story.path, parts=tuple(filter(None, facts)),
        language=parts.language(story.language),
    )  # fmt: skip
