"""The vectors of a generation: which passage and item each row is, which rows are dead, base and delta together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import numpy as np

from kb.errors import IndexUnavailable
from kb.index.files import load_array, save_array
from kb.index.vectors import BLOCK, CellVectors, open_base

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from kb.index.base import Ids, Mask, VectorRows
    from kb.index.manifest import Manifest

PASSAGE, ITEM = 0, 1  # columns of the row tables


class Rows:
    """Vectors, and a table of the shape (n, 2): the passage id and the item id of each. Nothing in it changes."""

    def __init__(self, vectors: VectorRows, table: Ids) -> None:
        self.vectors, self.table = vectors, table

    @cached_property
    def passages(self) -> Ids:
        """The passage of each row."""
        return np.ascontiguousarray(self.table[:, PASSAGE])

    @cached_property
    def items(self) -> Ids:
        """The item of each row."""
        return np.ascontiguousarray(self.table[:, ITEM])

    @cached_property
    def _numbered(self) -> tuple[Ids, NDArray[np.int32]]:
        """(the items, sorted; the place there of each row's): what makes a filter cheap however large the base is."""
        items, places = np.unique(self.items, return_inverse=True)
        return items, places.astype(np.int32)

    def of_items(self, ids: Ids) -> Mask:
        """True for the rows of these items."""
        items, places = self._numbered
        at = np.minimum(np.searchsorted(items, ids), len(items) - 1)
        marked = np.zeros(len(items), np.bool_)
        if len(items):
            marked[at[items[at] == ids]] = True
        return marked[places]


def is_among(values: Ids, ids: Ids) -> Mask:
    """Which values are one of `ids`, few and sorted. np.isin would sort all values."""
    if not len(ids):
        return np.zeros(len(values), np.bool_)
    at = np.minimum(np.searchsorted(ids, values), len(ids) - 1)
    return np.asarray(ids[at] == values)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is on disk: `dead` holds the rows of the base that are dead, sorted; `delta` is float16, shape (n, dimension),
    and `delta_table` its row table."""

    base: Rows
    dead: Ids
    delta: NDArray[np.float16]
    delta_table: Ids

    @property
    def living(self) -> Mask:
        """Shape (base rows,): false where dead."""
        mask = np.ones(len(self.base.table), dtype=np.bool_)
        mask[self.dead] = False
        return mask

    def passages(self) -> Ids:
        """The ids of all living passages, sorted."""
        return np.sort(self._living_table()[:, PASSAGE])

    def items(self) -> Ids:
        """The ids of all items that have a living passage, sorted."""
        return np.unique(self._living_table()[:, ITEM])

    def _living_table(self) -> Ids:
        return np.concatenate([self.base.table[self.living], self.delta_table])

    def blocks(self) -> Iterator[tuple[NDArray[np.floating], Ids, Ids, Ids | None]]:
        """Everything that lives, block by block, for a new base: (vectors, row table, numbers, cells if known), where
        rows are numbered through base and delta."""
        base, living = self.base.vectors, np.flatnonzero(self.living)
        for start in range(0, len(living), BLOCK):
            rows = living[start : start + BLOCK]
            cells = base.cells_of(rows) if isinstance(base, CellVectors) else None
            yield base.take(rows), self.base.table[rows], rows, cells
        numbers = len(self.base.table) + np.arange(len(self.delta))
        yield self.delta, self.delta_table, numbers, None


# A base is shared by all generations that have it: they are hard links of one file.
_open_bases: WeakValueDictionary[tuple[int, ...], Rows] = WeakValueDictionary()


def _open_base(folder: Path, manifest: Manifest) -> Rows:
    path = folder / "base.faiss"
    stat = path.stat()
    key = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size, manifest.engine.nprobe)
    found = _open_bases.get(key)
    if found is None:
        found = Rows(
            open_base(path, manifest.dimension, manifest.base, manifest.engine.nprobe),
            load_array(folder / "base_rows.npy", np.int64, 2, mapped=True),
        )
        _open_bases[key] = found
    return found


def open_rows(folder: Path, manifest: Manifest) -> Stored:
    """The vectors of a generation whose files were checked. Raises IndexUnavailable when they contradict it."""
    found = Stored(
        base=_open_base(folder, manifest),
        dead=load_array(folder / "dead.npy", np.int64, None),
        delta=load_array(folder / "delta.npy", np.float16, manifest.dimension),
        delta_table=load_array(folder / "delta_rows.npy", np.int64, 2),
    )
    counts = (len(found.base.table), len(found.dead), len(found.delta), len(found.delta_table))
    if counts != (manifest.base, manifest.dead, manifest.delta, manifest.delta):
        raise IndexUnavailable(f"{manifest.name} holds other counts than its manifest says.")
    if len(found.dead) and not 0 <= found.dead.min() <= found.dead.max() < manifest.base:
        raise IndexUnavailable(f"{manifest.name} calls rows dead that it does not have.")
    return found


def save_delta(folder: Path, dead: Ids, delta: NDArray[np.float16], table: Ids) -> None:
    """Writes the three files that every batch replaces."""
    save_array(folder / "dead.npy", dead)
    save_array(folder / "delta.npy", delta)
    save_array(folder / "delta_rows.npy", table)


def tell_apart(table: Ids, vectors: NDArray[np.float16]) -> list[bytes]:
    """A key for each row: the same for the same passage of the same item with the same vector, and for nothing else."""
    pairs = zip(table, vectors, strict=True)
    return [row.tobytes() + vector.tobytes() for row, vector in pairs]
