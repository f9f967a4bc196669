"""How far the hub has understood what it holds."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from kb.models import Article, Embedding, Passage


def embedding_progress(space: str) -> tuple[int, int]:
    """Passages of published articles, and how many of them have a vector in this space."""
    shown = Passage.objects.filter(article__state=Article.State.PUBLISHED)
    vectors = Embedding.objects.filter(hash=OuterRef("hash"), space=space)
    return shown.count(), shown.filter(Exists(vectors)).count()
