"""What the index stores and answers, whatever engine stands behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Document:
    """One article as the index sees it.

    `vectors` is float16, shape (len(passages), dimension), unit length, row i belonging to passage id passages[i];
    both are empty while nothing is embedded yet. `published` is seconds since 1970.
    """

    article: int
    title: str
    body: str
    sources: tuple[int, ...]
    published: int
    language: str
    passages: tuple[int, ...]
    vectors: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Hit:
    """One found article: higher scores are better; `passage` is the best passage's id where vectors found it."""

    article: int
    score: float
    passage: int | None = None
