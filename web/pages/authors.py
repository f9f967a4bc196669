"""Authors: who wrote lately, and what one wrote."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.urls import reverse
from django.utils.translation import gettext as _

from kb.selectors import authors
from web.pages import parts, rising
from web.pages.following import Following, following
from web.pages.story import StoryRow, in_list

if TYPE_CHECKING:
    from kb.selectors.authors import AuthorCard

PER_PAGE = 30
SHOWN = 120
TOGETHER = 10
YEAR = dt.timedelta(days=365)
SECONDS = 1800


@dataclass(frozen=True, slots=True)
class AuthorsPage:
    """An index: of the last year, or of what was asked for."""

    title: str
    asked: str
    authors: tuple[AuthorCard, ...]


@dataclass(frozen=True, slots=True)
class AuthorPage:
    """What a name wrote, and with whom."""

    title: str
    slug: str
    path: str
    total: int
    stories: tuple[StoryRow, ...]
    pages: parts.Paging
    together: tuple[AuthorCard, ...]
    search: str
    following: Following
    feeds: parts.Feeds


def authors_page(asked: str, now: dt.datetime) -> AuthorsPage:
    """The index. Who wrote most is counted at most twice an hour."""
    if asked:
        return AuthorsPage(_("Authors"), asked, authors.named(asked, limit=SHOWN))
    found: tuple[AuthorCard, ...] | None = caches["process"].get("authors")
    if found is None:
        found = authors.busiest(now - YEAR, limit=SHOWN)
        caches["process"].set("authors", found, SECONDS)
    return AuthorsPage(_("Authors"), "", found)


def author_page(
    slug: str, now: dt.datetime, number: int, reader: int | None = None
) -> AuthorPage | None:
    """One name, or None where nobody bears it, or past the last page."""
    card = authors.author(slug)
    if card is None:
        return None
    pages = max(1, -(-card.articles // PER_PAGE))
    if number > pages:
        return None
    stories = authors.stories_by(slug, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    around = rising.around(stories, ())
    return AuthorPage(
        title=card.name,
        slug=slug,
        path=card.path,
        total=card.articles,
        stories=tuple(in_list(story, now, around=around) for story in stories),
        pages=parts.paging(
            number,
            pages,
            lambda n: parts.with_query(card.path, [("page", str(n) if n > 1 else "")]),
        ),
        together=authors.coauthors(slug, limit=TOGETHER),
        search=parts.with_query(reverse("search"), [("q", f'author:"{card.name}"')]),
        following=following(None, reader, card.path, person=card.name),
        feeds=parts.feeds(card.name, "author_feed", slug),
    )
