"""Published articles as stories: what they are, and who carried them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.html import linebreaks

from kb.models import Article, Entry, ReadingListItem, Source
from kb.models.reading_list import list_path
from kb.selectors.events import LEADS, Event, events
from kb.selectors.works import Joined, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

# a date before the first web feeds is a slip of the feed, not a time at which anybody spoke
CREDIBLE = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Heard:
    """One source that carried an article, and when it spoke."""

    source_id: int
    name: str
    at: dt.datetime
    url: str


@dataclass(frozen=True, slots=True)
class ListRef:
    """A published list that an article stands in."""

    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Story:
    """One article as a row shows it. `heard` has the lead first, then the others as they spoke; `event` is None where
    nobody else tells of it; `chosen` is whether a curator said that it is to be shown."""

    id: int
    path: str
    url: str
    title: str
    authors: tuple[str, ...]
    venue: str
    language: str
    gist: str
    published_at: dt.datetime
    date_is_ours: bool
    first_seen: dt.datetime
    updated_at: dt.datetime
    source_id: int | None
    source: str
    heard: tuple[Heard, ...]
    lists: tuple[ListRef, ...]
    event: Event | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch of a transcript; `start` is seconds, None where the transcript has no times."""

    start: float | None
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """An article for reading. `entries` are all copies, `joined` those that were articles of their own; `html` is
    sanitised; `duration` is seconds."""

    story: Story
    html: str
    text: str
    said: str
    entries: tuple[Heard, ...]
    kind: str
    duration: int | None
    transcript: tuple[Spoken, ...]
    joined: tuple[Joined, ...] = ()


def published() -> QuerySet[Article]:
    """Articles that readers may see, newest first, without their bodies."""
    return Article.objects.filter(state=Article.State.PUBLISHED).defer("html", "text")


def dated() -> QuerySet[Article]:
    """Published articles whose date a source gave: those that belong to a day."""
    return published().filter(date_is_ours=False)


def leading() -> QuerySet[Article]:
    """Dated articles that have a row of their own: each event once, by the one that stands for it."""
    return dated().filter(LEADS)


def stories(articles: Iterable[Article]) -> tuple[Story, ...]:
    """Articles as stories, in the order given. Four queries, however many."""
    rows = list(articles)
    entries = _entries([article.pk for article in rows])
    lists = _lists([article.pk for article in rows])
    names = _names(rows, entries)
    told = events(rows)
    return tuple(
        _story(article, entries[article.pk], names, lists[article.pk], told.get(article.pk))
        for article in rows
    )


def newest(
    *, limit: int, offset: int = 0, source_id: int | None = None, folded: bool = False
) -> tuple[Story, ...]:
    """The newest stories, of one source where it is given (as any of those that carried them).

    Today's rule holds without a source: articles that nobody dated are left out. `folded` gives one article an event.
    """
    rows = _scope(source_id)
    return stories((rows.filter(LEADS) if folded else rows)[offset : offset + limit])


def count(*, source_id: int | None = None) -> int:
    """How many stories `newest` can give."""
    return _scope(source_id).count()


def paths(*, limit: int, offset: int = 0) -> tuple[tuple[str, dt.datetime], ...]:
    """Addresses of the articles, as they came, and when each last changed: for a sitemap."""
    rows = published().order_by("pk").only("title", "updated_at")[offset : offset + limit]
    return tuple((row.get_absolute_url(), row.updated_at) for row in rows)


def bodies(ids: Sequence[int]) -> dict[int, str]:
    """Sanitised HTML by article id, for feeds."""
    found = Article.objects.filter(pk__in=ids).values_list("pk", "html", "text")
    return {pk: html or _paragraphs(text) for pk, html, text in found}


def article(article_id: int) -> Detail | None:
    """One published article with its body; None where there is none, or it is hidden."""
    found = Article.objects.filter(state=Article.State.PUBLISHED, pk=article_id).first()
    if not found:
        return None
    entries = _entries([found.pk])
    names = _names([found], entries)
    told = events([found]).get(found.pk)
    story = _story(found, entries[found.pk], names, _lists([found.pk])[found.pk], told)
    copies = tuple(_heard(entry, names) for entry in entries[found.pk])
    transcript = _transcript(found)
    return Detail(
        story=story,
        # the text of what is heard ends in its transcript, which stands by itself
        html=found.html or ("" if transcript else _paragraphs(found.text)) or _said_by(found.pk),
        text=found.text,
        said=found.published_said,
        entries=tuple(sorted(copies, key=lambda heard: heard.at)),
        kind=found.kind,
        duration=found.duration,
        transcript=transcript,
        joined=joined(found.pk),
    )


