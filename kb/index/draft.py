"""A generation in the making: a directory aside that becomes the index when everything in it is on disk."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from kb.errors import InputError
from kb.index.bulk import EXACT_ROWS, BulkWriter
from kb.index.files import digest, link, remove_tree, sync
from kb.index.lexical import Words, WordsWriter
from kb.index.manifest import (
    Engine,
    FileInfo,
    Manifest,
    check_files,
    describe_files,
    flip,
    write_manifest,
)
from kb.index.rows import Stored, is_among, open_rows, save_delta, tell_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from kb.index.base import Document, Ids

BASE_FILES = ("base.faiss", "base_rows.npy")
_TOGETHER = 1000  # documents of a whole index whose vectors are written at once
_CHANGING = ("dead.npy", "delta.npy", "delta_rows.npy")


@dataclass(frozen=True, slots=True)
class Folded:
    """A new base in `folder`, on disk for good, made from what lived in `old`: row i of it was row numbers[i], counted
    through the old base and its delta."""

    folder: Path
    files: dict[str, FileInfo]
    engine: Engine
    numbers: Ids
    old: Stored


def fold_rows(folder: Path, old: Stored, manifest: Manifest, exact_rows: int) -> Folded:
    """Writes a new base from the living rows of base and delta."""
    writer = BulkWriter(folder, manifest.dimension, exact_rows)
    numbers: list[Ids] = []
    for vectors, table, numbered, cells in old.blocks():
        writer.add(vectors, table, cells)
        numbers.append(numbered)
    engine, order = writer.finish(old.base.vectors, manifest.engine.trained)
    for name in BASE_FILES:
        sync(folder / name)
    files = {n: FileInfo((folder / n).stat().st_size, digest(folder / n)) for n in BASE_FILES}
    return Folded(folder, files, engine, np.concatenate(numbers)[order], old)


class Draft:
    """Generation `number`, written into gen-<number>.part; leaving the block unpublished removes it."""

    def __init__(self, directory: Path, number: int, space: str, dimension: int) -> None:
        self._directory, self._number = directory, number
        self._space, self._dimension = space, dimension
        self._folder = directory / f"gen-{number:06}.part"
        self._known: dict[str, FileInfo] = {}
        self._old: Stored | None = None
        self._counts = (0, 0, 0)  # base, delta, dead
        self._engine = Engine()

    def __enter__(self) -> Self:
        (self._folder / "words").mkdir(parents=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder.exists():
            remove_tree(self._folder)

    def continue_from(self, old: Manifest) -> None:
        """Links what a batch leaves alone. Raises IndexUnavailable when the old generation is damaged."""
        folder = self._directory / old.name
        check_files(folder, old, words=True)
        check_files(folder, old, words=False)
        self._old, self._engine = open_rows(folder, old), old.engine
        self._known = {n: info for n, info in old.files.items() if n not in _CHANGING}
        for name in self._known:
            if name.endswith(".json"):  # tantivy's lists of its files: the only ones it rewrites
                shutil.copyfile(folder / name, self._folder / name)
            else:
                link(folder / name, self._folder / name)
        self._known = {n: i for n, i in self._known.items() if not n.endswith(".json")}

    def replace(
        self,
        documents: list[Document],
        gone: set[int],
        progress: Callable[[int], None] | None,
    ) -> None:
        """Takes out the items in `gone` and every old version of `documents`, and puts these in."""
        for document in documents:
            check_document(document, self._dimension)
        gone = gone | {d.item for d in documents}
        with WordsWriter(self._folder / "words") as words:
            words.remove(gone)
            for document in documents:
                words.add(document)
                if progress:
                    progress(1)
        self._replace_rows(documents, gone)

    def _replace_rows(self, documents: list[Document], gone: set[int]) -> None:
        old = self._old
        assert old is not None, "continue_from comes first"
        ids = np.array(sorted(gone), dtype=np.int64)
        hit = np.flatnonzero(is_among(old.base.items, ids))
        kept = ~is_among(old.delta_table[:, 1], ids)
        self._save_delta(
            np.union1d(old.dead, hit).astype(np.int64),
            np.concatenate([old.delta[kept], *(_half(d, self._dimension) for d in documents)]),
            np.concatenate([old.delta_table[kept], *(_table(d) for d in documents)]),
            len(old.base.table),
        )

    def _save_delta(self, dead: Ids, delta: NDArray[np.float16], table: Ids, base: int) -> None:
        save_delta(self._folder, dead, delta, table)
        self._counts = (base, len(delta), len(dead))

    def rebase(self, folded: Folded) -> None:
        """Takes over a new base, made from an earlier generation with the same old base: what died since is dead, what
        came since is the delta."""
        now, then = self._old, folded.old
        assert now is not None, "continue_from comes first"
        before = tell_apart(then.delta_table, then.delta)
        after = tell_apart(now.delta_table, now.delta)
        still, had = set(after), set(before)
        alive = np.concatenate([now.living, np.array([key in still for key in before], np.bool_)])
        fresh = np.array([key not in had for key in after], np.bool_)
        for name in BASE_FILES:
            (self._folder / name).unlink()
            (folded.folder / name).rename(self._folder / name)
            self._known[name] = folded.files[name]
        self._engine = folded.engine
        dead = np.flatnonzero(~alive[folded.numbers])
        self._save_delta(dead, now.delta[fresh], now.delta_table[fresh], len(folded.numbers))

    def fill(
        self,
        documents: Iterable[Document],
        progress: Callable[[int], None] | None,
        exact_rows: int = EXACT_ROWS,
    ) -> None:
        """Writes a whole index from a stream of documents."""
        writer, seen = BulkWriter(self._folder, self._dimension, exact_rows), set[int]()
        vectors: list[NDArray[np.float16]] = []
        tables: list[Ids] = []

        def write() -> None:
            if tables:
                writer.add(np.concatenate(vectors), np.concatenate(tables))
                vectors.clear()
                tables.clear()

        with WordsWriter(self._folder / "words", threads=2) as words:
            for document in documents:
                check_document(document, self._dimension)
                if document.item in seen:
                    raise InputError(f"Item {document.item} came twice.")
                seen.add(document.item)
                words.add(document)
                vectors.append(_half(document, self._dimension))
                tables.append(_table(document))
                if len(tables) == _TOGETHER:
                    write()
                if progress:
                    progress(1)
        write()
        self._engine, order = writer.finish()
        nothing = np.empty((0, self._dimension), dtype=np.float16)
        self._save_delta(np.empty(0, np.int64), nothing, np.empty((0, 2), np.int64), len(order))

    def publish(self, last_change: int, now: datetime) -> Manifest:
        """Syncs every file, writes the manifest, renames the directory and flips CURRENT to it."""
        base, delta, dead = self._counts
        manifest = Manifest(
            number=self._number,
            space=self._space,
            dimension=self._dimension,
            items=Words(self._folder / "words").count,
            passages=base - dead + delta,
            base=base,
            delta=delta,
            dead=dead,
            last_change=last_change,
            created=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            engine=self._engine,
            files=describe_files(self._folder, self._known),
        )
        for name in manifest.files:
            if name not in self._known:
                sync(self._folder / name)
        sync(self._folder / "words")
        data = write_manifest(self._folder, manifest)
        self._folder.rename(self._directory / manifest.name)
        sync(self._directory)
        flip(self._directory, manifest.name, data)
        return manifest


def check_document(document: Document, dimension: int) -> None:
    """Raises InputError when vectors and passages disagree, or a vector has another length or is no number."""
    wanted = (len(document.passages), dimension)
    fits = document.vectors.shape == wanted or (not document.passages and not document.vectors.size)
    if not fits or not np.isfinite(document.vectors.astype(np.float16)).all():
        raise InputError(
            f"Item {document.item}: {len(document.passages)} passages need finite vectors of shape "
            f"{wanted}, not {document.vectors.shape}."
        )


def _half(document: Document, dimension: int) -> NDArray[np.float16]:
    return document.vectors.reshape(len(document.passages), dimension).astype(np.float16)


def _table(document: Document) -> Ids:
    """The row table of a document, shape (passages, 2)."""
    passages = np.array(document.passages, dtype=np.int64)
    return np.stack([passages, np.full_like(passages, document.item)], axis=1)
