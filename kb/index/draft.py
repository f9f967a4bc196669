"""A generation in the making: a directory aside that becomes the index when everything in it is on disk."""

from __future__ import annotations

import shutil
from array import array
from typing import TYPE_CHECKING, Self

import numpy as np

from kb.errors import InputError
from kb.index.files import link, remove_tree, sync
from kb.index.lexical import Words, WordsWriter
from kb.index.manifest import (
    FileInfo,
    Manifest,
    check_files,
    describe_files,
    flip,
    write_manifest,
)
from kb.index.rows import ITEM, Stored, blocks, empty_rows, open_rows, save_base, save_delta
from kb.index.vectors import BaseWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from kb.index.base import Document, Ids

_DELTA = 4096  # rows the delta may have before it is folded into the base
_SHARE = 0.2  # of the base that the delta, or the dead, may be
_BASE_FILES = ("base.faiss", "base_rows.npy")
_CHANGING = ("dead.npy", "delta.npy", "delta_rows.npy")
_BLOCK = 4096


class Draft:
    """Generation `number`, written into gen-<number>.part; leaving the block unpublished removes it."""

    def __init__(self, directory: Path, number: int, space: str, dimension: int) -> None:
        self._directory, self._number = directory, number
        self._space, self._dimension = space, dimension
        self._folder = directory / f"gen-{number:06}.part"
        self._known: dict[str, FileInfo] = {}
        self._old: Stored | None = None
        self._counts = (0, 0, 0)  # base, delta, dead

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
        self._old = open_rows(folder, old)
        self._known = {n: info for n, info in old.files.items() if n not in _CHANGING}
        for name in self._known:
            if name.endswith(".json"):  # tantivy's lists of its files: the only ones it rewrites
                shutil.copyfile(folder / name, self._folder / name)
            else:
                link(folder / name, self._folder / name)
        self._known = {n: i for n, i in self._known.items() if not n.endswith(".json")}
        self._source, self._source_manifest = folder, old

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
        hit = np.flatnonzero(np.isin(old.base_rows[:, ITEM], ids))
        kept = ~np.isin(old.delta_rows[:, ITEM], ids)
        stored = Stored(
            base=old.base,
            base_rows=old.base_rows,
            dead=np.union1d(old.dead, hit).astype(np.int64),
            delta=np.concatenate(
                [old.delta[kept], *(_half(d, self._dimension) for d in documents)]
            ),
            delta_rows=np.concatenate([old.delta_rows[kept], *(_table(d) for d in documents)]),
        )
        if _should_compact(stored):
            self._compact(stored)
        else:
            save_delta(self._folder, stored.dead, stored.delta, stored.delta_rows)
            self._counts = (len(stored.base_rows), len(stored.delta), len(stored.dead))

    def _compact(self, stored: Stored) -> None:
        # Everything is copied under a new checksum, so a damaged base must be found now or never.
        check_files(self._source, self._source_manifest, words=False, whole=True)
        for name in _BASE_FILES:
            (self._folder / name).unlink()
            del self._known[name]
        writer, tables = BaseWriter(self._dimension), [empty_rows()]
        for vectors, rows in blocks(stored):
            writer.add(vectors)
            tables.append(rows)
        self._write_base(writer, np.concatenate(tables))

    def fill(self, documents: Iterable[Document], progress: Callable[[int], None] | None) -> None:
        """Writes a whole index from a stream of documents."""
        writer, rows, seen = BaseWriter(self._dimension), array("q"), set[int]()
        with WordsWriter(self._folder / "words", threads=2) as words:
            for document in documents:
                check_document(document, self._dimension)
                if document.item in seen:
                    raise InputError(f"Item {document.item} came twice.")
                seen.add(document.item)
                words.add(document)
                writer.add(document.vectors)
                rows.extend(_table(document).ravel().tolist())
                if progress:
                    progress(1)
        self._write_base(writer, np.array(rows, dtype=np.int64).reshape(-1, 2))

    def _write_base(self, writer: BaseWriter, rows: Ids) -> None:
        save_base(self._folder, writer, rows)
        delta = np.empty((0, self._dimension), dtype=np.float16)
        save_delta(self._folder, np.empty(0, dtype=np.int64), delta, empty_rows())
        self._counts = (len(rows), 0, 0)

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


def _should_compact(stored: Stored) -> bool:
    base = len(stored.base_rows)
    return len(stored.delta) > max(_DELTA, _SHARE * base) or len(stored.dead) > _SHARE * base


def _half(document: Document, dimension: int) -> NDArray[np.float16]:
    return document.vectors.reshape(len(document.passages), dimension).astype(np.float16)


def _table(document: Document) -> Ids:
    """The row table of a document, shape (passages, 2)."""
    passages = np.array(document.passages, dtype=np.int64)
    return np.stack([passages, np.full_like(passages, document.item)], axis=1)
