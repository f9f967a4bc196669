"""One work, many faces: which article stands for which, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.models import Article, Merge

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Joined:
    """A copy that was made part of an article: what it was called, where it stands, and why it is the same work."""

    merge: int
    article: int
    title: str
    url: str
    reason: str
    automatic: bool
    at: dt.datetime


def roots(ids: Iterable[int]) -> dict[int, int]:
    """Each id -> the article that stands for it now: itself, unless it was merged. One query a link of the chain."""
    found = {i: i for i in ids}
    while step := dict(
        Article.objects.filter(pk__in=set(found.values()), merged_into__isnull=False).values_list(
            "pk", "merged_into"
        )
    ):
        found = {i: step.get(at) or at for i, at in found.items()}
    return found


def members(article_id: int) -> set[int]:
    """The article and all that stand behind it."""
    found, fresh = {article_id}, {article_id}
    while fresh:
        rows = Article.objects.filter(merged_into__in=fresh)
        fresh = set(rows.values_list("pk", flat=True)) - found
        found |= fresh
    return found


def winner_path(article_id: int) -> str:
    """The address of the published article that this one became part of; "" where there is none."""
    row = Article.objects.filter(pk=article_id, state=Article.State.MERGED).first()
    if row is None:
        return ""
    root = Article.objects.filter(pk=roots([row.pk])[row.pk], state=Article.State.PUBLISHED)
    found = root.only("title").first()
    return found.get_absolute_url() if found else ""


def joined(article_id: int) -> tuple[Joined, ...]:
    """The standing merges into this article, oldest first."""
    rows = Merge.objects.filter(winner=article_id, undone_at__isnull=True).order_by("at", "pk")
    return tuple(map(_joined, rows.select_related("loser")))


def standing_merges() -> QuerySet[Merge]:
    """Every merge that holds, newest first."""
    return Merge.objects.filter(undone_at__isnull=True).select_related("winner", "loser", "user")


def barred_pairs() -> set[tuple[int, int]]:
    """Pairs of articles, by who stands for them now, that a curator parted."""
    pairs = list(Merge.objects.filter(undone_at__isnull=False).values_list("winner", "loser"))
    now = roots({i for pair in pairs for i in pair})
    return {(now[a], now[b]) for a, b in pairs if now[a] != now[b]}


def _joined(row: Merge) -> Joined:
    return Joined(
        merge=row.pk,
        article=row.loser_id,
        title=row.loser.title,
        url=row.loser.url,
        reason=row.reason,
        automatic=row.user_id is None,
        at=row.at,
    )
