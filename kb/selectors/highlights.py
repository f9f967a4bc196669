"""What readers marked and noted in articles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.text import plain_text
from kb.models import Article, Highlight
from kb.selectors.works import members, roots

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Note:
    """A highlight, or a note on a whole article where `quote` is empty. `article` is the one that readers see now, and
    `path` is empty where they see none any more."""

    id: int
    article: int
    title: str
    path: str
    quote: str
    before: str
    after: str
    note: str
    at: dt.datetime


def notes_on(user_id: int, article_id: int) -> tuple[Note, ...]:
    """A reader's notes on an article and on what was merged into it, oldest first."""
    rows = _own(user_id).filter(article__in=members(article_id))
    return tuple(_note(row, row.article) for row in rows)


def notes(user_id: int, *, limit: int, offset: int = 0) -> tuple[Note, ...]:
    """All of a reader's notes, the article with the newest note first."""
    rows = list(_own(user_id).order_by("-created_at", "-pk")[offset : offset + limit])
    now = roots({row.article_id for row in rows})
    articles = Article.objects.defer("html", "text").in_bulk(now.values())
    return tuple(_note(row, articles[now[row.article_id]]) for row in rows)


def count(user_id: int) -> int:
    """How many notes a reader keeps."""
    return _own(user_id).count()


def texts(article_ids: Iterable[int]) -> dict[int, str]:
    """What stands on the pages of these articles, their transcripts with it, in plain text."""
    rows = Article.objects.filter(pk__in=article_ids).values_list("pk", "html", "text")
    return {pk: f"{plain_text(html)}\n{text}" for pk, html, text in rows}


def removed_note(user_id: int, highlight_id: int) -> bool:
    """Whether this is one of theirs that was just deleted, and could be taken back."""
    rows = Highlight.objects.filter(user=user_id, pk=highlight_id, removed_at__isnull=False)
    return rows.exists()


def _own(user_id: int) -> QuerySet[Highlight]:
    rows = Highlight.objects.filter(user=user_id, removed_at__isnull=True)
    return rows.select_related("article").defer("article__html", "article__text")


def _note(row: Highlight, article: Article) -> Note:
    shown = article.state == Article.State.PUBLISHED
    return Note(
        id=row.pk,
        article=article.pk,
        title=article.title,
        path=article.get_absolute_url() if shown else "",
        quote=row.quote,
        before=row.before,
        after=row.after,
        note=row.note,
        at=row.created_at,
    )
