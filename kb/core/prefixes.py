"""Titles by the beginnings of their words, held in memory: what suggestions while typing are taken from."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

# writing without spaces has no words to begin: each character is one
_WORD = re.compile(
    r"[\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7ff]|[^\W\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7ff]+[+#]*"
)
_LAST = "\U0010ffff"
_LOOKED_AT = 2000  # of the best that match, for those that begin as typed


def _folded(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


class Prefixes:
    """Texts with their keys, the better ones first. Never changes; about 300 bytes a title."""

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        keys: list[int] = []
        self._texts: list[str] = []
        for place, (key, text) in enumerate(texts):
            words = _words(text)
            keys.append(key)
            self._texts.append(" ".join(words))
            for word in set(words):
                places[word].append(place)
        self._keys = np.array(keys, dtype=np.int64)
        self._words = sorted(places)
        ends = np.cumsum([0, *(len(places[word]) for word in self._words)], dtype=np.int64)
        self._ends = ends
        self._places = np.fromiter(
            (place for word in self._words for place in places[word]), np.int32, int(ends[-1])
        )

    def __len__(self) -> int:
        return len(self._texts)

    def find(self, typed: str, limit: int) -> list[int]:
        """Keys of texts that have a word beginning with each word of `typed`: those that begin as `typed` does first,
        then the better ones."""
        words = _words(typed)
        if not words or not self._words:
            return []
        found = self._beginning(words[0])
        for word in words[1:]:
            found &= self._beginning(word)
        start = " ".join(words)
        best = np.flatnonzero(found)[:_LOOKED_AT].tolist()
        best.sort(key=lambda place: not self._texts[place].startswith(start))
        return [int(self._keys[place]) for place in best[:limit]]

    def _beginning(self, prefix: str) -> NDArray[np.bool_]:
        """Which texts have a word that begins so: shape (texts,)."""
        first = bisect_left(self._words, prefix)
        last = bisect_left(self._words, prefix + _LAST, lo=first)
        mask = np.zeros(len(self._texts), dtype=np.bool_)
        mask[self._places[self._ends[first] : self._ends[last]]] = True
        return mask
