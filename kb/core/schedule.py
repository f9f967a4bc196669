"""When to ask whom: how long a source rests, how long a host is left alone, and whom the next crawl takes.

All times are seconds; randomness comes in as a number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

HOUR = 3600
DAY = 24 * HOUR
SHORTEST, LONGEST = HOUR, DAY
LONGEST_BACKOFF = 7 * DAY
RHYTHM_SAMPLE = 10
# a hub that tells us of news makes most of our own asking needless
PUSHED_FACTOR = 12
# servers that always say "not modified" are asked for the whole once in this time: validators do get stuck
WHOLE_EVERY = 30 * DAY
# a crawl is as long as its busiest host, so that nobody's batch waits for one that owns thousands of feeds
HOST_SHARE = 30


@dataclass(frozen=True, slots=True)
class Said:
    """What the server and the feed asked for, in seconds, and how many checks in a row have failed.

    `validators` is whether the server gave something to ask with next time; `pushed` whether a hub tells us of news.
    """

    ttl: int | None = None
    max_age: int | None = None
    retry_after: int | None = None
    failures: int = 0
    validators: bool = True
    pushed: bool = False


def usual_gap(published: Iterable[dt.datetime]) -> float | None:
    """Seconds between entries: the median gap of the newest; None when there are too few to tell."""
    newest = sorted(published, reverse=True)[:RHYTHM_SAMPLE]
    gaps = [(a - b).total_seconds() for a, b in pairwise(newest)]
    return median(gaps) if len(gaps) > 1 else None  # one gap is no rhythm


def rhythm(gap: float | None, newest: dt.datetime | None, now: dt.datetime) -> float | None:
    """Seconds until more can be expected: the usual gap, or a tenth of the silence since the newest, if that is longer.

    Silence counts, so that an archive is not asked as often as it once spoke.
    """
    if gap is None or newest is None:
        return None
    return max(gap, (now - newest).total_seconds() / RHYTHM_SAMPLE)


def next_interval(said: Said, pace: float | None, jitter: float) -> int:
    """Seconds until the next check.

    Half the source's own rhythm, between an hour and a day; longer where the feed or server asks (up to a day), where
    a hub pushes, and a whole day where each answer would be the whole feed again. Failures double an hour up to a week
    and never stop. Retry-After is obeyed up to a week. `jitter` in [0, 1) adds up to a tenth, so that sources added
    together spread out; it never takes away, since what servers and feeds ask for are minima.
    """
    if said.failures:
        base = min(HOUR * 2.0 ** min(said.failures - 1, 10), LONGEST_BACKOFF)
    else:
        base = _undisturbed(said, pace)
    base = max(base, min(said.retry_after or 0, LONGEST_BACKOFF))
    return int(base * (1 + jitter / 10))


def _undisturbed(said: Said, pace: float | None) -> float:
    if not said.validators:
        return LONGEST
    own = pace / 2 if pace is not None else 4 * HOUR
    base = max(own, said.ttl or 0, said.max_age or 0, SHORTEST)
    return min(base * PUSHED_FACTOR if said.pushed else base, LONGEST)


def host_rest(refusals: int, retry_after: int | None, jitter: float) -> int:
    """Seconds to leave a host alone that said 429 this often in a row: what it asks for, up to a week, else an hour
    that doubles up to a day."""
    if retry_after:
        base: float = min(retry_after, LONGEST_BACKOFF)
    else:
        base = min(HOUR * 2.0 ** min(max(refusals, 1) - 1, 10), DAY)
    return int(base * (1 + jitter / 10))


def wants_whole(now: float, whole_at: float | None, asked_whole_at: float | None) -> bool:
    """Whether to ask without validators: the whole feed last came, and was last asked for, over 30 days ago."""
    last = max(whole_at or 0.0, asked_whole_at or 0.0)
    return bool(last) and now - last >= WHOLE_EVERY


@dataclass(frozen=True, slots=True)
class Due:
    """A source that waits for its check since `at`."""

    source: int
    host: str
    at: float


@dataclass(frozen=True, slots=True)
class HostState:
    """Whether a running crawl has a host, and when it may be asked again."""

    held: bool = False
    free_at: float = 0.0

    def is_open(self, now: float) -> bool:
        """Whether a new crawl may take sources of this host."""
        return not self.held and self.free_at <= now


def choose(
    due: Iterable[Due],
    hosts: Mapping[str, HostState],
    now: float,
    capacity: int,
    host_share: int = HOST_SHARE,
) -> list[int]:
    """The sources that the next crawl takes, of those in `due`, which has the longest waiting first.

    A host belongs to one crawl at a time, so that the delay and the concurrency that its crawler keeps hold across
    processes and machines; and it gives a crawl at most `host_share` sources, so that one with thousands leaves room.
    """
    taken: Counter[str] = Counter()
    chosen: list[int] = []
    for one in due:
        if len(chosen) == capacity:
            break
        state = hosts.get(one.host)
        if one.at > now or taken[one.host] == host_share or (state and not state.is_open(now)):
            continue
        taken[one.host] += 1
        chosen.append(one.source)
    return chosen
