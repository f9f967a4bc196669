"""Links that readers saved elsewhere: kept for them, and tied to articles of the hub where there are such."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kb.models import Article, Mark, SavedLink
from kb.selectors.works import roots

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kb.models import Tag, User

TIMES = ("starred_at", "queued_at", "read_at", "less_at")
BATCH = 500
KEPT = dt.timedelta(days=1)


def articles_by_key(hashes: Collection[str]) -> dict[str, int]:
    """Hash of a canonical address -> the article that readers see for it now. Three queries."""
    rows = dict(Article.objects.filter(key_hash__in=hashes).values_list("key_hash", "pk"))
    now = roots(rows.values())
    shown = Article.objects.filter(pk__in=now.values(), state=Article.State.PUBLISHED)
    visible = set(shown.values_list("pk", flat=True))
    return {name: now[pk] for name, pk in rows.items() if now[pk] in visible}


def mark_article(
    *, user_id: int, article_id: int, times: dict[str, dt.datetime | None], tags: Iterable[Tag]
) -> bool:
    """Add to a reader's mark what it does not say yet; times that it has already stay. Tells whether the mark is new.

    Call inside a transaction.
    """
    now = timezone.now()
    mark, new = Mark.objects.get_or_create(
        user_id=user_id, article_id=article_id, defaults={"changed_at": now}
    )
    fresh = [name for name, at in times.items() if at and getattr(mark, name) is None]
    for name in fresh:
        setattr(mark, name, times[name])
    if fresh:
        mark.changed_at = now
        mark.save(update_fields=[*fresh, "changed_at"])
    mark.tags.add(*tags)
    return new


@transaction.atomic
def settle_links() -> int:
    """Turn saved links whose article was published since into marks on it; returns how many. And delete for good what was
    deleted a day ago."""
    SavedLink.objects.filter(removed_at__lt=timezone.now() - KEPT).delete()
    named = Article.objects.filter(
        state__in=(Article.State.PUBLISHED, Article.State.MERGED)
    ).values("key_hash")
    waiting = SavedLink.objects.filter(removed_at__isnull=True, key_hash__in=named)
    links = list(waiting.prefetch_related("tags")[:BATCH])
    articles = articles_by_key({link.key_hash for link in links})
    done = [link for link in links if link.key_hash in articles]
    for link in done:
        times = {name: getattr(link, name, None) for name in TIMES}
        mark_article(
            user_id=link.user_id,
            article_id=articles[link.key_hash],
            times=times,
            tags=link.tags.all(),
        )
    SavedLink.objects.filter(pk__in=[link.pk for link in done]).delete()
    return len(done)


@transaction.atomic
def remove_link(*, acting_user: User, link_id: int) -> SavedLink | None:
    """Take a saved link away, for good after a day. None where there is none."""
    found = SavedLink.objects.filter(user=acting_user, pk=link_id, removed_at__isnull=True).first()
    if found:
        found.removed_at = timezone.now()
        found.save(update_fields=["removed_at"])
    return found


@transaction.atomic
def restore_link(*, acting_user: User, link_id: int) -> SavedLink | None:
    """Take a removal back. None where it is too late."""
    found = SavedLink.objects.filter(user=acting_user, pk=link_id, removed_at__isnull=False).first()
    if found:
        found.removed_at = None
        found.save(update_fields=["removed_at"])
    return found
