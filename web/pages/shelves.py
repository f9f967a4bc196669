"""A reader's articles as pages of rows: unread, put off, starred, read, filed under a tag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.selectors import following, marks
from web.pages import parts
from web.pages.story import StoryRow, in_list

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from django.db.models import QuerySet

    from kb.selectors.following import Followed

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to narrow a shelf."""

    label: str
    path: str
    current: bool


@dataclass(frozen=True, slots=True)
class ShelfPage:
    """Rows under a title. `empty` says what would be here and how it comes; `tag` is the tag that it shows; `scope` is
    what the forms of an unread page hold, so that they mark what was seen and nothing later."""

    name: str
    title: str
    empty: str
    says: str
    rows: tuple[StoryRow, ...]
    pages: parts.Paging
    choices: tuple[Choice, ...] = ()
    tag: str = ""
    scope: tuple[tuple[str, str], ...] = ()

    @property
    def chosen(self) -> bool:
        """Whether the reader put these here themselves: then no mute hides any."""
        return not self.scope


def shelf_page(user_id: int, name: marks.Shelf, now: dt.datetime, number: int) -> ShelfPage | None:
    """Starred, put off or read; None past the end."""
    titles = {
        "starred": (_("Starred"), _("Nothing starred yet. The star beside a story, or the key s, puts it here.")),
        "queued": (_("Queue"), _("Nothing put off. “Later” beside a story, or the key q, puts it here.")),
        "read": (_("Read"), _("Nothing read yet. Articles that you open come here.")),
    }  # fmt: skip
    title, empty = titles[name]
    path = reverse({"queued": "queue"}.get(name, name))
    leaf = _leaf(marks.shelf(user_id, name), path, now, number)
    return ShelfPage(name, title, empty, *leaf) if leaf else None


def tag_page(user_id: int, tag: str, now: dt.datetime, number: int) -> ShelfPage | None:
    """What is filed under a tag; None where there is no such tag, or past the end."""
    if not marks.has_tag(user_id, tag):
        return None
    empty = _("Nothing is filed under this tag.")
    leaf = _leaf(marks.tagged(user_id, tag), reverse("tag", args=[tag]), now, number)
    return ShelfPage("tag", tag, empty, *leaf, tag=tag) if leaf else None


def unread_page(
    user_id: int, now: dt.datetime, number: int, *, folder: int | None, follow: int | None
) -> ShelfPage | None:
    """What is unread of all that is followed, of a folder (0: of what is in none) or of one thing; None past the end."""
    every = following.followed(user_id)
    cards = within(every, folder=folder, follow=follow)
    brought = following.unread(user_id, cards, now)
    rows = following.stories_of(frozenset[int]().union(*brought.values()))
    narrowed = [("folder", "" if folder is None else str(folder)), ("follow", str(follow or ""))]
    path = reverse("unread")
    title = cards[0].title if follow and cards else _("Unread")
    empty = (
        _("You have read all that what you follow brought in the last thirty days.")
        if cards
        else _("You follow nothing yet. Topics, concepts, lists and sources have a button for it.")
    )
    leaf = _leaf(rows, path, now, number, narrowed)
    if leaf is None:
        return None
    scope = (*((name, value) for name, value in narrowed if value), ("until", now.isoformat()))
    choices = _choices(user_id, every, folder, follow)
    return ShelfPage("unread", title, empty, *leaf, choices=choices, scope=scope)


def within(
    cards: tuple[Followed, ...], *, folder: int | None, follow: int | None
) -> tuple[Followed, ...]:
    """What is followed in a folder (0: in none), or the one thing."""
    if follow is not None:
        return tuple(card for card in cards if card.id == follow)
    if folder is not None:
        return tuple(card for card in cards if (card.folder or 0) == folder)
    return cards


def _choices(
    user_id: int, cards: tuple[Followed, ...], folder: int | None, follow: int | None
) -> tuple[Choice, ...]:
    path = reverse("unread")
    used = {card.folder or 0 for card in cards}
    named = [(one.name, one.id) for one in following.folders(user_id) if one.id in used]
    if not named:
        return ()
    named += [(_("In no folder"), 0)] if 0 in used else []
    every = Choice(_("All"), path, folder is None and follow is None)
    return (every, *(Choice(name, f"{path}?folder={pk}", folder == pk) for name, pk in named))


def _leaf(
    rows: QuerySet,  # type: ignore[type-arg]  # of articles, whose table pages do not name
    path: str,
    now: dt.datetime,
    number: int,
    query: list[tuple[str, str]] | None = None,
) -> tuple[str, tuple[StoryRow, ...], parts.Paging] | None:
    """How many there are in words, the rows of one page, and the way to the others; None past the end."""
    total = rows.count()
    pages = max(1, -(-total // PER_PAGE))
    if number > pages:
        return None
    told = marks.page_of(rows, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    return (
        ngettext("%(n)d article", "%(n)d articles", total) % {"n": total} if total else "",
        tuple(in_list(story, now) for story in told),
        parts.paging(number, pages, _numbered(path, query or [])),
    )


def _numbered(path: str, query: list[tuple[str, str]]) -> Callable[[int], str]:
    return lambda n: parts.with_query(path, [*query, ("page", str(n) if n > 1 else "")])
