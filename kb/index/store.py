"""Writing the index: every batch makes a new generation beside the old one, and one rename makes it the index.

    CURRENT                    gen-000007 <SHA-256 of its manifest>
    gen-000007/manifest.json   base.faiss base_rows.npy   dead.npy delta.npy delta_rows.npy   words/…

What a batch does not change is hard-linked from the generation before: the base, and tantivy's segments, which it only
ever adds, lists anew (meta.json, replaced by rename) or unlinks. A crash leaves CURRENT on the old generation; what the
next write finds beside it is removed.
"""

from __future__ import annotations

import fcntl
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kb.errors import IndexBusy, IndexUnavailable
from kb.index.audit import find_differences
from kb.index.base import Contents
from kb.index.draft import Draft
from kb.index.files import remove_tree
from kb.index.lexical import Words
from kb.index.manifest import check_files, read_current
from kb.index.rows import open_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from kb.index.base import Document
    from kb.index.manifest import Manifest

KEPT = 2  # generations kept beside the current one: readers of other processes may be about to open them
_GENERATION = re.compile(r"gen-(\d{6,})")


def utc_now() -> datetime:
    """The clock a store uses unless it is given another."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class IndexStore:
    """The index in `directory`, for one writer at a time (a second one gets IndexBusy)."""

    directory: Path
    now: Callable[[], datetime] = utc_now

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
        with self._writing():
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
        with self._writing(), self._draft(space, dimension) as draft:
            draft.fill(documents, progress)
            return self._finish(draft, last_change)

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
        """Reads everything and names each difference between files, counts and manifest in a sentence; [] is sound."""
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
        for number, path in self._generations():
            if number < manifest.number - KEPT:
                remove_tree(path)
        return manifest

    def _generations(self) -> list[tuple[int, Path]]:
        found = ((_GENERATION.fullmatch(p.name), p) for p in self.directory.iterdir())
        return sorted((int(match[1]), path) for match, path in found if match)

    def _draft(self, space: str, dimension: int) -> Draft:
        """The next generation, numbered after every one that is there, usable or not."""
        last = max([number for number, _ in self._generations()], default=0)
        return Draft(self.directory, last + 1, space, dimension)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Alone, and with the leftovers of a killed writer gone. The lock dies with the process."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "LOCK").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise IndexBusy("Another process is writing the index; try again later.") from error
            self._clean()
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