def _transcript(article: Article) -> tuple[Spoken, ...]:
    """What was said aloud, from the first copy that knows; the one whose words search finds."""
    rows = Entry.objects.filter(article=article, transcript__ok=True).order_by("source_id", "key")
    heard = rows.values_list("transcript", flat=True).first() or {"segments": []}
    return tuple(Spoken(s["start"], s["speaker"], s["text"]) for s in heard["segments"])


def _scope(source_id: int | None) -> QuerySet[Article]:
    if source_id is None:
        return dated()
    carried = Entry.objects.filter(source_id=source_id, article__isnull=False)
    return published().filter(pk__in=carried.values("article_id"))


def _entries(ids: list[int]) -> defaultdict[int, list[Entry]]:
    rows = Entry.objects.filter(article_id__in=ids).order_by("first_seen", "id")
    found = defaultdict[int, list[Entry]](list)
    for entry in rows.only("article", "source", "url", "published_at", "first_seen"):
        found[entry.article_id or 0].append(entry)
    return found


def _lists(ids: list[int]) -> defaultdict[int, list[ListRef]]:
    rows = ReadingListItem.objects.filter(
        article_id__in=ids, reading_list__published_at__isnull=False
    ).order_by("-reading_list__published_at")
    found = defaultdict[int, list[ListRef]](list)
    for article_id, kind, slug, title in rows.values_list(
        "article_id", "reading_list__kind", "reading_list__slug", "reading_list__title"
    ):
        found[article_id or 0].append(ListRef(path=list_path(kind, slug), title=title))
    return found


def _names(articles: list[Article], entries: dict[int, list[Entry]]) -> dict[int, str]:
    ids = {article.source_id for article in articles if article.source_id}
    ids |= {entry.source_id for group in entries.values() for entry in group}
    rows = Source.objects.filter(pk__in=ids).only("title", "custom_title", "url")
    return {source.pk: source.name for source in rows}


def _spoke(entry: Entry) -> dt.datetime:
    said = entry.published_at
    return said if said and CREDIBLE <= said <= entry.first_seen else entry.first_seen


def _heard(entry: Entry, names: dict[int, str]) -> Heard:
    return Heard(
        source_id=entry.source_id,
        name=names[entry.source_id],
        at=_spoke(entry),
        url=entry.url,
    )


def _carriers(article: Article, entries: list[Entry], names: dict[int, str]) -> tuple[Heard, ...]:
    """Each source once, by its first word; the source that the article is credited to leads."""
    first: dict[int, Heard] = {}
    for entry in entries:
        first.setdefault(entry.source_id, _heard(entry, names))
    return tuple(
        sorted(first.values(), key=lambda heard: (heard.source_id != article.source_id, heard.at))
    )


def _story(
    article: Article,
    entries: list[Entry],
    names: dict[int, str],
    lists: list[ListRef],
    event: Event | None,
) -> Story:
    return Story(
        id=article.pk,
        path=article.get_absolute_url(),
        url=article.url,
        title=article.title,
        authors=tuple(str(name) for name in article.authors),
        venue=article.venue,
        language=article.language,
        gist=article.gist,
        published_at=article.published_at,
        date_is_ours=article.date_is_ours,
        first_seen=article.first_seen,
        updated_at=article.updated_at,
        source_id=article.source_id,
        source=names.get(article.source_id or 0, ""),
        heard=_carriers(article, entries, names),
        lists=tuple(lists),
        event=event,
        chosen=article.state_is_said,
    )


def _paragraphs(text: str) -> str:
    """Plain text as HTML, a paragraph a blank line."""
    return linebreaks(text.strip(), autoescape=True) if text.strip() else ""


def _said_by(article_id: int) -> str:
    """The longest body that any entry of the article brought; sanitised by the crawler."""
    rows = Entry.objects.filter(article_id=article_id).values_list("content", "summary")
    return max((content or summary for content, summary in rows), key=len, default="")
