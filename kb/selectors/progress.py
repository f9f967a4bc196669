"""How far the hub has understood what it holds."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from kb.models import Embedding, Passage


def embedding_progress(space: str) -> tuple[int, int]:
    """Passages in all, and how many of them have a vector in this space."""
    vectors = Embedding.objects.filter(hash=OuterRef("hash"), space=space)
    return Passage.objects.count(), Passage.objects.filter(Exists(vectors)).count()
