"""A story as a row: when, what, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kb.selectors.sources import source_path
from web.pages import parts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from kb.selectors.articles import Heard, Story
    from kb.selectors.events import Event, Told
    from kb.selectors.things import Thing
    from kb.selectors.topics import TopicRef

Weight = Literal["lead", "story", "brief"]
TOPICS = 2  # in the line below a headline


@dataclass(frozen=True, slots=True)
class When:
    """A time element: `local` asks the script to tell it in the reader's own zone."""

    iso: str
    label: str
    local: bool = False


@dataclass(frozen=True, slots=True)
class Carrier:
    """A further source of a story, or a further article about its event, said by `by`."""

    name: str
    path: str
    when: When
    by: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is here: words, and perhaps a link inside them, with its language where that is known."""

    before: str
    link: str = ""
    path: str = ""
    after: str = ""
    language: str = parts.WRITTEN_IN


@dataclass(frozen=True, slots=True)
class Around:
    """What the hub knows of stories beside themselves, by article: topics, and a concept that rises and is spoken of."""

    topics: Mapping[int, tuple[TopicRef, ...]]
    rising: Mapping[int, Thing]


@dataclass(frozen=True, slots=True)
class StoryRow:
    """Everything that story.html shows. `delays` are minutes after the lead, one a further source."""

    id: int
    anchor: str
    weight: Weight
    path: str
    title: str
    language: str
    who: str
    who_path: str
    parts: tuple[str, ...]
    gist: str
    when: When
    delays: tuple[float, ...]
    sources: str
    carriers: tuple[Carrier, ...]
    reasons: tuple[Reason, ...]
    topics: tuple[TopicRef, ...] = ()


def in_day(
    story: Story, weight: Weight, now: dt.datetime, around: Around | None = None
) -> StoryRow:
    """A row below the heading of its day: the gutter tells the time."""
    today = story.published_at.date() == now.date()
    label = parts.clock(story.published_at)
    when = When(story.published_at.isoformat(), label, local=today and bool(label))
    return _row(story, weight, when, now, around)


def in_list(
    story: Story, now: dt.datetime, weight: Weight = "brief", around: Around | None = None
) -> StoryRow:
    """A row among others of any date: the gutter tells the date."""
    at = story.published_at
    when = When(at.isoformat(), parts.short_date(at, now.date()))
    return _row(story, weight, when, now, around)


def weigh(
    stories: Iterable[Story], now: dt.datetime, *, lead: bool, around: Around | None = None
) -> tuple[StoryRow, ...]:
    """The rows of one day: the first may lead, those with a reason to stand out are larger."""
    return tuple(
        in_day(story, "lead" if lead and number == 0 else _weight(story), now, around)
        for number, story in enumerate(stories)
    )


def _weight(story: Story) -> Weight:
    told = story.event is not None and story.event.leads
    return "story" if len(story.heard) > 1 or story.lists or told or story.chosen else "brief"


def _row(
    story: Story, weight: Weight, when: When, now: dt.datetime, around: Around | None
) -> StoryRow:
    others = story.heard[1:]
    told = story.event.others if story.event and story.event.leads else ()
    lead = story.heard[0].at if story.heard else story.published_at
    times = [heard.at for heard in others] + [one.at for one in told]
    topics = around.topics.get(story.id, ()) if around else ()
    who = story.source or story.venue or parts.host(story.url)
    reasons = _reasons(story, around)
    if around and not reasons and not times:
        reasons = (_kept(who, topics),)
    voices = {heard.source_id for heard in story.heard} | {one.source_id for one in told}
    return StoryRow(
        id=story.id,
        anchor=f"s{story.id}",
        weight=weight,
        path=story.path,
        title=story.title,
        language=parts.language(story.language),
        who=who,
        who_path=source_path(story.source_id, story.source) if story.source_id else "",
        parts=_meta(story),
        gist=story.gist,
        when=when,
        delays=tuple(max(0.0, (at - lead).total_seconds() / 60) for at in times),
        sources=_folded(len(voices), len(told)) if others or told else "",
        carriers=tuple(_carrier(heard, now) for heard in others)
        + tuple(_teller(one, now) for one in told),
        reasons=reasons,
        topics=topics[:TOPICS],
    )


def byline(story: Story, most: int = 3) -> str:
    """Who wrote it, unless that is the source's own name."""
    people = parts.people(story.authors, most)
    return "" if people.casefold() == story.source.casefold() else people


def _meta(story: Story) -> tuple[str, ...]:
    """Who wrote it and where it appeared."""
    venue = story.venue if story.source else ""
    return tuple(part for part in (byline(story), venue) if part)


def _carrier(heard: Heard, now: dt.datetime) -> Carrier:
    path = source_path(heard.source_id, heard.name)
    return Carrier(name=heard.name, path=path, when=_moment(heard.at, now))


def _teller(told: Told, now: dt.datetime) -> Carrier:
    return Carrier(name=told.title, path=told.path, when=_moment(told.at, now), by=told.source)


def _moment(at: dt.datetime, now: dt.datetime) -> When:
    label = parts.clock(at) if at.date() == now.date() else parts.short_date(at, now.date())
    return When(at.isoformat(), label or parts.short_date(at, now.date()))


def _folded(voices: int, told: int) -> str:
    """What the fold is called: Four sources; where one source said it all, Four announcements."""
    if voices > 1 or not told:
        return parts.sources_in_words(voices)
    return _("%(n)s announcements") % {"n": parts.in_words(told + 1)}


def tellers(event: Event, now: dt.datetime) -> tuple[Carrier, ...]:
    """The other articles about an event, as they spoke."""
    return tuple(_teller(one, now) for one in event.others)


def event_line(event: Event) -> str:
    """One event, four announcements."""
    number = len(event.others) + 1
    return _("One event, %(n)s announcements.") % {"n": parts.in_words(number).lower()}


def _reasons(story: Story, around: Around | None) -> tuple[Reason, ...]:
    reasons = [Reason(event_line(story.event))] if story.event and story.event.leads else []
    reasons += [Reason(_("In"), ref.title, ref.path, ".") for ref in story.lists[:2]]
    if story.chosen and not story.lists:
        reasons.append(Reason(_("A curator chose to show it.")))
    if thing := around.rising.get(story.id) if around else None:
        reasons.append(Reason(_("Speaks of"), thing.title, thing.path, _(", which is rising.")))
    if story.date_is_ours:
        reasons.append(Reason(_("No date given; first heard then.")))
    return tuple(reasons)


def _kept(who: str, topics: tuple[TopicRef, ...]) -> Reason:
    """Why a row is there that nothing else speaks for: what it is about, else that its source is followed."""
    if topics:
        return Reason(pgettext("a topic", "About"), topics[0].name, topics[0].path, ".")
    return Reason(
        _("New from %(source)s, which we follow.") % {"source": who} if who else _("New.")
    )
