"""A story as a row: when, what, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.urls import reverse
from django.utils.translation import gettext as _

from web.pages import parts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kb.selectors.articles import Heard, Story

Weight = Literal["lead", "story", "brief"]


@dataclass(frozen=True, slots=True)
class When:
    """A time element: `local` asks the script to tell it in the reader's own zone."""

    iso: str
    label: str
    local: bool = False


@dataclass(frozen=True, slots=True)
class Carrier:
    """A further source of a story."""

    name: str
    path: str
    when: When


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is here: words, and perhaps a link inside them."""

    before: str
    link: str = ""
    path: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class StoryRow:
    """Everything that story.html shows. `delays` are minutes after the lead, one a further source."""

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


def in_day(story: Story, weight: Weight, now: dt.datetime) -> StoryRow:
    """A row below the heading of its day: the gutter tells the time."""
    today = story.published_at.date() == now.date()
    label = parts.clock(story.published_at)
    when = When(story.published_at.isoformat(), label, local=today and bool(label))
    return _row(story, weight, when, now)


def in_list(story: Story, now: dt.datetime, weight: Weight = "brief") -> StoryRow:
    """A row among others of any date: the gutter tells the date."""
    at = story.published_at
    return _row(story, weight, When(at.isoformat(), parts.short_date(at, now.date())), now)


def weigh(stories: Iterable[Story], now: dt.datetime, *, lead: bool) -> tuple[StoryRow, ...]:
    """The rows of one day: the first may lead, those with a reason to stand out are larger."""
    return tuple(
        in_day(story, "lead" if lead and number == 0 else _weight(story), now)
        for number, story in enumerate(stories)
    )


def _weight(story: Story) -> Weight:
    return "story" if len(story.heard) > 1 or story.lists else "brief"


def _row(story: Story, weight: Weight, when: When, now: dt.datetime) -> StoryRow:
    others = story.heard[1:]
    lead = story.heard[0].at if story.heard else story.published_at
    return StoryRow(
        anchor=f"s{story.id}",
        weight=weight,
        path=story.path,
        title=story.title,
        language=parts.language(story.language),
        who=story.source or story.venue or parts.host(story.url),
        who_path=reverse("source", args=[story.source_id]) if story.source_id else "",
        parts=_meta(story),
        gist=story.gist,
        when=when,
        delays=tuple((heard.at - lead).total_seconds() / 60 for heard in others),
        sources=parts.sources_in_words(len(story.heard)) if others else "",
        carriers=tuple(_carrier(heard, now) for heard in others),
        reasons=_reasons(story),
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
    at = heard.at
    label = parts.clock(at) if at.date() == now.date() else parts.short_date(at, now.date())
    when = When(at.isoformat(), label or parts.short_date(at, now.date()))
    return Carrier(name=heard.name, path=reverse("source", args=[heard.source_id]), when=when)


def _reasons(story: Story) -> tuple[Reason, ...]:
    reasons = [
        Reason(_("In"), ref.title, reverse("list", args=[ref.slug]), ".") for ref in story.lists[:2]
    ]
    if story.date_is_ours:
        reasons.append(Reason(_("No date given; first heard then.")))
    return tuple(reasons)
