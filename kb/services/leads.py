"""Which article stands for a story; asked again whenever a member comes, goes, is hidden or shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count

from kb.core.stories import choose_lead
from kb.models import Article, Story

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


def settle_stories(*, story_ids: Iterable[int | None], now: dt.datetime) -> None:
    """Choose the lead anew; a story without any article is deleted. Call inside a transaction.

    A hidden article keeps its place, so that it is back in its story when it is shown again.
    """
    for story in Story.objects.select_for_update().filter(pk__in={i for i in story_ids if i}):
        members = story.articles.exclude(state=Article.State.MERGED)
        shown = members.filter(state=Article.State.PUBLISHED)
        carried = shown.annotate(carriers=Count("entries__source", distinct=True))
        rows = list(carried.values_list("pk", "published_at", "carriers"))
        if rows:
            story.lead_id, story.lead_reason = choose_lead(rows)
            story.updated_at = now
            story.save(update_fields=["lead", "lead_reason", "updated_at"])
        elif not members.exists():
            story.delete()
