"""The large, immutable part of a generation in the making: its vectors spooled, then laid out by how many they are.

Up to EXACT_ROWS a query is compared with every row: nothing to train, nothing to tune, nothing missed. Above it rows
lie in cells, and the number of cells a query looks into is the smallest with which enough of the true neighbours are
found; when no reasonable number is enough, the base is compared row by row after all, and the manifest says so.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.index.files import save_array
from kb.index.manifest import Engine
from kb.index.vectors import (
    CellVectors,
    assign_cells,
    find_nearest,
    open_base,
    train_centroids,
    write_cells,
    write_flat,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from kb.index.base import Floats, Ids, VectorRows

log = logging.getLogger(__name__)

EXACT_ROWS = 250_000  # 12 ms of one core; docs/search.md tells what was measured
TARGET = 0.98  # of the ten true neighbours that must be found
_NEIGHBOURS = 10
_QUERIES = 256  # of each of the two samples
_NEAR = 0.7  # cosine between a question and what it is about
_SAMPLE = 40  # rows a centroid is trained on
_RETRAIN = 2  # times as many rows as the centroids were trained for
_SEED = 99


class BulkWriter:
    """Takes rows in blocks, writes base.faiss and base_rows.npy. Memory: 2 bytes a number, and the training sample."""

    def __init__(self, folder: Path, dimension: int, exact_rows: int = EXACT_ROWS) -> None:
        self._folder, self._dimension, self._exact_rows = folder, dimension, exact_rows
        self._spool = folder / "spool.f16"
        self._rows: list[Ids] = []
        self._cells: list[Ids] = []

    def add(self, vectors: NDArray[Any], rows: Ids, cells: Ids | None = None) -> None:
        """Appends vectors, shape (n, dimension), with their row table (n, 2), and their cells where those are known."""
        with self._spool.open("ab") as file:
            file.write(np.ascontiguousarray(vectors, "<f2").tobytes())
        self._rows.append(rows)
        self._cells.append(np.full(len(rows), -1, np.int64) if cells is None else cells)

    def finish(self, like: VectorRows | None = None, trained: int = 0) -> tuple[Engine, Ids]:
        """Writes the files; returns how to search them, and which of the rows added came at each place.

        The centroids of `like`, made for `trained` rows, serve again while the rows are not many more than then.
        """
        rows = np.concatenate([np.empty((0, 2), np.int64), *self._rows])
        shape = (len(rows), self._dimension)
        vectors = (
            np.memmap(self._spool, "<f2", "r", shape=shape)
            if rows.size and self._dimension
            else np.empty(shape, "<f2")
        )
        known = like if len(rows) <= _RETRAIN * trained else None
        engine, order = self._lay_out(vectors, known, trained)
        save_array(self._folder / "base_rows.npy", rows[order])
        del vectors
        self._spool.unlink(missing_ok=True)
        return engine, order

    def _lay_out(
        self, vectors: NDArray[np.float16], like: VectorRows | None, trained: int
    ) -> tuple[Engine, Ids]:
        path, count = self._folder / "base.faiss", len(vectors)
        reason = ""
        if count > self._exact_rows:
            old = like.centroids if isinstance(like, CellVectors) else None
            centroids = _train(vectors) if old is None else old
            cells = self._known_cells(vectors, centroids, reuse=old is not None)
            order = write_cells(path, vectors, cells, centroids)
            nprobe, recall = choose_nprobe(path, vectors, order, len(centroids))
            if nprobe:
                made_for = count if old is None else trained
                return Engine(len(centroids), nprobe, recall, made_for), order
            reason = f"recall {recall:.3f} in {len(centroids)} cells is below {TARGET}"
            log.warning("%s: every row is compared instead", reason)
        write_flat(path, vectors)
        return Engine(reason=reason), np.arange(count)

    def _known_cells(self, vectors: NDArray[np.float16], centroids: Floats, *, reuse: bool) -> Ids:
        cells = np.concatenate(self._cells)
        fresh = np.flatnonzero(cells < 0) if reuse else np.arange(len(cells))
        cells[fresh] = assign_cells(vectors[fresh] if reuse else vectors, centroids)
        return cells


def _train(vectors: NDArray[np.float16]) -> Floats:
    cells = 2 ** round(math.log2(3 * math.sqrt(len(vectors))))
    chance = np.random.default_rng(_SEED)
    chosen = np.sort(chance.choice(len(vectors), min(_SAMPLE * cells, len(vectors)), replace=False))
    return train_centroids(vectors[chosen].astype(np.float32), cells)


def choose_nprobe(
    path: Path, vectors: NDArray[np.float16], order: Ids, cells: int
) -> tuple[int, float]:
    """(how many cells to look into, recall@10), or (0, best recall seen) when a quarter of them is not enough.

    Two samples of questions must both reach TARGET: the number is chosen with one, and the other tells the recall.
    """
    base = open_base(path, vectors.shape[1], len(vectors), nprobe=1)
    questions = _questions(vectors)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    wanted = place[find_nearest(questions, vectors, _NEIGHBOURS)]
    recall, nprobe = 0.0, max(cells // 64, 1)
    while nprobe <= cells // 4:
        base.nprobe = nprobe  # type: ignore[union-attr]  # a file of cells was just written
        found = [base.search(q, _NEIGHBOURS)[1] for q in questions]
        hits = np.array([len(np.intersect1d(f, w)) for f, w in zip(found, wanted, strict=True)])
        chosen, recall = hits.reshape(2, -1).mean(axis=1) / _NEIGHBOURS
        if min(chosen, recall) >= TARGET:
            return nprobe, float(recall)
        nprobe += max(nprobe // 4, 1)
    return 0, float(recall)


def _questions(vectors: NDArray[np.float16]) -> Floats:
    """Where people's questions lie, shape (2 * _QUERIES, dimension): between two rows, and aside from both.

    A row moved aside alone has its neighbours in one place, and is too easy: with as many cells as find 0.98 of those,
    real questions (search/hub-dev over 300,000 passages) found 0.92; these, like the real ones, want four times as many.
    """
    chance = np.random.default_rng(_SEED)
    pairs = chance.integers(0, len(vectors), (2, 2 * _QUERIES))
    about = _unit(vectors[pairs].astype(np.float32).sum(axis=0))
    aside = _unit(chance.standard_normal(about.shape).astype(np.float32))
    return _NEAR * about + math.sqrt(1 - _NEAR**2) * aside


def _unit(rows: Floats) -> Floats:
    found: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return found
