"""What rises: counts of this week against their own history.

The surprise is how unlikely the count is under the rate that was usual, as a Poisson tail, -log10 P(X >= count); the rate
is the mean of the past weeks drawn towards what the whole collection would give (a gamma prior worth PRIOR weeks), and
scaled by how much more, or less, was written this week. A few mentions of something new are no trend: FEWEST are needed.
The rise that is shown is the ratio of the odds of the share, this week to before, smoothed by one usual week (after Monroe,
Colaresi and Quinn, "Fightin' words", 2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

K = TypeVar("K", int, str)
FEWEST = 3  # articles this week
SURE = 1.3  # -log10 of the chance; 1 in 20
PRIOR = 4.0  # weeks that the prior is worth
_TERMS = 400  # of the tail; what comes after them is nothing


@dataclass(frozen=True, slots=True)
class Trend(Generic[K]):
    """What rises: how many articles this week, how many were to be expected, how surprising that is (-log10 of the
    chance), by which factor its share grew, and the counts a week, the oldest first."""

    key: K
    count: int
    expected: float
    surprise: float
    factor: float
    series: tuple[int, ...]


def rising(
    series: Mapping[K, Sequence[int]], totals: Sequence[int], *, limit: int = 10
) -> list[Trend[K]]:
    """What rises most in the last week of `series` (key -> articles a week, oldest first, all as long as `totals`, the
    articles of each week), the most surprising first."""
    found = (_trend(key, counts, totals) for key, counts in series.items() if counts[-1] >= FEWEST)
    rises = [t for t in found if t.surprise >= SURE and t.factor > 1]
    return sorted(rises, key=lambda t: (-t.surprise, -t.count, str(t.key)))[:limit]


def _trend(key: K, counts: Sequence[int], totals: Sequence[int]) -> Trend[K]:
    """Shares, not counts, are what stays the same when more is written than usual."""
    now, before = counts[-1], sum(counts[:-1])
    written, usual = max(totals[-1], 1), sum(totals[:-1])
    # the prior: PRIOR usual weeks in which it had the share that it has over all weeks
    week = usual / max(len(totals) - 1, 1) or 1.0
    weight = PRIOR * week
    share = (before + weight * sum(counts) / max(sum(totals), 1)) / (usual + weight)
    expected = share * written
    smoothed = (now + week * share) / (written + week)
    return Trend(
        key, now, expected, surprise(now, expected), _odds(smoothed) / _odds(share), tuple(counts)
    )


def _odds(share: float) -> float:
    held = min(max(share, 1e-9), 1 - 1e-9)
    return held / (1 - held)


def surprise(count: int, expected: float) -> float:
    """-log10 of the chance that a Poisson count of this mean is `count` or more; 0 where nothing is surprising."""
    if count <= 0 or expected <= 0:
        return 0.0 if count <= 0 else math.inf
    logs = [
        n * math.log(expected) - expected - math.lgamma(n + 1) for n in range(count, count + _TERMS)
    ]
    highest = max(logs)
    tail = highest + math.log(sum(math.exp(value - highest) for value in logs))
    return max(0.0, -tail / math.log(10))
