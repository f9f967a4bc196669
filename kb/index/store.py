"""Writing the index: every batch makes a new generation beside the old one, and one rename makes it the index.

    CURRENT                    gen-000007 <SHA-256 of its manifest>
    gen-000007/manifest.json   base.faiss base_rows.npy   dead.npy delta.npy delta_rows.npy   words/…

What a batch does not change is hard-linked from the generation before: the base, and tantivy's segments, which it only
ever adds, lists anew (meta.json, replaced by rename) or unlinks. A crash leaves CURRENT on the old generation; what the
next write finds beside it is removed.

Nothing long happens between a batch and its flip: folding delta and dead into a new base works in `fold/` while batches
go on, and takes the lock only to put the new base under the generation that is current by then. A whole index that
takes minutes is built in a store of its own and adopted.
"""

from __future__ import annotations

import fcntl
import math
import re
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from kb.errors import IndexBusy, IndexUnavailable
from kb.index.audit import find_differences
from kb.index.base import Contents
from kb.index.bulk import EXACT_ROWS
from kb.index.draft import BASE_FILES, Draft, fold_rows
from kb.index.files import link, remove_tree, sync
from kb.index.lexical import Words
from kb.index.manifest import check_files, flip, read_current, write_manifest
from kb.index.rows import open_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from kb.index.base import Document
    from kb.index.manifest import Manifest

_DELTA, _DELTA_SHARE = 4096, 0.02  # rows, or of the base: each batch writes the whole delta anew
_DEAD_SHARE = 0.2  # of the base
KEPT = 2  # generations kept beside the current one: readers of other processes may be about to open them
_POLL = 0.02  # seconds
_GENERATION = re.compile(r"gen-(\d{6,})")


def utc_now() -> datetime:
    """The clock a store uses unless it is given another."""
    return datetime.now(UTC)


