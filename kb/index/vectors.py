"""FAISS: the only module that imports it, and only when a function needs it.

Two kinds of file, both float16 and mapped into memory: *flat*, every row compared with the query, and *cells* (an
inverted file), only the rows near the query's nearest centroids. In a file of cells the rows are in the order of their
cells, so that a row's place follows from its number; rows are numbered from 0 and ids live beside them (IDMap would
double the lookup and cannot be mapped). Dead and filtered rows are masked by a bitmap while searching.

Codes of 8 bits or product quantisation would need the float16 rows as well, to rank again with: more on disk, and no
less memory that matters, since only the probed cells of a mapped file are ever read.
"""
# ruff: noqa: PLC0415 - importing this module must not load FAISS

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.errors import IndexUnavailable
from kb.index.device import GpuRows
from kb.index.exact import best_rows

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from kb.index.base import Floats, Ids, Mask

    Halves = NDArray[np.float16]

BLOCK = 8192  # rows turned into float32 at once
_TURNS = 10  # of k-means; more move recall by less than its own noise
_SEED = 1234
_WIDEN = 4  # times as many cells, when a filter left too few rows
_WORTH_COPYING = 50_000  # rows; a core compares fewer in two milliseconds
_SCRATCH = 64 * 1024 * 1024  # bytes of a GPU's memory to work in; FAISS would take 1.5 GiB


def _flat(vectors: NDArray[np.floating]) -> Any:
    """An index of these rows by inner product, on every GPU where faiss-gpu is installed."""
    import faiss

    index: Any = faiss.IndexFlatIP(vectors.shape[1])
    if faiss.get_num_gpus():
        index = faiss.index_cpu_to_all_gpus(index)
    index.add(np.ascontiguousarray(vectors, np.float32))
    return index


def train_centroids(sample: Floats, cells: int) -> Floats:
    """`cells` unit centroids of the sample, shape (cells, dimension), by spherical k-means; the same each time."""
    import faiss

    trainer: Any = faiss.Kmeans(
        sample.shape[1], cells, niter=_TURNS, spherical=True, seed=_SEED,
        gpu=faiss.get_num_gpus() > 0,
        min_points_per_centroid=1, max_points_per_centroid=len(sample),
    )  # fmt: skip
    trainer.train(np.ascontiguousarray(sample, np.float32))
    found: Floats = trainer.centroids
    return found


def assign_cells(vectors: Halves, centroids: Floats) -> Ids:
    """The nearest centroid of each row, shape (rows,)."""
    index = _flat(centroids)
    found = np.empty(len(vectors), dtype=np.int64)
    for start in range(0, len(vectors), BLOCK):
        block = np.ascontiguousarray(vectors[start : start + BLOCK], np.float32)
        found[start : start + BLOCK] = index.search(block, 1)[1][:, 0]
    return found


def find_nearest(queries: Floats, vectors: Halves, limit: int) -> Ids:
    """The rows nearest to each query, compared one by one, best first, shape (queries, limit)."""
    scores = np.empty((len(queries), 0), np.float32)
    rows = np.empty((len(queries), 0), np.int64)
    for start in range(0, len(vectors), 8 * BLOCK):
        found, places = _flat(vectors[start : start + 8 * BLOCK]).search(queries, limit)
        scores = np.concatenate([scores, np.where(places < 0, -np.inf, found)], axis=1)
        rows = np.concatenate([rows, places + start], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :limit]
        scores = np.take_along_axis(scores, best, axis=1)
        rows = np.take_along_axis(rows, best, axis=1)
    return rows


def write_flat(path: Path, vectors: Halves) -> None:
    """Writes rows to be compared one by one; the caller syncs and renames. Memory: 2 bytes a number."""
    import faiss

    index: Any = faiss.IndexScalarQuantizer(
        vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    for start in range(0, len(vectors), BLOCK):
        index.add(np.ascontiguousarray(vectors[start : start + BLOCK], np.float32))
    faiss.write_index(index, str(path))


def write_cells(path: Path, vectors: Halves, cells: Ids, centroids: Floats) -> Ids:
    """Writes rows in the order of their cells; returns which row came at each place. Memory as `write_flat`."""
    import faiss

    dimension = vectors.shape[1]
    quantizer = faiss.IndexFlatIP(dimension)
    quantizer.add(centroids)
    index: Any = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, len(centroids), faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT, False,
    )  # fmt: skip
    index.is_trained = True  # nothing else of it needs training: a code is the float16 itself
    order: Ids = np.argsort(cells, kind="stable")
    ends = np.searchsorted(cells[order], np.arange(len(centroids) + 1))
    for cell, (first, last) in enumerate(itertools.pairwise(ends.tolist())):
        codes = np.ascontiguousarray(vectors[order[first:last]], "<f2").view(np.uint8)
        ids = np.arange(first, last, dtype=np.int64)
        if last > first:
            index.invlists.add_entries(
                cell, last - first, faiss.swig_ptr(ids), faiss.swig_ptr(codes)
            )
    index.ntotal = len(vectors)
    faiss.write_index(index, str(path))
    return order


def copy_to_gpu(index: Any) -> Any:
    """The rows of a flat file on the first GPU, as float16; None where there is none. RuntimeError: no room for them."""
    import faiss

    if not faiss.get_num_gpus():
        return None
    gpu: Any = faiss
    resources, options = gpu.StandardGpuResources(), gpu.GpuClonerOptions()
    resources.setTempMemory(_SCRATCH)
    options.use_cuvs = False  # which cannot hold float16
    return gpu.index_cpu_to_gpu(resources, 0, index, options)


