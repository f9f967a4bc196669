"""Where concepts are spoken of: articles of a concept, concepts of an article, and how often over time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import TruncMonth

from kb.core.items import ItemKind, item_id
from kb.models import Article, Mention, Question, ReadingListItem
from kb.selectors import articles
from kb.selectors.things import shown, things

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from kb.selectors.articles import Story
    from kb.selectors.things import Thing


@dataclass(frozen=True, slots=True)
class Spoken:
    """An article that speaks of a concept, and how."""

    story: Story
    sentence: str


@dataclass(frozen=True, slots=True)
class InArticle:
    """A concept that an article speaks of: its line, the article's word for it and the sentence that shows it best."""

    thing: Thing
    name: str
    sentence: str


def newest_about(concept_id: int, *, limit: int) -> tuple[Spoken, ...]:
    """The newest articles that speak of a concept."""
    return _spoken(_of(concept_id).order_by("-article__published_at", "-article")[:limit])


def best_about(concept_id: int, *, limit: int) -> tuple[Spoken, ...]:
    """Those that a curator put into a list first, then those that speak of it most."""
    listed = ReadingListItem.objects.filter(
        article=OuterRef("article"), reading_list__published_at__isnull=False
    )
    rows = _of(concept_id).annotate(listed=Exists(listed))
    return _spoken(rows.order_by("-listed", "-count", "-score", "-article")[:limit])


def articles_about(concept_id: int) -> QuerySet[Article]:
    """Published, dated articles that speak of a concept, newest first."""
    return articles.dated().filter(pk__in=_of(concept_id).values("article"))


def months(concept_id: int, first: dt.datetime) -> dict[dt.date, int]:
    """First of the month (UTC) -> articles of that month that speak of a concept; months without any are not there."""
    rows = _of(concept_id).filter(article__published_at__gte=first).order_by()
    month = TruncMonth("article__published_at", tzinfo=dt.UTC)
    counted = rows.annotate(month=month).values_list("month").annotate(number=Count("pk"))
    return {at.date(): number for at, number in counted}


def how_many(concept_id: int) -> int:
    """How many articles speak of it."""
    return _of(concept_id).count()


def concepts_in(article_id: int, *, limit: int) -> tuple[InArticle, ...]:
    """The concepts that an article speaks of, most first. Two queries."""
    rows = Mention.objects.filter(article=article_id).order_by("-count", "-score", "concept")
    visible = rows.filter(concept__in=shown(ItemKind.CONCEPT))[:limit]
    said = {item_id(ItemKind.CONCEPT, row.concept_id): row for row in visible}
    told = things(said)
    return tuple(
        InArticle(told[item], row.name, row.sentence) for item, row in said.items() if item in told
    )


def asked_about(concept_id: int) -> tuple[Thing, ...]:
    """Answered questions about a concept, newest first. One query."""
    rows = Question.objects.filter(concepts=concept_id).values_list("pk", flat=True)
    return tuple(things(item_id(ItemKind.QUESTION, pk) for pk in rows).values())


def questions_citing(article_id: int) -> tuple[Thing, ...]:
    """Answered questions whose answer links to an article. One query, a second where there are any."""
    link = f"[[article:{article_id}"
    rows = shown(ItemKind.QUESTION).filter(answer__contains=link)
    texts = dict(rows.values_list("pk", "answer"))
    cited = [pk for pk, text in texts.items() if f"{link}]]" in text or f"{link}|" in text]
    return tuple(things(item_id(ItemKind.QUESTION, pk) for pk in cited).values())


def _of(concept_id: int) -> QuerySet[Mention]:
    return Mention.objects.filter(
        concept=concept_id, article__state=Article.State.PUBLISHED, article__date_is_ours=False
    )


def _spoken(rows: Iterable[Mention]) -> tuple[Spoken, ...]:
    said = {row.article_id: row.sentence for row in rows}
    found = articles.published().order_by().in_bulk(list(said))
    told = {story.id: story for story in articles.stories(found.values())}
    return tuple(Spoken(told[pk], sentence) for pk, sentence in said.items() if pk in told)