def _lock(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class IndexStore:
    """The index in `directory`, for one writer at a time (a second one gets IndexBusy)."""

    directory: Path
    now: Callable[[], datetime] = utc_now
    exact_rows: int = EXACT_ROWS  # up to so many, every row is compared
    patience: float = 10.0  # seconds that a batch waits for another writer, who mostly only flips

    def current(self) -> Manifest | None:
        """The current generation's manifest, or None when there is no usable one. Files are not looked at."""
        try:
            return read_current(self.directory)
        except IndexUnavailable:
            return None

    def apply(
        self,
        space: str,
        dimension: int,
        upserts: Iterable[Document],
        removed: Iterable[int],
        last_change: int,
        progress: Callable[[int], None] | None = None,
    ) -> Manifest:
        """Takes `removed` items out, puts `upserts` in (replacing all that was stored for them), and flips.

        An item in both is in afterwards; of two upserts of one item the later counts. Applying the same batch
        again changes nothing but the number. `progress` is told 1 after each document. Raises IndexUnavailable when
        there is no sound generation in this space (then `build`), InputError for a document that cannot be stored,
        IndexBusy while another process writes; in each case the index stays as it was.
        """
        with self._writing(self.patience):
            old = read_current(self.directory)
            if (old.space, old.dimension) != (space, dimension):
                raise IndexUnavailable(
                    f"The index is in {old.space}, not in {space}; build it again."
                )
            changed = {document.item: document for document in upserts}
            gone = set(removed) - set(changed)
            if not changed and not gone and old.last_change == last_change:
                return old
            with Draft(self.directory, old.number + 1, space, dimension) as draft:
                draft.continue_from(old)
                draft.replace(list(changed.values()), gone, progress)
                return self._finish(draft, last_change)

    def build(
        self,
        space: str,
        dimension: int,
        documents: Iterable[Document],
        last_change: int,
        progress: Callable[[int], None] | None = None,
    ) -> Manifest:
        """Writes the whole index from nothing and flips; readers keep the old one until then.

        Documents are streamed: in memory are only the vectors (2 bytes a number) and tantivy's buffers. Raises
        InputError for a document that cannot be stored or an item that comes twice, IndexBusy.
        """
        with self._writing(self.patience), self._draft(space, dimension) as draft:
            draft.fill(documents, progress, self.exact_rows)
            return self._finish(draft, last_change)

    @property
    def should_fold(self) -> bool:
        """Whether the delta or the dead have become so many that `fold` is worth its time."""
        now = self.current()
        return now is not None and (
            now.delta > max(_DELTA, _DELTA_SHARE * now.base) or now.dead > _DEAD_SHARE * now.base
        )

    def fold(self) -> Manifest | None:
        """Makes a new base of what lives, and flips; batches may be applied meanwhile. None when the whole index was
        built anew meanwhile. Raises IndexUnavailable when the base is damaged, IndexBusy while another process folds.
        """
        aside = self.directory / "fold"
        with self.alone("FOLD"):
            shutil.rmtree(aside, ignore_errors=True)
            pinned, folder = self._pin(aside / "pinned")
            # Everything is copied under a new checksum, so a damaged base must be found now or never.
            check_files(folder, pinned, words=False, whole=True)
            folded = fold_rows(aside, open_rows(folder, pinned), pinned, self.exact_rows)
            with self._writing(math.inf):
                now = read_current(self.directory)
                if any(now.files[name] != pinned.files[name] for name in BASE_FILES):
                    return None
                with self._draft(now.space, now.dimension) as draft:
                    draft.continue_from(now)
                    draft.rebase(folded)
                    return self._finish(draft, now.last_change)

    def _pin(self, folder: Path) -> tuple[Manifest, Path]:
        """The current generation, its vectors linked into `folder`, where batches that follow do not remove them."""
        with self._writing(math.inf):
            now = read_current(self.directory)
            folder.mkdir(parents=True)
            for name in now.files:
                if not name.startswith("words/"):
                    link(self.directory / now.name / name, folder / name)
        return now, folder

    def adopt(self, made: IndexStore) -> Manifest:
        """Makes the current generation of another store on the same disk this one's, and flips. Raises IndexUnavailable
        when it has none."""
        with self._writing(math.inf):
            found = read_current(made.directory)
            manifest = replace(found, number=self._last_number() + 1)
            folder = made.directory / found.name
            data = write_manifest(folder, manifest)
            folder.rename(self.directory / manifest.name)
            sync(self.directory)
            flip(self.directory, manifest.name, data)
            self._forget_before(manifest.number - KEPT)
        shutil.rmtree(made.directory, ignore_errors=True)
        return manifest

    def check(self) -> str:
        """Why the current generation cannot be used, in a sentence, or "": as quick as opening it, see `verify`."""
        try:
            manifest = read_current(self.directory)
            for words in (True, False):
                check_files(self.directory / manifest.name, manifest, words=words)
        except IndexUnavailable as problem:
            return str(problem)
        return ""

    def verify(self) -> list[str]:
        """Reads everything and names each difference between files, counts and manifest in a sentence; [] is sound.

        Holds batches up meanwhile. Raises IndexBusy.
        """
        with self.alone("LOCK", self.patience):  # batches would remove what is being read
            return find_differences(self.directory)

    def contents(self) -> Contents:
        """Every id in the index. Raises IndexUnavailable."""
        manifest = read_current(self.directory)
        folder = self.directory / manifest.name
        for words in (True, False):
            check_files(folder, manifest, words=words)
        rows = open_rows(folder, manifest)
        words_of = Words(folder / "words").items()
        return Contents(rows.passages(), rows.items(), words_of)

    def _finish(self, draft: Draft, last_change: int) -> Manifest:
        manifest = draft.publish(last_change, self.now())
        self._forget_before(manifest.number - KEPT)
        return manifest

    def _forget_before(self, first: int) -> None:
        for number, path in self._generations():
            if number < first:
                remove_tree(path)

    def _generations(self) -> list[tuple[int, Path]]:
        found = ((_GENERATION.fullmatch(p.name), p) for p in self.directory.iterdir())
        return sorted((int(match[1]), path) for match, path in found if match)

    def _draft(self, space: str, dimension: int) -> Draft:
        """The next generation, numbered after every one that is there, usable or not."""
        return Draft(self.directory, self._last_number() + 1, space, dimension)

    def _last_number(self) -> int:
        return max([number for number, _ in self._generations()], default=0)

    @contextmanager
    def _writing(self, patience: float) -> Iterator[None]:
        """Alone, and with the leftovers of a killed writer gone."""
        with self.alone("LOCK", patience):
            self._clean()
            yield

    @contextmanager
    def alone(self, name: str, patience: float = 0.0) -> Iterator[None]:
        """The only process that holds this lock, after up to `patience` seconds. It dies with the process."""
        self.directory.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + patience
        with (self.directory / name).open("ab") as lock:
            while not _lock(lock):
                if time.monotonic() > deadline:
                    raise IndexBusy("Another process is writing the index; try again later.")
                time.sleep(_POLL)
            yield

    def _clean(self) -> None:
        """Removes half-written generations, and whole ones that were never made current."""
        for path in self.directory.glob("*.part"):
            if path.is_dir():
                remove_tree(path)
            else:
                path.unlink()
        current = self.current()
        for number, path in self._generations():
            if current is not None and number > current.number:
                remove_tree(path)
