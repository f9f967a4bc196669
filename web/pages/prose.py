"""What people wrote, rendered for a page, with its notes and its public log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from kb.selectors.wiki import resolver
from web import markdown
from web.pages import parts
from web.pages.story import When

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from kb.selectors.written import Change


class Prose:
    """The texts of one page; what they link to by name is looked up at once."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._links = resolver(*texts)

    def whole(self, text: str, name: str = "1") -> markdown.Written:
        """A text and its notes; `name` keeps the ids of notes apart where a page shows several texts."""
        return markdown.render(text, name=name, links=self._links)

    def html(self, text: str, name: str = "1") -> SafeString:
        """A text that is too short for notes."""
        return self.whole(text, name).html


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the public log."""

    when: When
    note: str


def log(
    changes: Iterable[Change], published: dt.datetime, author: str, now: dt.datetime
) -> tuple[LogLine, ...]:
    """What was changed since publication, newest first, and the publication itself."""
    said = [LogLine(when(change.at, now), change.note) for change in changes]
    first = (
        _("First published by %(name)s.") % {"name": author} if author else _("First published.")
    )
    return (*said, LogLine(when(published, now), first))


def when(at: dt.datetime, now: dt.datetime) -> When:
    """A date in full, without the year where it is this one."""
    return When(at.isoformat(), parts.long_date(at, now.date()))
