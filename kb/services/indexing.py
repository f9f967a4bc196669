"""From the database to the index: changes applied, generations built, differences named."""

from __future__ import annotations

import time
from collections import defaultdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kb.core.items import split
from kb.embedding.load import get_space
from kb.errors import IndexUnavailable
from kb.index.base import Document
from kb.index.store import IndexStore
from kb.models import Change, Embedding, Generation, Passage
from kb.selectors.findable import FINDABLE, read_texts, shown_items, shown_passages
from kb.services.leases import Held, lease

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from numpy.typing import NDArray

    from kb.index.manifest import Manifest
    from kb.selectors.findable import Text

BATCH = 1000
KEPT_GENERATIONS = 200


def open_store() -> IndexStore:
    """The index of this hub."""
    return IndexStore(Path(settings.INDEX_DIR))


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(ids)
    while chunk := list(islice(rest, BATCH)):
        yield chunk


def documents(items: Iterable[int], space: str, size: int) -> Iterator[Document]:
    """What the index should hold of these items: those in sight, with the vectors there are.

    `size` is the length of a vector, 0 where none was stored when the work began: those that arrive meanwhile come
    with a change of their own, and are left to it.
    """
    for ids in _chunks(items):
        vectors = _vectors(ids, space) if size else {}
        for text in read_texts(ids, shown=True):
            yield _document(text, vectors.get(text.item, []))


def _vectors(items: list[int], space: str) -> dict[int, list[tuple[int, bytes]]]:
    passages = list(
        Passage.objects.filter(item__in=items)
        .order_by("item", "ordinal")
        .values_list("pk", "item", "hash")
    )
    hashes = {h for _, _, h in passages}
    stored = dict(
        Embedding.objects.filter(space=space, hash__in=hashes).values_list("hash", "vector")
    )
    found: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    for pk, item, digest in passages:
        if digest in stored:
            found[item].append((pk, bytes(stored[digest])))
    return found


def _document(text: Text, rows: list[tuple[int, bytes]]) -> Document:
    matrix: NDArray[np.float16] = np.frombuffer(b"".join(v for _, v in rows), dtype="<f2")
    return Document(
        item=text.item,
        title=text.title,
        body=text.body,
        sources=text.sources,
        published=int(text.published.timestamp()),
        language=text.language,
        passages=tuple(pk for pk, _ in rows),
        vectors=matrix.reshape(len(rows), -1) if rows else np.empty((0, 0), np.float16),
        kind=split(text.item)[0],
        authors=text.authors,
        names=text.names,
    )


def dimension(space: str) -> int:
    """Length of the vectors of a space; 0 while there is none."""
    row = Embedding.objects.filter(space=space).values_list("vector", flat=True).first()
    return len(bytes(row)) // 2 if row else 0


def is_behind() -> bool:
    """Whether there is something to do: changes wait, or the index cannot be used as it is (missing, damaged, written
    by another version) though there is something to find."""
    return Change.objects.exists() or _must_build()


def _must_build() -> bool:
    return bool(open_store().check()) and any(f.shown().exists() for f in FINDABLE.values())


def apply_changes() -> int:
    """Bring the index up to date with the outbox, alone; returns how many changes it took.

    Changes leave the outbox after the flip, so that a crash in between only applies them again. An index that cannot
    be used is built anew first.
    """
    total = 0
    while is_behind():
        with lease("index") as held:
            if held is None:
                return total
            if _must_build():
                _build(get_space(settings.EMBEDDING_MODEL), 0, held)
            while batch := list(Change.objects.order_by("pk")[:BATCH]):
                _apply(batch)
                held.renew()
                total += len(batch)
    return total


def _apply(batch: list[Change]) -> None:
    space = get_space(settings.EMBEDDING_MODEL)
    ids = sorted({c.item for c in batch})
    began = time.monotonic()
    size = dimension(space)
    upserts = list(documents(ids, space, size))
    removed = set(ids) - {d.item for d in upserts}
    try:
        manifest = open_store().apply(
            space, size, upserts, sorted(removed), last_change=batch[-1].pk
        )
        _record(manifest, began, rebuilt=False)
    except IndexUnavailable:
        _build(space, batch[-1].pk, None)
    Change.objects.filter(pk__in=[c.pk for c in batch]).delete()


def build_index(*, on_document: Callable[[int], None] | None = None) -> Manifest:
    """Make a new generation of everything from stored vectors, aside, and put it in place. Waits for the writer."""
    with lease("index", wait=600) as held:
        if held is None:
            raise IndexUnavailable(
                "another process has been writing the index for ten minutes; try again"
            )
        last = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        taken = list(Change.objects.values_list("pk", flat=True))
        manifest = _build(get_space(settings.EMBEDDING_MODEL), last, held, on_document)
        for chunk in _chunks(taken):
            Change.objects.filter(pk__in=chunk).delete()
        return manifest


def _build(
    space: str,
    last_change: int,
    held: Held | None,
    on_document: Callable[[int], None] | None = None,
) -> Manifest:
    began = time.monotonic()
    size = dimension(space)

    def stream() -> Iterator[Document]:
        for count, document in enumerate(documents(shown_items(), space, size), start=1):
            if held and count % BATCH == 0:
                held.renew()
            if on_document:
                on_document(1)
            yield document

    manifest = open_store().build(space, size, stream(), last_change=last_change)
    _record(manifest, began, rebuilt=True)
    return manifest


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
