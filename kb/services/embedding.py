"""Encoding what is not encoded yet, and nothing twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from kb.models import Embedding, Passage
from kb.services.leases import Held, lease
from kb.services.passages import cut_batch, note_changes, uncut_articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np

    from kb.embedding.base import Encoder

BATCH = 256
MOST = 8192
LOOKS_AHEAD = 8  # batches; what comes in meanwhile has its turn after them
# about how long a batch takes: what is found in it is searchable that soon, and asking the database costs little beside it
BATCH_SECONDS = 5.0


def pending_passages(space: str) -> QuerySet[Passage]:
    """Passages without a vector in this space; the beginnings of items first, the newest of them first."""
    encoded = Embedding.objects.filter(hash=OuterRef("hash"), space=space)
    return Passage.objects.filter(~Exists(encoded)).order_by("ordinal", "-item")


def store_vectors(*, hashes: list[str], vectors: np.ndarray, space: str) -> None:
    """Keep vectors, float32 of shape (len(hashes), dimension), as float16 beside what they encode."""
    now = timezone.now()
    rows = [
        Embedding(hash=h, space=space, vector=v.tobytes(), encoded_at=now)
        for h, v in zip(hashes, vectors.astype("<f2"), strict=True)
    ]
    Embedding.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)


def next_size(count: int, seconds: float) -> int:
    """How many passages to take next, when `count` took `seconds`: a GPU wants thousands, two cores hundreds."""
    return min(max(int(count / max(seconds, 1e-3) * BATCH_SECONDS), BATCH), MOST)


def pending_texts(space: str, limit: int) -> list[str]:
    """Hashes of the texts of the first `limit` pending passages, each once.

    Finding them looks at every passage that is done: half a second of processor time among 200,000.
    """
    hashes = pending_passages(space).values_list("hash", flat=True)[:limit]
    return list(dict.fromkeys(hashes))


def embed_batch(*, encoder: Encoder, hashes: list[str]) -> int:
    """Encode these texts; returns how many passages that settled: copies share a vector."""
    rows = Passage.objects.filter(hash__in=hashes).values_list("hash", "text")
    texts = dict(rows)  # a passage that is gone by now is nobody's
    vectors = encoder.encode(list(texts.values()))
    with transaction.atomic():
        store_vectors(hashes=list(texts), vectors=vectors, space=encoder.space)
        noted = _carriers(texts)
        note_changes(noted)
    # on PostgreSQL an item may have come, and been indexed without the vector, while ours was not yet visible
    note_changes(_carriers(texts) - noted)
    return len(rows)


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
    total, size = 0, BATCH
    while uncut_articles().exists() or pending_passages(space).exists():
        with lease("embed") as held:
            if held is None:
                return total
            while hashes := _next_texts(held, space, size * LOOKS_AHEAD):
                while hashes:
                    began = time.monotonic()
                    count = embed_batch(encoder=load(), hashes=hashes[:size])
                    hashes, total = hashes[size:], total + count
                    size = next_size(count, time.monotonic() - began)
                    held.renew()
                    if on_batch:
                        on_batch(count)
    return total


def _next_texts(held: Held, space: str, most: int) -> list[str]:
    """The texts to encode next, those of articles that came meanwhile included: the newest go first."""
    while cut_batch():
        held.renew()
    return pending_texts(space, most)
