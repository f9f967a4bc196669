"""When to ask a source again. All times are seconds; randomness comes in as a number."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

HOUR = 3600
DAY = 24 * HOUR
SHORTEST, LONGEST = HOUR, DAY
LONGEST_BACKOFF = 7 * DAY
RHYTHM_SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Said:
    """What the server and the feed asked for, in seconds, and how many checks in a row have failed."""

    ttl: int | None = None
    max_age: int | None = None
    retry_after: int | None = None
    failures: int = 0


def rhythm(published: Sequence[dt.datetime], now: dt.datetime) -> float | None:
    """Seconds between entries: the median gap of the newest, or a tenth of the silence since, whichever is longer.

    None when there are too few to tell. Silence counts, so that an archive is not asked as often as it once spoke.
    """
    newest = sorted(published, reverse=True)[:RHYTHM_SAMPLE]
    gaps = [(a - b).total_seconds() for a, b in pairwise(newest)]
    if len(gaps) < 2:  # noqa: PLR2004 - one gap is no rhythm
        return None
    return max(median(gaps), (now - newest[0]).total_seconds() / RHYTHM_SAMPLE)


def next_interval(said: Said, pace: float | None, jitter: float) -> int:
    """Seconds until the next check.

    Half the source's own rhythm, between an hour and a day; longer where the feed or server asks (up to a day).
    Failures double an hour up to a week and never stop. Retry-After is obeyed up to a week. `jitter` in [0, 1) adds up
    to a tenth, so that sources added together spread out.
    """
    if said.failures:
        base = min(HOUR * 2.0 ** min(said.failures - 1, 10), LONGEST_BACKOFF)
    else:
        own = pace / 2 if pace is not None else 4 * HOUR
        asked = max(said.ttl or 0, said.max_age or 0)
        base = min(max(own, asked, SHORTEST), LONGEST)
    base = max(base, min(said.retry_after or 0, LONGEST_BACKOFF))
    return int(base * (1 + jitter / 10))
