"""Keeping beside each article who wrote it, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.core.authors import author_name, author_slug
from kb.models import Article, ArticleAuthor
from kb.services.rows import insert_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST = 100  # authors of one article; papers of whole collaborations have thousands
LONGEST = 200


def credit_authors(articles: Iterable[tuple[int, Sequence[object]]]) -> None:
    """Note the authors (article id, names as written) of new articles; those noted already stay. Call in a transaction."""
    rows = [
        ArticleAuthor(article_id=pk, slug=slug, name=name)
        for pk, names in articles
        for slug, name in _named(names).items()
    ]
    insert_rows(rows, skip_known=True)


def renew_authors(articles: Sequence[Article]) -> None:
    """Bring what is noted of these articles up to date with their names. Call in a transaction."""
    wanted = {article.pk: _named(article.authors) for article in articles}
    stored: dict[int, dict[str, str]] = {}
    rows = ArticleAuthor.objects.filter(article__in=wanted).order_by()
    for pk, slug, name in rows.values_list("article", "slug", "name"):
        stored.setdefault(pk, {})[slug] = name
    differ = [pk for pk, named in wanted.items() if named != stored.get(pk, {})]
    if not differ:
        return
    ArticleAuthor.objects.filter(article__in=differ).delete()
    credit_authors((pk, list(wanted[pk].values())) for pk in differ)


def _named(names: Sequence[object]) -> dict[str, str]:
    """Slug -> name, in the order of the article, each once."""
    found: dict[str, str] = {}
    for written in names[:MOST]:
        name = author_name(str(written))[:LONGEST].strip()
        if slug := author_slug(name):
            found.setdefault(slug, name)
    return found
