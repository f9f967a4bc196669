"""Joining what words and meaning found into one ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = (
    0.6  # of the score; the rest is meaning's. Chosen on the development sets, see docs/search.md
)


class Scored(Protocol):
    """A hit of either kind, higher scores being better."""

    @property
    def item(self) -> int:
        """What was found."""

    @property
    def score(self) -> float:
        """How well it fits, on the scale of its kind."""


def fuse(
    words: Sequence[Scored], meaning: Sequence[Scored], share: float = WORDS
) -> list[tuple[int, float]]:
    """One ranking of ids, best first, scores 0..1: `share` of it by words, the rest by meaning; either may be empty.

    A convex combination of calibrated scores, as in Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid
    retrieval", ACM TOIS 42(1), 2023, who found it ahead of reciprocal ranks, which forget how much better the first is.
    BM25 has a natural zero, so it counts as a share of the best; a cosine has none, and every model its own range, so it
    counts from that of the last candidate. What one side did not find has 0 there. Both lists are sorted, each id once;
    ties go to the smaller id.
    """
    scores: dict[int, float] = {}
    for hits, weight, floor in (
        (words, share, 0.0),
        (meaning, 1 - share, meaning[-1].score if meaning else 0.0),
    ):
        reach = max(hits[0].score - floor, 0.0) if hits else 0.0
        for hit in hits:
            part = (hit.score - floor) / reach if reach else 1.0
            scores[hit.item] = scores.get(hit.item, 0.0) + weight * part
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
