"""Joining several rankings of the same things into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Scored(Protocol):
        """A hit of an engine."""

        @property
        def article(self) -> int: ...
        @property
        def score(self) -> float: ...


def reciprocal_rank(
    rankings: Sequence[Sequence[int]], k: int = 60, weights: Sequence[float] | None = None
) -> list[tuple[int, float]]:
    """Reciprocal rank fusion: the score of an id is the sum of weight / (k + rank), rank from 1.

    Scores of different engines (BM25, cosine) share no scale, so only the ranks are used: Cormack, Clarke and
    Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009, whose
    k = 60 is kept. A repeated id counts at its best rank. Ties: the better best rank first, then the smaller id.
    Raises ValueError when `weights` has another length than `rankings`.
    """
    if weights is None:
        weights = [1.0] * len(rankings)
    scores: dict[int, float] = {}
    best: dict[int, int] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        for rank, item in enumerate(dict.fromkeys(ranking), start=1):
            scores[item] = scores.get(item, 0.0) + weight / (k + rank)
            best[item] = min(best.get(item, rank), rank)
    return sorted(scores.items(), key=lambda pair: (-pair[1], best[pair[0]], pair[0]))


def fuse(words: Sequence[Scored], meaning: Sequence[Scored]) -> list[tuple[int, float]]:
    """One ranking of ids with scores, best first, of what words and vectors found; either may be empty."""
    return reciprocal_rank([[h.article for h in hits] for hits in (words, meaning) if hits])
