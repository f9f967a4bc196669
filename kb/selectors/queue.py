"""What a reader wants to read later."""

from __future__ import annotations

from kb.models import Article, Mark


def queued_paths(user_id: int, *, limit: int) -> list[str]:
    """The pages of the articles in a reader's queue, the last put there first."""
    rows = Mark.objects.filter(
        user=user_id, queued_at__isnull=False, article__state=Article.State.PUBLISHED
    )
    found = rows.order_by("-queued_at", "-pk").select_related("article")
    found = found.defer("article__html", "article__text")[:limit]
    return [row.article.get_absolute_url() for row in found]
