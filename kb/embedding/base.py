"""What every encoder offers, whatever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors. One instance a process, safe to share between threads."""

    @property
    def space(self) -> str:
        """Name and revision of the model: vectors are comparable only within one space."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """The model's window."""

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Unit vectors, shape (len(texts), dimension). `progress` is told how many more are done."""


class Reranker(Protocol):
    """Judges how well texts answer a query by reading both together. Safe to share between threads."""

    def score(self, query: str, texts: Sequence[str]) -> Vectors:
        """How well each text answers, shape (len(texts),); higher is better, on a scale of the model's own."""
