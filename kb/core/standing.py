"""How much a story weighs among those of its day: a sum of a few parts with names, each of which a reader can check.

| part | points |
|---|---|
| sources | log2 of the independent sources that tell of it: one 0, two 1, four 2; at most 3 |
| lists | 1.2 where it stands in a published list, and 0.6 more where the curator wrote about it there |
| chosen | 0.8 where a curator said that it is to be shown |
| relevance | how near the field it is, 0 to 1; 0.5 where nobody judged that |
| rising | 0.4 where it speaks of a concept that rises this week |
| freshness | 1 for what is just said, half of that every twelve hours |

Lists and the curator's choice give 2 points at most. Age is counted from the end of the day for days that are over, so that
their order stays. Nothing is known of readers, and nobody pays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

HALF_LIFE = 12.0  # hours
MOST_SOURCES = 3.0
MOST_CURATION = 2.0
LISTED, COMMENTED, CHOSEN, RISING = 1.2, 0.6, 0.8, 0.4
UNJUDGED = 0.5
# hosts where everybody has a place of their own: two sources there are two voices
_SHARED = ("youtube.com", "medium.com", "github.com", "gitlab.com", "reddit.com", "bsky.app", "huggingface.co", "feedburner.com", "google.com")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a story. `voices` are independent sources, `hours` its age, `relevance` 0 to 1 or None."""

    voices: int = 1
    listed: bool = False
    commented: bool = False
    chosen: bool = False
    relevance: float | None = None
    rising: bool = False
    hours: float = 0.0


@dataclass(frozen=True, slots=True)
class Parts:
    """The points of a story by where they come from."""

    sources: float
    curation: float
    relevance: float
    rising: float
    freshness: float


def parts(signals: Signals) -> Parts:
    """Its points, each part alone."""
    curation = LISTED * signals.listed + COMMENTED * signals.commented + CHOSEN * signals.chosen
    near = UNJUDGED if signals.relevance is None else min(max(signals.relevance, 0.0), 1.0)
    return Parts(
        sources=min(MOST_SOURCES, math.log2(max(1, signals.voices))),
        curation=min(MOST_CURATION, curation),
        relevance=near,
        rising=RISING * signals.rising,
        freshness=0.5 ** (max(0.0, signals.hours) / HALF_LIFE),
    )


def weight(signals: Signals) -> float:
    """Their sum: 0 to 7.4."""
    found = parts(signals)
    return found.sources + found.curation + found.relevance + found.rising + found.freshness


def voice(source_id: int, host: str) -> str:
    """Who speaks: feeds of one site are one voice, but for sites where everybody has a place."""
    name = host.removeprefix("www.")
    shared = any(name == one or name.endswith(f".{one}") for one in _SHARED)
    return str(source_id) if shared or not name else name
