"""Vector search in NumPy: the reference that other engines are held to, and the engine of the small delta."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kb.index.base import Floats, Ids, Mask


def best_rows(scores: Floats, rows: Ids, limit: int) -> tuple[Floats, Ids]:
    """The best `limit` of `rows` by `scores`, best first, equal scores by row."""
    if len(rows) > limit:  # partition first: sorting a million scores for ten of them is slow
        edge = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        keep = scores >= edge
        scores, rows = scores[keep], rows[keep]
    order = np.lexsort((rows, -scores))[:limit]
    return scores[order], rows[order]


class ExactVectors:
    """Rows of a float16 matrix, shape (count, dimension), held as float32 for speed (NumPy has no fast fp16)."""

    def __init__(self, vectors: NDArray[np.float16]) -> None:
        self._vectors: Floats = np.ascontiguousarray(vectors, dtype=np.float32)

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self._vectors.shape[0])

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def search(self, vector: Floats, limit: int, mask: Mask | None = None) -> tuple[Floats, Ids]:
        """The best allowed rows; see `VectorRows.search`."""
        rows = np.arange(self.count) if mask is None else np.flatnonzero(mask)
        scores = (self._vectors @ vector)[rows]  # picking rows first would copy nearly all of them
        return best_rows(scores, rows.astype(np.int64), limit)

    def take(self, rows: Ids) -> Floats:
        """The vectors of `rows`."""
        return self._vectors[rows]
