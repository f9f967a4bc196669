"""What is usual in a collection, so that what is rare in it can tell an event."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kb.core.dedupe import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

COMMON = 0.2  # a word in more of the background than this is general
FEW = 50  # fewer articles than about this do not show what is usual
HOUSE, HOUSE_SIZE = (
    0.3,
    5,
)  # a word in more of a source's articles, of at least so many, is its own boilerplate
_WORD = re.compile(r"[^\W_]+(?:[.-][^\W_]+)*")
# what any announcement says; the background finds the rest
_ANNOUNCED = """
a about after all also an and any are as at be been but by can could do for from get had has have he her his how i if in
into is it its just like may more most new no not now of on one only or other our out over said she so some such than
that the their them then there these they this through to today two up us use used using very was we were what when
which who why will with would you your announce announced announces announcing introduce introduced introduces
introducing introduction release released releases releasing launch launched launches launching update updated updates
available blog post week weekly news read
"""
GENERAL = frozenset(_ANNOUNCED.split())


@dataclass(frozen=True, slots=True)
class Background:
    """What is usual in a collection: the mean vector, in how many of `size` texts each word stands, and the words that a
    source always says ("Article URL", "Comments", its own name)."""

    middle: Floats
    counts: Counter[str]
    size: int
    house: Mapping[int, frozenset[str]]

    def rarity(self, word: str) -> float:
        """Inverse document frequency, smoothed; 0 for words that are general here."""
        count = self.counts[word]
        if self.size >= FEW and count > COMMON * self.size:
            return 0.0
        return math.log((1 + self.size) / (1 + count)) + 1


def significant(text: str) -> list[str]:
    """The words that may name an event: folded, without those that any announcement uses."""
    words = (fold(w) or w.casefold() for w in _WORD.findall(text))
    return [w for w in words if w not in GENERAL and len(w) > 1]


def background(
    vectors: Floats, texts: Sequence[str], sources: Sequence[int | None] = ()
) -> Background:
    """What is usual among these; `vectors` has the shape (texts, dimension), `sources` names who said each."""
    said = [set(significant(text)) for text in texts]
    counts = Counter(word for words in said for word in words)
    # drawn towards nothing while there are few: the mean of one event's articles is that event
    middle = vectors.sum(axis=0) / (len(vectors) + FEW)
    voices = zip(said, sources, strict=True) if sources else ()
    return Background(middle.astype(np.float32), counts, len(said), _house(voices))


def _house(voices: Iterable[tuple[set[str], int | None]]) -> dict[int, frozenset[str]]:
    by_source: dict[int, list[set[str]]] = defaultdict(list)
    for words, source in voices:
        if source is not None:
            by_source[source].append(words)
    found = {}
    for source, said in by_source.items():
        counts = Counter(word for words in said for word in words)
        often = frozenset(w for w, n in counts.items() if n > HOUSE * len(said))
        if len(said) >= HOUSE_SIZE:
            found[source] = often
    return found
