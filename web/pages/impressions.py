"""Quick impressions: the index, and one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from kb.selectors import impressions, lists, written
from web.pages import parts
from web.pages.following import Following, following
from web.pages.lines import Line, list_lines
from web.pages.prose import LogLine, Prose, gutter, log, when

if TYPE_CHECKING:
    import datetime as dt

    from kb.selectors.impressions import ImpressionDetail
    from kb.selectors.topics import TopicRef
    from web.markdown import Written
    from web.pages.story import When

# what one wants to know before one reads on
BEFORE = ("for_whom", "prerequisites")
PART_NAMES = ("for_whom", "prerequisites", "liked", "disliked", "notes")


@dataclass(frozen=True, slots=True)
class ImpressionRow:
    """An impression in the index."""

    title: str
    path: str
    kind: str
    verdict: str
    parts: tuple[str, ...]
    when: When


@dataclass(frozen=True, slots=True)
class ImpressionsPage:
    """All of them, newest first."""

    rows: tuple[ImpressionRow, ...]
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an impression under its heading."""

    id: str
    title: str
    written: Written


@dataclass(frozen=True, slots=True)
class ImpressionPage:
    """One impression: the resource's facts, then our words; those of `before` stand beside the others."""

    title: str
    path: str
    kind: str
    code: str
    authors: tuple[str, ...]
    verdict: str
    author: str
    when: When
    facts: tuple[str, ...]
    resource: str
    url: str
    host: str
    took: str
    level: str
    topics: tuple[TopicRef, ...]
    texts: tuple[Part, ...]
    before: tuple[Part, ...]
    lists: tuple[Line, ...]
    log: tuple[LogLine, ...]
    following: Following
    feeds: parts.Feeds


def impressions_page(now: dt.datetime) -> ImpressionsPage:
    """The index."""
    rows = tuple(_row(found, now) for found in impressions.impressions())
    return ImpressionsPage(rows=rows, feeds=parts.feeds(_("Impressions"), "impressions_feed"))


def impression_page(
    slug: str, now: dt.datetime, *, reader: int | None = None
) -> ImpressionPage | None:
    """A published impression, or None."""
    found = impressions.impression(slug)
    if found is None:
        return None
    url = parts.outside(found.facts.url)
    told = _parts(found)
    feeds = parts.feeds(_("Impressions"), "impressions_feed")
    return ImpressionPage(
        title=found.facts.title,
        path=found.path,
        kind=found.facts.label,
        code=found.facts.kind,
        authors=found.facts.authors,
        verdict=found.verdict,
        author=found.author,
        when=when(found.published_at, now),
        facts=found.facts.said,
        resource=found.facts.path,
        url=url,
        host=parts.host(url),
        took=_took(found.hours),
        level=found.level,
        topics=found.topics,
        texts=tuple(part for part in told if part.id not in BEFORE),
        before=tuple(part for part in told if part.id in BEFORE),
        lists=list_lines(lists.standings(found.item)),
        log=log(written.changes(found.item), found.published_at, found.author, now),
        following=following(found.item, reader, found.path, feeds),
        feeds=feeds,
    )


def _parts(found: ImpressionDetail) -> tuple[Part, ...]:
    """Those that have words, in the order in which one asks."""
    titles = (_("For whom"), _("What to know first"), _("What I liked"), _("What I did not"), _("By part"))  # fmt: skip
    texts = {name: str(getattr(found, name)) for name in PART_NAMES}
    prose = Prose(texts.values())
    return tuple(
        Part(name, title, prose.whole(texts[name], name))
        for name, title in zip(PART_NAMES, titles, strict=True)
        if texts[name].strip()
    )


def _row(found: ImpressionDetail, now: dt.datetime) -> ImpressionRow:
    said = (found.author, found.level, _took(found.hours))
    return ImpressionRow(
        title=found.facts.title,
        path=found.path,
        kind=found.facts.label,
        verdict=found.verdict,
        parts=tuple(part for part in said if part),
        when=gutter(found.published_at, now),
    )


def _took(hours: float | None) -> str:
    return parts.took(round(hours * 60)) if hours else ""
