"""What can be followed at an address: the crawler looks, a person or a rule chooses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kb.errors import InputError
from kb.services.program import CrawlerError, look
from kb.services.sources import checked_address

# longer than the crawler gives itself, so that it ends by its own clock
PATIENCE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that can be followed, and what it held when we looked. `newest` is ISO 8601 or None."""

    url: str
    kind: str = "feed"
    title: str = ""
    format: str = ""
    entries: int = 0
    newest: str | None = None
    sample: tuple[str, ...] = ()
    why: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found at an address, the best first. `reached` is whether anything that can be read answered there,
    `final` whether nothing will: the page is not there, or it lies where we may not go."""

    url: str
    candidates: tuple[Candidate, ...] = ()
    error: str = ""
    reached: bool = False
    final: bool = False

    @property
    def may_come(self) -> bool:
        """Whether there may be something to follow another day, although there is nothing now."""
        return not (self.candidates or self.reached or self.final)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to follow; `note` tells a person when it is a guess."""

    candidate: Candidate
    note: str = ""


def discover(*, url: str) -> Discovery:
    """Look at an address through the guarded crawler. Takes up to a minute. InputError for what is no web address."""
    url = checked_address(url)
    try:
        return _read(url, look("discover", url, seconds=PATIENCE_SECONDS))
    except CrawlerError as error:
        return Discovery(url, error=str(error))


def _read(url: str, line: dict[str, Any]) -> Discovery:
    found = tuple(Candidate(**c | {"sample": tuple(c["sample"])}) for c in line["candidates"])
    return Discovery(url, found, line["error"], line["reached"], line["final"])


def choose(found: Discovery, number: int = 1) -> Choice:
    """The candidate of this number, counted from 1; the address itself where nobody answered.

    A source that is down today may be up tomorrow, so it is followed as given. InputError for an address that answers
    with nothing to follow, and for a number that there is not.
    """
    if found.candidates:
        if not 1 <= number <= len(found.candidates):
            raise InputError(f"there is no candidate {number}; {len(found.candidates)} were found")
        return Choice(found.candidates[number - 1])
    if not found.may_come:
        raise InputError(f"nothing to follow at {found.url}: {found.error}")
    note = f"It could not be looked at ({found.error}); followed as a feed, as given."
    return Choice(Candidate(found.url), note)
