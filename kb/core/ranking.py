"""Putting the best of a ranking in a new order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def reorder(
    ranked: Sequence[tuple[int, float]], judged: Mapping[int, float]
) -> list[tuple[int, float]]:
    """The judged ids by their new score, then the others in the order they had; equal ones keep theirs.

    The scores stay at their places, best first, so that they go on falling: those of a judge have another scale.
    """
    first = [item for item, _ in ranked if item in judged]
    first.sort(key=lambda item: -judged[item])
    items = [*first, *(item for item, _ in ranked if item not in judged)]
    return [(item, score) for item, (_, score) in zip(items, ranked, strict=True)]
