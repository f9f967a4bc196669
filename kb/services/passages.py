"""Articles cut into the passages that are encoded: a stage of its own, before the encoder, so that storing and finding by
words wait for neither."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kb.core.chunking import passages
from kb.models import Article, Embedding, Passage
from kb.services.articles import note_changes
from kb.services.rows import insert_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

BATCH = 500


def uncut_articles() -> QuerySet[Article]:
    """Articles whose passages are not there yet, or are those of an older text."""
    return Article.objects.filter(cut_at__isnull=True)


@transaction.atomic
def cut_batch(*, size: int = BATCH) -> int:
    """Cut the newest uncut articles; returns how many, 0 when none waits. Call under the encoder's lease."""
    waiting = uncut_articles().select_for_update().order_by("-pk").only("title", "text")
    articles = list(waiting[:size])
    if articles:
        renew_passages(articles)
        pks = [a.pk for a in articles]
        Article.objects.filter(pk__in=pks).update(cut_at=timezone.now())
    return len(articles)


def renew_passages(articles: Sequence[Article]) -> None:
    """Cut these articles anew; a passage whose text stayed keeps its row, and so its place in the index.

    The index is told of articles that lose a passage, or get one that was encoded for another article already; all
    others it is told of when they are encoded.
    """
    stored: dict[int, dict[int, Passage]] = defaultdict(dict)
    for passage in Passage.objects.filter(article__in=articles).defer("text"):
        stored[passage.article_id][passage.ordinal] = passage
    stale: list[Passage] = []
    fresh: list[Passage] = []
    for article in articles:
        had = stored[article.pk]
        for ordinal, text in enumerate(passages(article.title, article.text)):
            digest = hashlib.sha256(text.encode()).hexdigest()
            old = had.pop(ordinal, None)
            if old is None or old.hash != digest:
                stale += [old] if old else []
                fresh.append(Passage(article=article, ordinal=ordinal, text=text, hash=digest))
        stale += had.values()
    Passage.objects.filter(pk__in=[p.pk for p in stale]).delete()
    insert_rows(fresh)
    known = Embedding.objects.filter(hash__in={p.hash for p in fresh}).values_list(
        "hash", flat=True
    )
    encoded = set(known)
    note_changes({p.article_id for p in (*stale, *(p for p in fresh if p.hash in encoded))})
