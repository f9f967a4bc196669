"""Encoding what is not encoded yet, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from kb.models import Embedding, Passage
from kb.services.leases import Held, lease
from kb.services.passages import cut_batch, note_changes, uncut_articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from kb.embedding.base import Encoder

BATCH = 256


def pending_passages(space: str) -> QuerySet[Passage]:
    """Passages without a vector in this space; the beginnings of items first, the newest of them first."""
    encoded = Embedding.objects.filter(hash=OuterRef("hash"), space=space)
    return Passage.objects.filter(~Exists(encoded)).order_by("ordinal", "-item")


def store_vectors(*, hashes: list[str], vectors: np.ndarray, space: str) -> None:
    """Keep vectors, float32 of shape (len(hashes), dimension), as float16 beside what they encode."""
    rows = [
        Embedding(hash=h, space=space, vector=v.tobytes())
        for h, v in zip(hashes, vectors.astype("<f2"), strict=True)
    ]
    Embedding.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)


def embed_batch(*, encoder: Encoder, size: int = BATCH) -> int:
    """Encode the next batch; returns how many passages it settled, 0 when none is pending."""
    batch = list(pending_passages(encoder.space)[:size])
    if not batch:
        return 0
    texts = {p.hash: p.text for p in batch}
    vectors = encoder.encode(list(texts.values()))
    with transaction.atomic():
        store_vectors(hashes=list(texts), vectors=vectors, space=encoder.space)
        noted = _carriers(texts)
        note_changes(noted)
    # on PostgreSQL an item may have come, and been indexed without the vector, while ours was not yet visible
    note_changes(_carriers(texts) - noted)
    return len(batch)


def _carriers(hashes: Iterable[str]) -> set[int]:
    """The items with one of these texts: copies share a vector, and each of them waits for it."""
    rows = Passage.objects.filter(hash__in=list(hashes))
    return set(rows.values_list("item", flat=True).distinct().order_by())


def embed_pending(
    *, load: Callable[[], Encoder], space: str, on_batch: Callable[[int], object] | None = None
) -> int:
    """Cut and encode everything pending, alone; returns how many passages were settled.

    `load` gives the encoder and is called only when there is work. Others who ask meanwhile get 0 at once: whoever
    holds the lease looks again after giving it back, so nothing that was committed before is missed.
    """
    total = 0
    while uncut_articles().exists() or pending_passages(space).exists():
        with lease("embed") as held:
            if held is None:
                return total
            while _anything_left(held, space):
                count = embed_batch(encoder=load())
                total += count
                held.renew()
                if on_batch:
                    on_batch(count)
    return total


def _anything_left(held: Held, space: str) -> bool:
    """Whether passages are to be encoded, those of articles that came meanwhile included: the newest go first."""
    while cut_batch():
        held.renew()
    return pending_passages(space).exists()
