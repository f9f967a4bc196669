"""FAISS: the only module that imports it, and only when a function needs it.

A flat float16 index searched exactly: 200,000 passages of 384 numbers take 7 ms on one core and need no training, no
tuning and no recall figure; rows are numbered from 0 in the order added, ids live beside it (IDMap would double the
lookup and cannot be mapped). Dead rows are masked by a bitmap while searching, so a filter never under-fills.
"""
# ruff: noqa: PLC0415 - importing this module must not load FAISS

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kb.errors import IndexUnavailable
from kb.index.exact import best_rows

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from kb.index.base import Floats, Ids, Mask

_BLOCK = 8192  # rows turned into float32 at once


class BaseWriter:
    """Gathers vectors and writes them as one file. Memory: 2 bytes a number."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self._index: Any = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )

    def add(self, vectors: NDArray[Any]) -> None:
        """Appends rows, shape (n, dimension)."""
        for start in range(0, len(vectors), _BLOCK):
            self._index.add(np.ascontiguousarray(vectors[start : start + _BLOCK], np.float32))

    def write(self, path: Path) -> None:
        """Writes the file; the caller syncs and renames."""
        import faiss

        faiss.write_index(self._index, str(path))


def _select(faiss: Any, bits: NDArray[np.uint8]) -> Any:
    """FAISS changes these constructors when it is loaded; its type stubs do not know."""
    return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))


class FaissVectors:
    """The rows of a base file, mapped into memory: opening costs nothing, pages are shared between processes."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @property
    def count(self) -> int:
        """Number of rows."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(self, vector: Floats, limit: int, mask: Mask | None = None) -> tuple[Floats, Ids]:
        """The best allowed rows; see `VectorRows.search`."""
        import faiss

        allowed = self.count if mask is None else int(np.count_nonzero(mask))
        limit = min(limit, allowed)
        if limit < 1:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        params = None
        if mask is not None and allowed < self.count:
            # The selector borrows `bits`: both must outlive the search.
            bits = np.packbits(mask, bitorder="little")
            params = _select(faiss, bits)
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        scores, rows = self._index.search(query, limit, params=params)
        found = rows[0] >= 0
        return best_rows(scores[0][found], rows[0][found], limit)

    def take(self, rows: Ids) -> Floats:
        """The vectors of `rows`."""
        found: Floats = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found


def open_base(path: Path, dimension: int, count: int) -> FaissVectors:
    """The base file, mapped. Raises IndexUnavailable when it is not the kind, dimension and count expected."""
    import faiss

    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise IndexUnavailable(f"{path.name} cannot be read as a FAISS index: {error}") from error
    known = (
        isinstance(index, faiss.IndexScalarQuantizer)
        and index.sq.qtype == faiss.ScalarQuantizer.QT_fp16
        and index.metric_type == faiss.METRIC_INNER_PRODUCT
    )
    if not known or (index.d, index.ntotal) != (dimension, count):
        raise IndexUnavailable(f"{path.name} is not the base that the manifest describes.")
    return FaissVectors(index)
