"""Searching the index while a writer replaces it: a flip is noticed at the next query, and no query is dropped."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kb.errors import IndexUnavailable
from kb.index.base import Filters, Hit
from kb.index.lexical import analysers
from kb.index.manifest import read_current
from kb.index.names import Names
from kb.index.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kb.core.aliases import Aliases
    from kb.core.query import Query
    from kb.index.base import Floats, Ids

Key = tuple[int, int, int]
_ATTEMPTS = 5
_NONE: Key = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Ready:
    """Which halves of the index can answer."""

    words: bool
    vectors: bool


class IndexReader:
    """Answers from the newest usable generation in `directory`. Safe to share between threads; opened lazily.

    A generation that cannot be opened does not replace a good one that is already open; `problems` says why. Every
    search raises IndexUnavailable when there is nothing to answer from. `aliases` are other names of things, which words
    find too, at a lower weight.
    """

    def __init__(self, directory: Path, aliases: Aliases | None = None) -> None:
        self._directory = directory
        self._names = Names(aliases or {}, analysers()[0])
        self._lock = threading.Lock()
        self._seen = _NONE  # the CURRENT that was opened, or tried in vain
        self._snapshot: Snapshot | None = None
        self._problems: tuple[str, ...] = ()

    @property
    def generation(self) -> int:
        """The number of the generation that answers. Raises IndexUnavailable."""
        return self._fresh().manifest.number

    @property
    def space(self) -> str:
        """The space the vectors live in; a query must be encoded into the same. Raises IndexUnavailable."""
        return self._fresh().manifest.space

    @property
    def passages(self) -> int:
        """How many passages have a living vector in the generation that answers. Raises IndexUnavailable."""
        return self._fresh().manifest.passages

    @property
    def ready(self) -> Ready:
        """Which halves can answer now; never raises."""
        try:
            problems = self._fresh().broken
        except IndexUnavailable:
            return Ready(words=False, vectors=False)
        return Ready(words="words" not in problems, vectors="vectors" not in problems)

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences about what is broken in the newest generation; () when all is well. Never raises."""
        try:
            found = self._fresh().broken
        except IndexUnavailable as problem:
            return (str(problem),)
        return (*self._problems, *found.values())

    def search_words(
        self,
        query: Query,
        limit: int,
        *,
        allowed: Iterable[int] | None = None,
        sources: Iterable[int] | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> list[Hit]:
        """The best items by BM25, best first. Filters hold inside the search: `limit` are found if there are.

        `allowed` are item ids; an item matches `sources` when one of its sources is in it; `since` and `until`
        are seconds since 1970, included. An empty query finds nothing. Raises IndexUnavailable.
        """
        filters = Filters(
            allowed=_ids(allowed),
            sources=None if sources is None else tuple(sources),
            since=since,
            until=until,
        )
        found = self._fresh().words.search(query, limit, filters, self._names)
        return [Hit(item, score) for item, score in found]

    def corrections(self, query: Query) -> dict[str, str]:
        """The wanted words that no item has, as typed, each with the word that is searched instead.

        `kb.core.spelling.correct` puts them into a query. Raises IndexUnavailable.
        """
        return self._fresh().words.corrections(query)

    def search_vectors(
        self, vector: Floats, limit: int, *, allowed: Iterable[int] | None = None
    ) -> list[Hit]:
        """The items nearest to `vector`, float32, shape (dimension,): cosine, best passage each, best first.

        Raises IndexUnavailable, and InputError for a vector of another length or with NaN.
        """
        return self._fresh().vectors.search(vector, limit, _ids(allowed))

    def similar(self, item: int, limit: int, *, allowed: Iterable[int] | None = None) -> list[Hit]:
        """The items nearest to the mean of this item's passages, without itself; [] when it has no vectors."""
        vectors = self._fresh().vectors
        middle = vectors.of_item(item)
        if middle is None:
            return []
        return vectors.search(middle, limit, _ids(allowed), without=item)

    def vector(self, item: int) -> Floats | None:
        """The mean direction of an item's passages, unit length, or None. Raises IndexUnavailable."""
        return self._fresh().vectors.of_item(item)

    def _key(self) -> Key | None:
        try:
            stat = (self._directory / "CURRENT").stat()
        except OSError:
            return None  # no index, or its disk is gone: what is open keeps answering
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def _fresh(self) -> Snapshot:
        """The open snapshot, after looking for a newer one. Only one thread opens; others go on with the old one."""
        key, snapshot = self._key(), self._snapshot
        if snapshot is not None and (key is None or key == self._seen):
            return snapshot
        if self._lock.acquire(blocking=snapshot is None):
            try:
                return self._reload()
            finally:
                self._lock.release()
        return self._snapshot or self._reload()

    def _reload(self) -> Snapshot:
        key = self._key()
        if key != self._seen or self._snapshot is None:
            try:
                self._snapshot, self._problems = self._open(), ()
            except IndexUnavailable as problem:
                self._problems = (str(problem),)
                if self._snapshot is None:
                    raise
            self._seen = key or _NONE
        return self._snapshot

    def _open(self) -> Snapshot:
        """Opens what CURRENT names; again when a writer flipped and cleaned in between."""
        manifest = read_current(self._directory)
        snapshot = Snapshot(self._directory, manifest)
        for _ in range(_ATTEMPTS):
            newest = read_current(self._directory)
            if not snapshot.broken or newest.number == manifest.number:
                break
            manifest, snapshot = newest, Snapshot(self._directory, newest)
        if snapshot.broken and self._snapshot is not None and not self._snapshot.broken:
            raise IndexUnavailable(" ".join(snapshot.broken.values()))
        return snapshot


def _ids(allowed: Iterable[int] | None) -> Ids | None:
    if allowed is None:
        return None
    if isinstance(allowed, np.ndarray):
        return allowed.astype(np.int64, copy=False)
    return np.array(list(allowed), dtype=np.int64)
