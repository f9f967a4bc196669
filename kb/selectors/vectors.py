"""Stored vectors, as the mean of an item's passages."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Exists

from kb.models import Embedding, Passage

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import OuterRef as Outer
    from numpy.typing import NDArray

AT_ONCE = 500


def unread_passages(item: Outer, space: str) -> Exists:
    """Whether any passage of `item` has no vector in this space yet."""
    return Exists(Passage.objects.filter(item=item).exclude(encoded_in=space))


def mean_vectors(items: Collection[int], space: str) -> dict[int, NDArray[np.float32]]:
    """Item -> the mean of the vectors that its passages have, unit length, shape (dimension,); items without are left out."""
    ids, found = sorted(items), {}
    for at in range(0, len(ids), AT_ONCE):
        found.update(_means(ids[at : at + AT_ONCE], space))
    return found


def _means(items: list[int], space: str) -> dict[int, NDArray[np.float32]]:
    pieces = list(
        Passage.objects.filter(item__in=items)
        .order_by("item", "ordinal")
        .values_list("item", "hash")
    )
    rows = Embedding.objects.filter(space=space, hash__in={h for _, h in pieces})
    vectors = {
        h: np.frombuffer(bytes(v), "<f2").astype(np.float32)
        for h, v in rows.values_list("hash", "vector")
    }
    sums: dict[int, NDArray[np.float32]] = defaultdict(lambda: np.float32(0))  # type: ignore[arg-type, return-value]  # the first sum broadcasts
    for item, digest in pieces:
        if digest in vectors:
            sums[item] = sums[item] + vectors[digest]
    return {item: v / max(float(np.linalg.norm(v)), 1e-6) for item, v in sums.items()}
