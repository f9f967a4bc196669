"""Things, articles and concepts as lines of a list: a title and a few short facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.selectors.prose import plain
from web.pages import parts
from web.pages.parts import WRITTEN_IN

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kb.selectors.concepts import ConceptCard
    from kb.selectors.lists import Standing
    from kb.selectors.mentioned import Spoken
    from kb.selectors.things import Thing


@dataclass(frozen=True, slots=True)
class Line:
    """A title that leads somewhere; `says` is a sentence, `parts` are short facts."""

    title: str
    path: str
    says: str = ""
    parts: tuple[str, ...] = ()
    language: str = WRITTEN_IN


def lines(things: Iterable[Thing]) -> tuple[Line, ...]:
    """Things of the hub."""
    return tuple(Line(one.title, one.path, plain(one.says), one.facts) for one in things)


def concept_lines(cards: Iterable[ConceptCard]) -> tuple[Line, ...]:
    """Concepts with what they are."""
    return tuple(Line(card.name, card.path, card.summary) for card in cards)


def article_lines(spoken: Iterable[Spoken], now: dt.datetime) -> tuple[Line, ...]:
    """Articles that speak of something, by whom and when; the sentence shows how."""
    return tuple(
        Line(
            title=one.story.title,
            path=one.story.path,
            says=one.sentence,
            parts=(
                one.story.source or one.story.venue or parts.host(one.story.url),
                parts.long_date(one.story.published_at, now.date()),
            ),
            language=parts.language(one.story.language),
        )
        for one in spoken
    )


def list_lines(standings: Iterable[Standing]) -> tuple[Line, ...]:
    """The lists that something stands in, and where."""
    return tuple(
        Line(
            title=one.card.title,
            path=f"{one.card.path}#item-{one.number}",
            parts=(str(one.card.label),),
        )
        for one in standings
    )
