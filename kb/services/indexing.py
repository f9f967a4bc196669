"""From the database to the index: changes applied, deltas folded, whole indexes built aside, differences named."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kb.embedding.load import get_space
from kb.errors import IndexBusy, IndexUnavailable
from kb.index.journal import Journal
from kb.index.store import IndexStore
from kb.models import Article, Change, Embedding, Generation
from kb.selectors.findable import FINDABLE, shown_items, shown_passages
from kb.services.embedding import has_pending
from kb.services.filling import BATCH, chunks, dimension, documents
from kb.services.leases import lease
from kb.services.passages import uncut_articles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from kb.index.base import Document
    from kb.index.manifest import Manifest

log = logging.getLogger(__name__)
KEPT_GENERATIONS = 200
WAIT_SECONDS = 600


def open_store() -> IndexStore:
    """The index of this hub."""
    return IndexStore(Path(settings.INDEX_DIR))


def _aside() -> IndexStore:
    """Where a whole new index grows, until it is adopted."""
    return IndexStore(open_store().directory / "next")


def _journal() -> Journal:
    return Journal(_aside().directory / "changes")


def is_behind() -> bool:
    """Whether there is something to do: changes wait, or the index must be built anew."""
    return Change.objects.exists() or bool(why_build())


def why_build() -> str:
    """Why a whole new index is wanted, in a sentence, or "": the one in place cannot be used (missing, damaged, of
    another version) though there is something to find, or another model has encoded everything by now."""
    if not any(found.shown().exists() for found in FINDABLE.values()):
        return ""
    store, space = open_store(), get_space(settings.EMBEDDING_MODEL)
    if problem := store.check():
        return problem
    now = store.current()
    if now is None:
        return "There is no index."
    if now.dimension == 0:  # words alone, from before the first vector
        return f"There are vectors of {space} now." if dimension(space) else ""
    if now.space != space and not has_pending(space):
        return f"Everything is encoded in {space}, the index is in {now.space}."
    return ""


def apply_changes() -> int:
    """Bring the index up to date with the outbox, alone; returns how many changes it took. Builds a new index where one
    is wanted, which others meanwhile keep the old one up to date for.

    Changes leave the outbox after the flip, so that a crash in between only applies them again.
    """
    total = _apply_waiting()
    reason = why_build()
    if reason and _try_build(reason):
        total += _apply_waiting()
    return total


def _apply_waiting() -> int:
    total = 0
    # whether it is damaged is seen when it is written to; nothing need be read for that before
    while Change.objects.exists() and open_store().current():
        with lease("index") as held:
            if held is None:
                return total
            while batch := list(Change.objects.order_by("pk")[:BATCH]):
                if not _apply(batch):
                    return total
                held.renew()
                total += len(batch)
    return total


def _apply(batch: list[Change]) -> bool:
    """False when the index cannot take it."""
    began, ids = time.monotonic(), sorted({c.item for c in batch})
    try:
        manifest = _put(open_store(), ids, batch[-1].pk)
    except IndexUnavailable as problem:
        log.warning("%s", problem)
        return False
    _record(manifest, began, rebuilt=False)
    _journal().note(ids)  # before the outbox forgets them: who builds may have read them earlier
    Change.objects.filter(pk__in=[c.pk for c in batch]).delete()
    return True


def _put(store: IndexStore, ids: Collection[int], last_change: int) -> Manifest:
    """These items as they are now, in the space that the store is in. Raises IndexUnavailable."""
    now = store.current()
    if now is None:
        raise IndexUnavailable(store.check())
    upserts = list(documents(ids, now.space, now.dimension))
    removed = set(ids) - {d.item for d in upserts}
    return store.apply(now.space, now.dimension, upserts, sorted(removed), last_change)


def should_fold() -> bool:
    """Whether `fold_index` has something to do."""
    return open_store().should_fold


def fold_index() -> bool:
    """Fold what came and went into a new base, while changes go on being applied; False when there was nothing to do,
    or somebody else is at it."""
    began, store = time.monotonic(), open_store()
    if not store.should_fold:
        return False
    try:
        manifest = store.fold()
    except IndexBusy:
        return False
    except IndexUnavailable as problem:  # a damaged base, which opening it does not show
        return _try_build(str(problem))
    if manifest:
        _record(manifest, began, rebuilt=False)
    return manifest is not None


def build_index(*, on_document: Callable[[int], None] | None = None) -> Manifest:
    """Make a new index of everything from stored vectors, aside, and put it in place. Waits for others who do."""
    try:
        with open_store().alone("BUILD", WAIT_SECONDS):
            return _build(on_document)
    except IndexBusy as error:
        raise IndexUnavailable(
            "another process has been building the index for ten minutes; try again"
        ) from error


def _try_build(reason: str) -> bool:
    """Build unless somebody else is at it."""
    try:
        with open_store().alone("BUILD"):
            log.info("building the index anew: %s", reason)
            _build(None)
    except IndexBusy:
        return False
    return True


def _build(on_document: Callable[[int], None] | None) -> Manifest:
    """While it grows others go on changing the old index, and note in the journal what; at the end that is done again
    here, the last of it with changes held up."""
    began, store, aside, journal = time.monotonic(), open_store(), _aside(), _journal()
    shutil.rmtree(aside.directory, ignore_errors=True)
    journal.start()
    space = get_space(settings.EMBEDDING_MODEL)
    size = dimension(space)  # once: vectors that arrive from here on come with changes of their own
    taken = list(Change.objects.order_by("pk").values_list("pk", flat=True))
    last = taken[-1] if taken else 0
    aside.build(space, size, _stream(space, size, on_document), last)
    done = 0
    while len(ids := journal.read(done)) > BATCH:
        done += _repeat(aside, ids.tolist(), last)
    with lease("index", wait=WAIT_SECONDS) as held:
        if held is None:
            raise IndexUnavailable("another process has been writing the index for ten minutes")
        _repeat(aside, journal.read(done).tolist(), last)
        manifest = store.adopt(aside)
    for chunk in chunks(taken):
        Change.objects.filter(pk__in=chunk).delete()
    _record(manifest, began, rebuilt=True)
    return manifest


def _stream(space: str, size: int, on_document: Callable[[int], None] | None) -> Iterator[Document]:
    for document in documents(shown_items(), space, size):
        if on_document:
            on_document(1)
        yield document


def _repeat(aside: IndexStore, ids: list[int], last_change: int) -> int:
    for chunk in chunks(dict.fromkeys(ids)):
        _put(aside, chunk, last_change)
    return len(ids)


@transaction.atomic
def _record(manifest: Manifest, began: float, *, rebuilt: bool) -> None:
    Generation.objects.update_or_create(
        number=manifest.number,
        defaults={
            "space": manifest.space,
            "items": manifest.items,
            "vectors": manifest.passages,
            "last_change": manifest.last_change,
            "seconds": round(time.monotonic() - began, 3),
            "rebuilt": rebuilt,
            "created_at": timezone.now(),
        },
    )
    Generation.objects.filter(number__lte=manifest.number - KEPT_GENERATIONS).delete()


def verify_index() -> list[str]:
    """Every difference between the files and their checksums, and between database, vectors and words; [] is clean."""
    store = open_store()
    space = get_space(settings.EMBEDDING_MODEL)
    waiting = Change.objects.count()
    problems = [f"{waiting} changes are not applied yet"] if waiting else []
    items = set(shown_items())
    passages = dict(shown_passages().values_list("pk", "hash"))
    have = set(Embedding.objects.filter(space=space).values_list("hash", flat=True))
    if uncut := uncut_articles().filter(state=Article.State.PUBLISHED).count():
        problems.append(f"{uncut} articles are not cut into passages yet")
    unencoded = sum(h not in have for h in passages.values())
    if unencoded:
        problems.append(f"{unencoded} passages have no vector in {space}")
    try:
        problems += store.verify()
        contents = store.contents()
    except IndexUnavailable as error:
        return [*problems, str(error)] if items else problems
    problems += _difference(
        "vectors", "passages", {p for p, h in passages.items() if h in have}, contents.passages
    )
    return problems + _difference("words", "items", items, contents.word_items)


def _difference(part: str, things: str, wanted: set[int], held: Collection[int]) -> list[str]:
    stored = {int(i) for i in held}
    said = []
    if missing := sorted(wanted - stored):
        said.append(f"{part}: {len(missing)} {things} missing: {_some(missing)}")
    if extra := sorted(stored - wanted):
        said.append(f"{part}: {len(extra)} {things} too many: {_some(extra)}")
    if len(stored) != len(held):
        said.append(f"{part}: {len(held) - len(stored)} {things} twice")
    return said


def _some(ids: list[int]) -> str:
    shown = ", ".join(map(str, ids[:20]))
    return shown if len(ids) <= 20 else f"{shown} …"  # noqa: PLR2004 - enough to look at
