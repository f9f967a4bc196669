"""A deterministic encoder without a model, for tests and for trying the hub: the twin of `sentence`.

Words, pairs of words and character trigrams are hashed into signed buckets (Weinberger et al., "Feature hashing for
large scale multitask learning", ICML 2009), so texts that share words are near and nothing needs to be learnt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kb.embedding.base import Vectors

_WORD = re.compile(r"\w+")
_MAX_WORDS = 512


def _features(text: str) -> Iterator[tuple[str, float]]:
    words = [m[0].lower() for m, _ in zip(_WORD.finditer(text), range(_MAX_WORDS), strict=False)]
    for word in words:
        yield word, 1.0
        padded = f"<{word[:64]}>"
        for start in range(len(padded) - 2):
            yield f"#{padded[start : start + 3]}", 0.25
    for first, second in pairwise(words):
        yield f"{first} {second}", 0.5


@dataclass(frozen=True, slots=True)
class HashedEncoder:
    """Vectors of `dimension` floats from hashed words. Thread-safe: it holds nothing that changes."""

    dimension: int = 384
    max_tokens: int = 256

    @property
    def space(self) -> str:
        """Vectors of another length are another space."""
        return "hashed@1" if self.dimension == 384 else f"hashed-{self.dimension}@1"  # noqa: PLR2004 - the default has the short name

    def _encode_one(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for feature, weight in _features(text):
            code = crc32(feature.encode("utf-8", "replace"))
            vector[(code >> 1) % self.dimension] += weight if code & 1 else -weight
        length = float(np.linalg.norm(vector))
        if length == 0:  # blank text, or words that cancel out
            vector[0] = length = 1.0
        return np.asarray(vector / np.float32(length), dtype=np.float32)

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Unit vectors, shape (len(texts), dimension). `progress` is told 1 after every text."""
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            found[row] = self._encode_one(text)
            if progress:
                progress(1)
        return found
