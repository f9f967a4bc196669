"""What many pages share: dates and numbers in words, feeds to follow, pages of a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode, urlsplit

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from django.utils.functional import _StrPromise

FORMATS = (("atom", "Atom"), ("rss", "RSS"), ("json", "JSON"))
MIME = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
}
DateForm = Literal["j F", "j F Y", "j M", "M Y", "l j F", "l j F Y", "F Y", "M y"]
# what people write here, and most sources that do not say
WRITTEN_IN = "en"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One feed in one format."""

    label: str
    type: str
    path: str


@dataclass(frozen=True, slots=True)
class Feeds:
    """A feed in every format."""

    title: str
    links: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True)
class PageLink:
    """A step of the paging; a label without a path is a gap or where we are."""

    label: str
    path: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    """Links to the pages of a list; empty where one page holds all."""

    links: tuple[PageLink, ...]
    next: str


def feeds(title: str, name: str, *args: object, query: str = "") -> Feeds:
    """The feeds of the view `name`, whose last argument is the format."""
    links = tuple(
        FeedLink(label, MIME[kind], reverse(name, args=[*args, kind]) + query)
        for kind, label in FORMATS
    )
    return Feeds(title=title, links=links)


def paging(number: int, pages: int, path: Callable[[int], str]) -> Paging:
    """Links around page `number` of `pages`: first, last and the neighbours, gaps between."""
    if pages <= 1:
        return Paging(links=(), next="")
    shown = sorted({1, pages, *range(max(1, number - 2), min(pages, number + 2) + 1)})
    links: list[PageLink] = []
    for at, page in enumerate(shown):
        if at and page - shown[at - 1] > 1:
            links.append(PageLink("…", ""))
        links.append(PageLink(str(page), path(page), current=page == number))
    return Paging(links=tuple(links), next=path(number + 1) if number < pages else "")


def with_query(path: str, parts: Sequence[tuple[str, str]]) -> str:
    """`path` with those parts of the query that are not empty."""
    given = [(name, value) for name, value in parts if value]
    return f"{path}?{urlencode(given)}" if given else path


def outside(url: str) -> str:
    """An address that a page may link to; empty for anything but http and https."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def is_id(text: str) -> bool:
    """Whether a text of an address is a row id that the database can hold."""
    return text.isascii() and text.isdecimal() and len(text) < 15  # noqa: PLR2004 - fits 48 bits


def host(url: str) -> str:
    """The host of an address, as a person would name the site."""
    return (urlsplit(url).hostname or "").removeprefix("www.") if outside(url) else ""


def language(code: str, otherwise: str = WRITTEN_IN) -> str:
    """A language tag fit for an attribute, `otherwise` where there is none: a page may be in another language than what it
    shows."""
    return code if _LANGUAGE.fullmatch(code) else otherwise


_FORMS: dict[DateForm, _StrPromise] = {
    "j F": pgettext_lazy("date", "j F"),
    "j F Y": pgettext_lazy("date", "j F Y"),
    "j M": pgettext_lazy("date", "j M"),
    "M Y": pgettext_lazy("date", "M Y"),
    "l j F": pgettext_lazy("date", "l j F"),
    "l j F Y": pgettext_lazy("date", "l j F Y"),
    "F Y": pgettext_lazy("date", "F Y"),
    "M y": pgettext_lazy("date", "M y"),
}


def dated(date: dt.date, form: DateForm) -> str:
    """A date in a form of ours, as the reader's language writes it; the letters are those of Django's `date` filter."""
    return date_format(date, str(_FORMS[form]))


def long_date(date: dt.date, today: dt.date) -> str:
    """20 August 2026; this year without the year."""
    return dated(date, "j F" if date.year == today.year else "j F Y")


def short_date(date: dt.date, today: dt.date) -> str:
    """For narrow places: 20 Aug, or Aug 2025."""
    return dated(date, "j M" if date.year == today.year else "M Y")


def weekday(date: dt.date, today: dt.date) -> str:
    """Thursday 20 August; another year with the year."""
    return dated(date, "l j F" if date.year == today.year else "l j F Y")


def clock(at: dt.datetime) -> str:
    """The time of day, or nothing at midnight: feeds that give a day only say midnight."""
    return "" if at.hour == at.minute == at.second == 0 else at.strftime("%H:%M")


def in_words(number: int) -> str:
    """Numbers in prose: words to twelve, capitalised, then figures."""
    words = (
        _("No"), _("One"), _("Two"), _("Three"), _("Four"), _("Five"), _("Six"), _("Seven"),
        _("Eight"), _("Nine"), _("Ten"), _("Eleven"), _("Twelve"),
    )  # fmt: skip
    return words[number] if number < len(words) else str(number)


def sources_in_words(number: int) -> str:
    """Two sources."""
    return ngettext("%(n)s source", "%(n)s sources", number) % {"n": in_words(number)}


def people(names: Sequence[str], most: int = 3) -> str:
    """Names as a line: all of a few, the first of many."""
    if len(names) <= most:
        return ", ".join(names)
    rest = len(names) - 1
    return ngettext("%(first)s and %(n)d other", "%(first)s and %(n)d others", rest) % {
        "first": names[0],
        "n": rest,
    }


def duration(seconds: float) -> str:
    """About how long, in the largest unit that fits: 40 min, 6 h, 3 days."""
    minutes = max(1, round(seconds / 60))
    if minutes < 90 and minutes != 60:  # noqa: PLR2004 - as people say it
        return _("%(n)d min") % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:  # noqa: PLR2004 - two days
        return _("%(n)d h") % {"n": hours}
    return _("%(n)d days") % {"n": round(hours / 24)}


def took(minutes: int) -> str:
    """About how long, as one says it: 40 minutes, 3 hours."""
    if minutes < 90:  # noqa: PLR2004 - as people say it
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
