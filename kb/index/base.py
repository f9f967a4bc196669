"""What the index stores and answers, whatever engine stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Document:
    """One item as the index sees it.

    `vectors` is float16, shape (len(passages), dimension), unit length, row i belonging to passage id passages[i];
    both are empty while nothing is embedded yet. `published` is seconds since 1970. `kind` is a number of
    `kb.core.items.ItemKind`; `names` are those of the concepts it is about, aliases included.
    """

    item: int
    title: str
    body: str
    sources: tuple[int, ...]
    published: int
    language: str
    passages: tuple[int, ...]
    vectors: NDArray[np.float16]
    kind: int = 0
    authors: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One found item: higher scores are better; `passage` is the best passage's id where vectors found it."""

    item: int
    score: float
    passage: int | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What may be found; None means anything. Times are seconds since 1970, `since` and `until` included."""

    allowed: Ids | None = None
    sources: tuple[int, ...] | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """Every id in the index, sorted: what the hub compares with its database."""

    passages: Ids
    vector_items: Ids
    word_items: Ids


class VectorRows(Protocol):
    """Unit vectors by row number, searched by inner product. Safe to share between threads."""

    @property
    def count(self) -> int:
        """Number of rows."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def search(self, vector: Floats, limit: int, mask: Mask | None = None) -> tuple[Floats, Ids]:
        """The best `limit` rows where `mask` (shape (count,)) is true: (scores, rows), best first, ties by row.

        Fewer only when fewer rows are allowed. `vector` is float32, shape (dimension,).
        """

    def take(self, rows: Ids) -> Floats:
        """The vectors of `rows`, float32, shape (len(rows), dimension)."""
