"""The vectors of a generation: which passage and item each row is, which rows are dead, base and delta together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kb.errors import IndexUnavailable
from kb.index.files import load_array, save_array
from kb.index.vectors import BaseWriter, open_base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from kb.index.base import Ids, VectorRows
    from kb.index.manifest import Manifest

PASSAGE, ITEM = 0, 1  # columns of the row tables
_BLOCK = 8192


@dataclass(frozen=True, slots=True)
class Stored:
    """What is on disk. `base_rows` and `delta_rows` have the shape (n, 2): passage id, item id; `dead` holds the
    base rows that are dead, sorted; `delta` is float16, shape (n, dimension)."""

    base: VectorRows
    base_rows: Ids
    dead: Ids
    delta: NDArray[np.float16]
    delta_rows: Ids

    @property
    def living(self) -> NDArray[np.bool_]:
        """Shape (base rows,): false where dead."""
        mask = np.ones(len(self.base_rows), dtype=np.bool_)
        mask[self.dead] = False
        return mask

    def passages(self) -> Ids:
        """The ids of all living passages, sorted."""
        rows = (self.base_rows[self.living], self.delta_rows)
        return np.sort(np.concatenate([r[:, PASSAGE] for r in rows]))

    def items(self) -> Ids:
        """The ids of all items that have a living passage, sorted."""
        rows = (self.base_rows[self.living], self.delta_rows)
        return np.unique(np.concatenate([r[:, ITEM] for r in rows]))


def open_rows(folder: Path, manifest: Manifest) -> Stored:
    """The vectors of a generation whose files were checked. Raises IndexUnavailable when they contradict it."""
    found = Stored(
        base=open_base(folder / "base.faiss", manifest.dimension, manifest.base),
        base_rows=load_array(folder / "base_rows.npy", np.int64, 2),
        dead=load_array(folder / "dead.npy", np.int64, None),
        delta=load_array(folder / "delta.npy", np.float16, manifest.dimension),
        delta_rows=load_array(folder / "delta_rows.npy", np.int64, 2),
    )
    counts = (len(found.base_rows), len(found.dead), len(found.delta), len(found.delta_rows))
    if counts != (manifest.base, manifest.dead, manifest.delta, manifest.delta):
        raise IndexUnavailable(f"{manifest.name} holds other counts than its manifest says.")
    if len(found.dead) and not 0 <= found.dead.min() <= found.dead.max() < manifest.base:
        raise IndexUnavailable(f"{manifest.name} calls rows dead that it does not have.")
    return found


def save_delta(folder: Path, dead: Ids, delta: NDArray[np.float16], delta_rows: Ids) -> None:
    """Writes the three files that every batch replaces."""
    save_array(folder / "dead.npy", dead)
    save_array(folder / "delta.npy", delta)
    save_array(folder / "delta_rows.npy", delta_rows)


def save_base(folder: Path, writer: BaseWriter, rows: Ids) -> None:
    """Writes the two files of a base."""
    writer.write(folder / "base.faiss")
    save_array(folder / "base_rows.npy", rows)


def empty_rows() -> Ids:
    """A row table without rows."""
    return np.empty((0, 2), dtype=np.int64)


def blocks(stored: Stored) -> Iterator[tuple[NDArray[np.floating], Ids]]:
    """The living rows of base and delta, (vectors, row table), block by block, for a new base."""
    living = np.flatnonzero(stored.living)
    for start in range(0, len(living), _BLOCK):
        rows = living[start : start + _BLOCK]
        yield stored.base.take(rows), stored.base_rows[rows]
    yield stored.delta, stored.delta_rows
