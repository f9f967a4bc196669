"""Encoding what is not encoded yet, and nothing twice."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kb.models import Embedding, Passage
from kb.services.leases import Held, lease
from kb.services.passages import cut_batch, note_changes, uncut_articles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from django.db.models import QuerySet

    from kb.embedding.base import Encoder

BATCH = 64
MOST = 8192
# about how long a batch takes: what is found in it is searchable that soon, and what comes meanwhile waits no longer
BATCH_SECONDS = 2.0


def _waiting(space: str) -> list[QuerySet[Passage]]:
    """Passages without a vector in this space: those before it and behind it in the index, where "not equal" would look
    at every passage. In each what has no vector at all goes first, then beginnings of items, then the newest items."""
    found = Passage.objects.order_by("encoded_in", "ordinal", "-item")
    return [found.filter(encoded_in__lt=space), found.filter(encoded_in__gt=space)]


def has_pending(space: str) -> bool:
    """Whether a passage lacks a vector in this space."""
    return any(part.exists() for part in _waiting(space))


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
    """Hashes of the texts of the first `limit` pending passages, each once."""
    found: list[str] = []
    for part in _waiting(space):
        found += part.values_list("hash", flat=True)[: limit - len(found)]
    return list(dict.fromkeys(found))


def embed_batch(*, encoder: Encoder, hashes: list[str]) -> tuple[int, int]:
    """Give these texts vectors, the stored one where there is one; returns how many passages that settled (copies share
    a vector) and how many texts were encoded."""
    rows = Passage.objects.filter(hash__in=hashes).values_list("hash", "text")
    texts = dict(rows)  # a passage that is gone by now is nobody's
    stored = Embedding.objects.filter(space=encoder.space, hash__in=hashes)
    known = set(stored.values_list("hash", flat=True))
    fresh = [h for h in texts if h not in known]
    vectors = encoder.encode([texts[h] for h in fresh])
    with transaction.atomic():
        store_vectors(hashes=fresh, vectors=vectors, space=encoder.space)
        # in this order: a passage that comes in between is told of now, and once more when its turn comes
        Passage.objects.filter(hash__in=hashes).update(encoded_in=encoder.space)
        note_changes(_carriers(hashes))
    return len(rows), len(fresh)


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
    while uncut_articles().exists() or has_pending(space):
        with lease("embed") as held:
            if held is None:
                return total
            while hashes := _next_texts(held, space, size):
                began = time.monotonic()
                count, encoded = embed_batch(encoder=load(), hashes=hashes)
                total += count
                if encoded:
                    size = next_size(encoded, time.monotonic() - began)
                held.renew()
                if on_batch:
                    on_batch(count)
    return total


def _next_texts(held: Held, space: str, most: int) -> list[str]:
    """The texts to encode next, those of articles that came meanwhile included: the newest go first."""
    while cut_batch():
        held.renew()
    return pending_texts(space, most)
