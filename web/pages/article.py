"""One article, for reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.selectors import articles, lists, mentioned, search
from kb.selectors.authors import author_path
from kb.selectors.sources import source_path
from kb.selectors.topics import topics_of
from web import html
from web.pages import parts
from web.pages.lines import Line, lines
from web.pages.prose import Prose
from web.pages.story import Carrier, StoryRow, When, byline, event_line, in_list, tellers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from django.utils.safestring import SafeString

    from kb.selectors.articles import Detail, Spoken
    from kb.selectors.lists import Standing
    from kb.selectors.mentioned import InArticle
    from kb.selectors.topics import TopicRef
    from kb.selectors.works import Joined
    from web.markdown import Written

RELATED = 6
AUTHORS = 12
CONCEPTS = 8
WORDS_A_MINUTE = 230


@dataclass(frozen=True, slots=True)
class Person:
    """An author, and the page of all of that name; no address for what is no name."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Copy:
    """One entry that brought the article."""

    name: str
    path: str
    url: str
    when: When


@dataclass(frozen=True, slots=True)
class JoinedCopy:
    """A copy that was an article of its own, and why it is the same work. `undo` is its page in the panel."""

    title: str
    url: str
    host: str
    reason: str
    undo: str


@dataclass(frozen=True, slots=True)
class Place:
    """A list that the article stands in, and what its curator wrote there."""

    title: str
    path: str
    end: str
    curator: str
    written: Written


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a transcript: its time as read and as machines read it, and who says what."""

    id: str
    clock: str
    iso: str
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """The reading view. `note` tells a reader what is odd about the date; `marked` is whether concepts stand in the margin of
    the text; `writers` and `code`, the kind as the tables name it, are for machines."""

    id: int
    path: str
    title: str
    description: str
    language: str
    authors: tuple[Person, ...]
    others: str
    writers: tuple[str, ...]
    code: str
    source: str
    source_path: str
    venue: str
    when: When
    note: str
    minutes: str
    url: str
    host: str
    body: SafeString
    pictures: bool
    marked: bool
    kind: str
    length: str
    transcript: tuple[Stretch, ...]
    copies: tuple[Copy, ...]
    copies_line: str
    joined: tuple[JoinedCopy, ...]
    event_line: str
    event: tuple[Carrier, ...]
    places: tuple[Place, ...]
    topics: tuple[TopicRef, ...]
    concepts: tuple[Line, ...]
    questions: tuple[Line, ...]
    related: tuple[StoryRow, ...]
    like: str


def article_page(article_id: int, now: dt.datetime) -> ArticlePage | None:
    """The page of a published article, or None."""
    detail = articles.article(article_id)
    if not detail:
        return None
    story = detail.story
    at = story.published_at
    url = parts.outside(story.url)
    standings = lists.standings(story.id, *lists.same_works(story.id))
    prose = Prose(standing.commentary for standing in standings)
    people = story.authors if byline(story) else ()
    spoken = mentioned.concepts_in(story.id, limit=CONCEPTS)
    body, marked = html.with_notes(html.for_page(detail.html), map(_note, spoken))
    return ArticlePage(
        id=story.id,
        path=story.path,
        title=story.title,
        description=story.gist,
        language=parts.language(story.language),
        authors=tuple(Person(name, author_path(name)) for name in people[:AUTHORS]),
        others=_others(len(people) - AUTHORS),
        writers=story.authors,
        code=detail.kind,
        source=story.source,
        source_path=source_path(story.source_id, story.source) if story.source_id else "",
        venue=story.venue,
        when=When(at.isoformat(), parts.long_date(at, now.date())),
        note=_date_note(detail),
        # what is heard has a length of its own, and nobody reads its transcript to the end
        minutes="" if detail.duration else _minutes(detail.text),
        url=url,
        host=parts.host(url),
        body=body,
        pictures=settings.IMAGES == "proxy",
        marked=bool(marked),
        kind=_kind(detail.kind),
        length=_length(detail.duration),
        transcript=tuple(_stretches(detail.transcript)),
        copies=tuple(_copies(detail, now)),
        copies_line=_copies_line(len(detail.entries)),
        joined=tuple(_joined(copy) for copy in detail.joined),
        event_line=event_line(story.event) if story.event else "",
        event=tellers(story.event, now) if story.event else (),
        places=tuple(_place(standing, prose) for standing in standings),
        topics=topics_of([story.id])[story.id],
        concepts=tuple(Line(one.thing.title, one.thing.path, one.thing.says) for one in spoken),
        questions=lines(mentioned.questions_citing(story.id)),
        related=_related(story.id, now),
        like=parts.with_query(reverse("search"), [("like", str(story.id))]),
    )


def _others(number: int) -> str:
    """The rest of many authors."""
    if number <= 0:
        return ""
    return ngettext("and %(n)d other", "and %(n)d others", number) % {"n": number}


def _kind(kind: str) -> str:
    """A word for what is no ordinary article."""
    words = {
        "paper": _("Paper"),
        "release": _("Release"),
        "episode": _("Episode"),
        "video": _("Video"),
    }
    return words.get(kind, "")


def _clock(seconds: float) -> str:
    """ "1:02:03", or "2:03" within the first hour."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _length(seconds: int | None) -> str:
    return _clock(seconds) if seconds else ""


