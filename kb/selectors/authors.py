"""Authors by name: who wrote most lately, what one wrote, and with whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Q
from django.urls import reverse

from kb.core.authors import author_name, author_slug
from kb.models import Article, ArticleAuthor
from kb.selectors import articles

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from kb.selectors.articles import Story


@dataclass(frozen=True, slots=True)
class AuthorCard:
    """A name, its page, and how many articles bear it, within what was asked for."""

    slug: str
    name: str
    path: str
    articles: int


def slug_of(name: str) -> str:
    """What a name is filed under, however it is written; "" for what is no name."""
    return author_slug(author_name(name))


def author_path(name: str) -> str:
    """The page of a name as an article writes it; "" for what is no name."""
    slug = slug_of(name)
    return reverse("author", args=[slug]) if slug else ""


def author(slug: str) -> AuthorCard | None:
    """Everybody of one name, as most articles spell it, or None. One query."""
    rows = _shown().filter(slug=slug).values_list("name").annotate(number=Count("pk"))
    spelt = sorted(rows, key=lambda row: (-row[1], row[0]))
    if not spelt:
        return None
    return _card(slug, spelt[0][0], sum(number for _, number in spelt))


def articles_by(slug: str) -> QuerySet[Article]:
    """Published articles of a name, newest first."""
    return articles.published().filter(pk__in=_shown().filter(slug=slug).values("article"))


def stories_by(slug: str, *, limit: int, offset: int = 0) -> tuple[Story, ...]:
    """The newest of them as stories."""
    return articles.stories(articles_by(slug)[offset : offset + limit])


def busiest(since: dt.datetime, *, limit: int) -> tuple[AuthorCard, ...]:
    """Who wrote most articles since a day."""
    return _cards(_shown().filter(article__published_at__gte=since), limit)


def named(beginning: str, *, limit: int) -> tuple[AuthorCard, ...]:
    """Those who have a word that begins so in their name; those whose name begins so are among them."""
    slug = author_slug(beginning)
    if not slug:
        return ()
    return _cards(_shown().filter(Q(slug__startswith=slug) | Q(slug__contains=f"-{slug}")), limit)


def coauthors(slug: str, *, limit: int) -> tuple[AuthorCard, ...]:
    """Who wrote most articles together with them."""
    own = _shown().filter(slug=slug).values("article")
    return _cards(ArticleAuthor.objects.filter(article__in=own).exclude(slug=slug), limit)


def _shown() -> QuerySet[ArticleAuthor]:
    return ArticleAuthor.objects.filter(article__state=Article.State.PUBLISHED).order_by()


def _cards(rows: QuerySet[ArticleAuthor], limit: int) -> tuple[AuthorCard, ...]:
    counted = rows.order_by().values_list("slug").annotate(name=Max("name"), number=Count("pk"))
    found: Iterable[tuple[str, str, int]] = counted.order_by("-number", "slug")[:limit]
    return tuple(_card(slug, name, number) for slug, name, number in found)


def _card(slug: str, name: str, number: int) -> AuthorCard:
    return AuthorCard(slug, name, reverse("author", args=[slug]), number)
