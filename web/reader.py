"""Who is signed in, and how they stand to the articles of the page that is being written."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings

from kb.core.mutes import is_muted
from kb.selectors import marks, readers
from kb.selectors.mutes import muted_words
from web.pages.article import ArticlePage
from web.pages.results import ResultRow
from web.pages.story import StoryRow

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest

    from kb.selectors.readers import Preferred


class Reader:
    """A signed-in reader. What a page asks of them is fetched once, for all its rows, and only if it asks."""

    def __init__(self, user: Any) -> None:
        self.id: int = user.pk
        self.name: str = user.email or user.get_username()
        self.curates: bool = user.is_staff
        self._marks: Mapping[int, marks.Marked] | None = None
        self.buttons: dict[tuple[marks.Marked, bool], str] = {}
        """What the page has shown already for articles that they stand to in one way (web.templatetags.reader)."""

    def marked(self, article: int, page: object) -> marks.Marked:
        """How they stand to an article; asks for all articles of the page at once."""
        if self._marks is None:
            self._marks = marks.marks(self.id, {article, *articles_on(page)})
        return self._marks[article]

    def mutes(self, row: StoryRow) -> bool:
        """Whether they do not want to see this row."""
        return is_muted(self._words, row.title, row.gist)

    @cached_property
    def _words(self) -> re.Pattern[str] | None:
        return muted_words(self.id)

    @cached_property
    def preferences(self) -> Preferred:
        """How they want the hub."""
        return readers.preferences(self.id)


def is_signed_in(request: HttpRequest) -> bool:
    """Whether somebody with an account looks at a public page.

    Asked only of those who bring a session, so that pages for everybody else stay the same for all, and cacheable.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    return request.user.is_authenticated


def reader_of(request: HttpRequest) -> Reader | None:
    """Who is signed in, the same object for the whole request; None for everybody else."""
    if not is_signed_in(request):
        return None
    found: Reader | None = getattr(request, "reader", None)
    if found is None:
        found = request.reader = Reader(request.user)  # type: ignore[attr-defined]  # ours, kept for this request
    return found


def articles_on(page: object) -> Iterator[int]:
    """The ids of the articles that a page shows: its rows, wherever they stand in it."""
    if isinstance(page, (StoryRow, ArticlePage)):
        yield page.id
    if isinstance(page, ResultRow) and page.article is not None:
        yield page.article
    if isinstance(page, tuple):
        for part in page:
            yield from articles_on(part)
    elif is_dataclass(page):
        for field in fields(page):
            yield from articles_on(getattr(page, field.name))
