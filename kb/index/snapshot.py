"""One generation, opened for reading. It never changes, so threads share it without locks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from kb.errors import IndexUnavailable, InputError
from kb.index.base import Hit
from kb.index.exact import ExactVectors
from kb.index.lexical import Words
from kb.index.manifest import check_files
from kb.index.rows import Rows, open_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kb.index.base import Floats, Ids, Mask
    from kb.index.manifest import Manifest
    from kb.index.rows import Stored

Half = TypeVar("Half")

_FIRST = 64  # rows asked for at first; an item has a few passages, so this mostly suffices


@dataclass(frozen=True, slots=True)
class Shard:
    """The base or the delta, with a mask of the rows that live."""

    rows: Rows
    living: Mask

    def mask(self, allowed: Ids | None, without: int | None) -> Mask:
        """Living rows of the allowed items except `without`."""
        mask = self.living
        if allowed is not None:
            mask = mask & self.rows.of_items(allowed)
        return mask if without is None else mask & (self.rows.items != without)


class Vectors:
    """The vectors of a generation: base and delta searched as one."""

    def __init__(self, stored: Stored, dimension: int) -> None:
        delta = Rows(ExactVectors(stored.delta), stored.delta_table)
        self.dimension = dimension
        self.shards = [
            Shard(stored.base, stored.living),
            Shard(delta, np.ones(len(stored.delta_table), dtype=np.bool_)),
        ]

    def search(
        self, vector: Floats, limit: int, allowed: Ids | None = None, without: int | None = None
    ) -> list[Hit]:
        """The best `limit` items, each with its best passage; fewer only when fewer are allowed."""
        vector = self._check(vector)
        masks = [shard.mask(allowed, without) for shard in self.shards]
        total = sum(int(np.count_nonzero(mask)) for mask in masks)
        size = max(4 * limit, _FIRST)
        # Passages of one item crowd out others, so ask for more until there are enough items.
        while limit > 0:
            hits = self._best(vector, size, masks)
            if len(hits) >= limit or size >= total:
                return hits[:limit]
            size *= 4
        return []

    def of_item(self, item: int) -> Floats | None:
        """The mean direction of an item's passages, unit length, or None when it has none."""
        found = [
            shard.rows.vectors.take(np.flatnonzero((shard.rows.items == item) & shard.living))
            for shard in self.shards
        ]
        mean = np.concatenate(found).sum(axis=0)
        length = float(np.linalg.norm(mean))
        return np.asarray(mean / length, dtype=np.float32) if length > 0 else None

    def _check(self, vector: Floats) -> Floats:
        found: Floats = np.ascontiguousarray(vector, dtype=np.float32)
        if found.shape != (self.dimension,) or not np.isfinite(found).all():
            raise InputError(f"A query vector must be {self.dimension} finite numbers.")
        return found

    def _best(self, vector: Floats, size: int, masks: list[Mask]) -> list[Hit]:
        """The items among the best `size` rows of all shards, best first, ties by passage."""
        rows: list[tuple[float, int, int]] = []
        for shard, mask in zip(self.shards, masks, strict=True):
            scores, found = shard.rows.vectors.search(vector, size, mask)
            columns = (scores, shard.rows.passages[found], shard.rows.items[found])
            rows += zip(*(c.tolist() for c in columns), strict=True)
        rows.sort(key=lambda row: (-row[0], row[1]))
        best: dict[int, Hit] = {}
        for score, passage, item in rows[:size]:
            best.setdefault(item, Hit(item, score, passage))
        return list(best.values())


class Snapshot:
    """A generation's words and vectors. Either may be broken while the other still answers."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        folder = directory / manifest.name
        self._words = _attempt(_open_words, folder, manifest)
        self._vectors = _attempt(_open_vectors, folder, manifest)

    @property
    def broken(self) -> dict[str, str]:
        """What is wrong, in a sentence, by half: "words", "vectors"; {} when all is well."""
        halves = {"words": self._words, "vectors": self._vectors}
        return {name: str(p) for name, p in halves.items() if isinstance(p, IndexUnavailable)}

    @property
    def words(self) -> Words:
        """The words; raises IndexUnavailable when they are broken."""
        if isinstance(self._words, IndexUnavailable):
            raise IndexUnavailable(str(self._words))
        return self._words

    @property
    def vectors(self) -> Vectors:
        """The vectors; raises IndexUnavailable when they are broken."""
        if isinstance(self._vectors, IndexUnavailable):
            raise IndexUnavailable(str(self._vectors))
        return self._vectors


def _attempt(
    load: Callable[[Path, Manifest], Half], folder: Path, manifest: Manifest
) -> Half | IndexUnavailable:
    """What `load` gives, or the IndexUnavailable it raised: kept as a value until somebody asks for that half."""
    try:
        return load(folder, manifest)
    except IndexUnavailable as problem:
        return problem


def _open_words(folder: Path, manifest: Manifest) -> Words:
    check_files(folder, manifest, words=True)
    return Words(folder / "words")


def _open_vectors(folder: Path, manifest: Manifest) -> Vectors:
    check_files(folder, manifest, words=False)
    return Vectors(open_rows(folder, manifest), manifest.dimension)
