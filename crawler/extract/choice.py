"""Which of two readings of one page is its article, judged by how much other readers agree with each."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_ENOUGH = 0.3


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """F1 of two bags of words: 1 for the same words, 0 for none in common."""
    both = one.total() + other.total()
    return 2 * (one & other).total() / both if both else 0.0


def choose(precise: str, generous: str, judges: Sequence[str]) -> str:
    """The reading that is nearer to what the judges read; the precise one where they cannot tell.

    A precise reading that kept next to nothing of the generous one has lost the article.
    """
    if len(precise) < _ENOUGH * len(generous):
        return generous
    if precise == generous:
        return precise
    views = [Counter(_WORD.findall(judge)) for judge in judges]
    ours, theirs = Counter(_WORD.findall(precise)), Counter(_WORD.findall(generous))
    gain = sum(likeness(theirs, view) - likeness(ours, view) for view in views)
    return generous if gain > 0 else precise