def _stretches(transcript: Iterable[Spoken]) -> Iterator[Stretch]:
    """Who speaks is said where the speaker changes."""
    before = ""
    for number, spoken in enumerate(transcript, start=1):
        timed = spoken.start is not None
        yield Stretch(
            id=f"t{int(spoken.start)}-{number}" if spoken.start is not None else f"t-{number}",
            clock=_clock(spoken.start or 0) if timed else "",
            iso=f"PT{int(spoken.start or 0)}S" if timed else "",
            speaker=spoken.speaker if spoken.speaker != before else "",
            text=spoken.text,
        )
        before = spoken.speaker


def _date_note(detail: Detail) -> str:
    if not detail.story.date_is_ours:
        return ""
    if not detail.said:
        return _("The source gives no date; this is when we first heard it.")
    words = {"said": detail.said[:80]}
    return _("The source says “%(said)s”, which cannot be; this is when we first heard it.") % words


def _minutes(text: str) -> str:
    words = len(text.split())
    if words < WORDS_A_MINUTE:
        return ""
    minutes = round(words / WORDS_A_MINUTE)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def _copies(detail: Detail, now: dt.datetime) -> list[Copy]:
    return [
        Copy(
            name=heard.name,
            path=source_path(heard.source_id, heard.name),
            url=parts.outside(heard.url),
            when=When(heard.at.isoformat(), parts.long_date(heard.at, now.date())),
        )
        for heard in detail.entries
    ]


def _copies_line(number: int) -> str:
    if number <= 1:
        return ""
    count = parts.in_words(number).lower()
    return ngettext("One work, %(n)s copy.", "One work, %(n)s copies.", number) % {"n": count}


def _joined(copy: Joined) -> JoinedCopy:
    url = parts.outside(copy.url)
    return JoinedCopy(
        title=copy.title,
        url=url,
        host=parts.host(url),
        reason=copy.reason,
        undo=reverse("admin:kb_merge_change", args=[copy.merge]),
    )


def _note(one: InArticle) -> tuple[str, SafeString]:
    """A concept for the margin beside the sentence that shows it best."""
    return one.sentence, format_html('<a href="{}">{}</a>', one.thing.path, one.thing.title)


def _place(standing: Standing, prose: Prose) -> Place:
    card = standing.card
    return Place(
        title=card.title,
        path=f"{card.path}#item-{standing.number}",
        end=_("item %(n)d of %(size)d") % {"n": standing.number, "size": card.size},
        curator=card.curator,
        written=prose.whole(standing.commentary, name=f"p{standing.item}"),
    )


def _related(article_id: int, now: dt.datetime) -> tuple[StoryRow, ...]:
    found = articles.stories(search.related(article_id, RELATED))
    return tuple(in_list(story, now) for story in found)