class FlatVectors:
    """The rows of a flat file: opening costs nothing, pages are shared between processes. Many of them are compared on a
    GPU where there is one."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.count = int(index.ntotal)
        self.dimension = int(index.d)
        worth = self.count >= _WORTH_COPYING
        self._gpu = GpuRows(index, copy_to_gpu) if worth else None

    def search(self, vector: Floats, limit: int, mask: Mask | None = None) -> tuple[Floats, Ids]:
        """The best allowed rows; see `VectorRows.search`."""
        import faiss

        limit, allowed, bits = _narrow(self.count, limit, mask)
        if self._gpu and limit:
            found = self._gpu.search(vector, limit, allowed, mask)
            if found is not None:
                return best_rows(self.take(found) @ vector, found, limit)
        params: Any = None if bits is None else faiss.SearchParameters(sel=_selector(bits))  # type: ignore[call-arg]  # as below
        return _ask(self._index, vector, limit, params)

    def take(self, rows: Ids) -> Floats:
        """The vectors of `rows`."""
        found: Floats = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found


class CellVectors:
    """The rows of a file of cells: a query reads the `nprobe` cells whose centroids are nearest, mapped as they are
    touched."""

    def __init__(self, index: Any, nprobe: int) -> None:
        self._index, self.nprobe = index, nprobe
        self.count = int(index.ntotal)
        self.dimension = int(index.d)
        sizes = [index.invlists.list_size(cell) for cell in range(index.nlist)]
        self._ends = np.cumsum(sizes)

    def search(self, vector: Floats, limit: int, mask: Mask | None = None) -> tuple[Floats, Ids]:
        """The nearest allowed rows of the probed cells. A filter widens the search by what it takes away, to every
        cell where it leaves few rows, and until `limit` are found: fewer come only when fewer are allowed."""
        import faiss

        limit, allowed, bits = _narrow(self.count, limit, mask)
        selector = None if bits is None else _selector(bits)
        cells = int(self._index.nlist)
        probes = math.ceil(self.nprobe * self.count / max(allowed, 1))
        while True:
            probes = min(probes, cells)
            params: Any = faiss.SearchParametersIVF(nprobe=probes, sel=selector)  # type: ignore[call-arg]  # as below
            scores, rows = _ask(self._index, vector, limit, params)
            if len(rows) == limit or probes == cells:
                return scores, rows
            probes *= _WIDEN

    def take(self, rows: Ids) -> Floats:
        """The vectors of `rows`."""
        found = np.empty((len(rows), self.dimension), np.float32)
        cells = self.cells_of(rows)
        order = np.argsort(cells, kind="stable")
        edges = np.flatnonzero(np.diff(cells[order], prepend=-1, append=-1))
        for first, last in itertools.pairwise(edges.tolist()):
            chosen = order[first:last]
            found[chosen] = self._cell(int(cells[chosen[0]]), rows[chosen])
        return found

    def cells_of(self, rows: Ids) -> Ids:
        """The cell of each row."""
        return np.searchsorted(self._ends, rows, side="right")

    @property
    def centroids(self) -> Floats:
        """Shape (cells, dimension)."""
        found: Floats = self._index.quantizer.reconstruct_n(0, self._index.nlist)
        return found

    def _cell(self, cell: int, rows: Ids) -> Halves:
        import faiss

        lists, end = self._index.invlists, int(self._ends[cell])
        size = lists.list_size(cell)
        codes = faiss.rev_swig_ptr(lists.get_codes(cell), size * self.dimension * 2)
        chosen: Halves = codes.view("<f2").reshape(size, self.dimension)[rows - (end - size)]
        return chosen


def _narrow(count: int, limit: int, mask: Mask | None) -> tuple[int, int, NDArray[np.uint8] | None]:
    """(how many can come, how many rows are allowed, the mask as bits where it takes any row away)."""
    if mask is None:
        return min(limit, count), count, None
    allowed = int(np.count_nonzero(mask))
    bits = np.packbits(mask, bitorder="little") if allowed < count else None
    return min(limit, allowed), allowed, bits


def _selector(bits: NDArray[np.uint8]) -> Any:
    """Borrows the bits: both must outlive the search."""
    import faiss

    return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg,arg-type]  # FAISS changes constructors as it is loaded


def _ask(index: Any, vector: Floats, limit: int, params: Any) -> tuple[Floats, Ids]:
    if limit < 1:
        return np.empty(0, np.float32), np.empty(0, np.int64)
    query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
    scores, rows = index.search(query, limit, params=params)
    found = rows[0] >= 0
    return best_rows(scores[0][found], rows[0][found], limit)


def open_base(path: Path, dimension: int, count: int, nprobe: int) -> FlatVectors | CellVectors:
    """The base file, mapped; `nprobe` is 0 for a flat one. Raises IndexUnavailable when it is not the kind, dimension
    and count expected."""
    import faiss

    try:
        index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise IndexUnavailable(f"{path.name} cannot be read as a FAISS index: {error}") from error
    kind = faiss.IndexIVFScalarQuantizer if nprobe else faiss.IndexScalarQuantizer
    known = (
        isinstance(index, kind)
        and index.sq.qtype == faiss.ScalarQuantizer.QT_fp16
        and index.metric_type == faiss.METRIC_INNER_PRODUCT
    )
    if not known or (index.d, index.ntotal) != (dimension, count):
        raise IndexUnavailable(f"{path.name} is not the base that the manifest describes.")
    return CellVectors(index, nprobe) if nprobe else FlatVectors(index)
