"""How far the hub has understood what it holds."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from kb.models import Embedding
from kb.selectors.findable import shown_passages


def embedding_progress(space: str) -> tuple[int, int]:
    """Passages of what readers may find, and how many of them have a vector in this space."""
    shown = shown_passages()
    vectors = Embedding.objects.filter(hash=OuterRef("hash"), space=space)
    return shown.count(), shown.filter(Exists(vectors)).count()
