"""What a reader follows, in folders; the words they mute; how they want the hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from kb.selectors import following, marks, mutes, readers
from kb.selectors.authors import author_path
from kb.selectors.readers import Target
from web.pages.me import kind_names

if TYPE_CHECKING:
    import datetime as dt

    from kb.selectors.following import FolderCard, Followed


@dataclass(frozen=True, slots=True)
class FollowRow:
    """One thing that is followed; `field` and `value` are what the form sends that ends it."""

    id: int
    title: str
    path: str
    kind: str
    folder: int | None
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """A folder, or None for what is in no folder, and what is in it."""

    folder: FolderCard | None
    first: bool
    last: bool
    rows: tuple[FollowRow, ...]


@dataclass(frozen=True, slots=True)
class FollowsPage:
    """Everything that a reader follows."""

    groups: tuple[Group, ...]
    folders: tuple[FolderCard, ...]
    total: int
    problem: str


@dataclass(frozen=True, slots=True)
class MutesPage:
    """The words that a reader mutes."""

    rows: tuple[mutes.MuteCard, ...]
    problem: str
    typed: str


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """How a reader wants the hub. `languages` are (code, name), empty where there is no choice."""

    newest_first: bool
    language: str
    languages: tuple[tuple[str, str], ...]
    saved: bool


@dataclass(frozen=True, slots=True)
class TagsPage:
    """A reader's tags, for renaming; for an article, those that it has."""

    rows: tuple[marks.TagCard, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class FilingPage:
    """One article, to be filed under tags. `tags` are (name, whether it is filed under it)."""

    id: int
    title: str
    path: str
    tags: tuple[tuple[str, bool], ...]
    next: str
    problem: str


def follows_page(user_id: int, problem: str = "") -> FollowsPage:
    """All that is followed, by folder; the empty folders, too."""
    cards = following.followed(user_id)
    folders = following.folders(user_id)
    groups = [
        Group(folder, number == 0, number == len(folders) - 1, _rows(cards, folder.id))
        for number, folder in enumerate(folders)
    ]
    loose = _rows(cards, None)
    if loose:
        groups.append(Group(None, first=False, last=False, rows=loose))
    return FollowsPage(tuple(groups), folders, len(cards), problem)


def mutes_page(user_id: int, now: dt.datetime, *, problem: str = "", typed: str = "") -> MutesPage:
    """What is muted, and how much it hides."""
    return MutesPage(mutes.mutes(user_id, now), problem, typed)


def settings_page(user_id: int, *, saved: bool) -> SettingsPage:
    """What can be chosen."""
    found = readers.preferences(user_id)
    languages = tuple((code, str(_(name))) for code, name in settings.LANGUAGES)
    return SettingsPage(
        newest_first=found.newest_first,
        language=found.language,
        languages=languages if len(languages) > 1 else (),
        saved=saved,
    )


def tags_page(user_id: int, problem: str = "") -> TagsPage:
    """All tags."""
    return TagsPage(marks.tags(user_id), problem)


def filing_page(user_id: int, article: int, back: str, problem: str = "") -> FilingPage | None:
    """An article and the tags that there are; None where readers see no such article."""
    story = next(iter(marks.page_of(following.stories_of([article]), limit=1)), None)
    if story is None:
        return None
    filed = marks.marks(user_id, [article])[article].tags
    tags = tuple((card.name, card.name in filed) for card in marks.tags(user_id))
    return FilingPage(article, story.title, story.path, tags, back or story.path, problem)


def _rows(cards: tuple[Followed, ...], folder: int | None) -> tuple[FollowRow, ...]:
    return tuple(_row(card) for card in cards if card.folder == folder)


def _row(card: Followed) -> FollowRow:
    field, value = Target(item=card.item, source=card.source, person=card.person).named
    path = card.path or author_path(card.person)
    return FollowRow(card.id, card.title, path, kind_names()[card.kind], card.folder, field, value)
