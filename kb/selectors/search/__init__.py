"""Search: words and meaning, fused, over items of every kind, as one page of results."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from kb.core.items import ItemKind, split
from kb.core.query import parse_query
from kb.errors import IndexUnavailable
from kb.models import Article
from kb.selectors import engine
from kb.selectors.said import translated
from kb.selectors.search.answer import answer_query
from kb.selectors.search.candidates import DEPTH
from kb.selectors.search.criteria import (
    Card,
    Facet,
    Facets,
    Found,
    Marked,
    Mode,
    SearchCriteria,
    SearchResult,
)
from kb.selectors.search.facets import facets
from kb.selectors.search.filters import read_filters
from kb.selectors.search.kinds import cards, kind_names
from kb.selectors.search.ranked import fold, places
from kb.selectors.search.results import found

if TYPE_CHECKING:
    import datetime as dt

__all__ = [
    "DEPTH",
    "Card",
    "Facet",
    "Facets",
    "Found",
    "Marked",
    "Mode",
    "SearchCriteria",
    "SearchResult",
    "cards",
    "count_since",
    "filter_labels",
    "kind_names",
    "related",
    "search",
    "warm",
]


def search(criteria: SearchCriteria) -> SearchResult:
    """Answer a query. Never raises for what a reader typed."""
    began = time.perf_counter()
    typed = parse_query(criteria.text)
    query, conditions, notes = read_filters(typed, criteria.filters, timezone.now().date())
    answer = answer_query(query, conditions, criteria)
    rows = fold(answer.ranked, answer.places)
    page = rows[criteria.offset : criteria.offset + criteria.limit]
    like = criteria.like if query.empty else None
    return SearchResult(
        found=found(page, answer.candidates),
        total=answer.total,
        rows=len(rows),
        mode=answer.mode,
        notes=(*translated(typed.notes), *notes, *answer.candidates.notes),
        seconds=time.perf_counter() - began,
        facets=facets(query, conditions, criteria, answer),
        filters=tuple(c.label for c in conditions.chosen if c.typed),
        like=cards([like]).get(like) if like is not None else None,
        more=answer.more,
        waiting=answer.candidates.waiting,
    )


def count_since(criteria: SearchCriteria, since: dt.datetime) -> int:
    """How many of the items that a search finds, newest first, came to the hub after `since`."""
    typed = parse_query(criteria.text)
    query, conditions, _ = read_filters(typed, criteria.filters, timezone.now().date())
    return answer_query(query, conditions, criteria).count_since(since)


def filter_labels(criteria: SearchCriteria) -> tuple[str, ...]:
    """What the filters of text and form mean, as a reader would say it: "source: Kaldi"."""
    typed = parse_query(criteria.text)
    _, conditions, _ = read_filters(typed, criteria.filters, timezone.now().date())
    return tuple(one.label for one in conditions.chosen)


def related(article_id: int, limit: int = 6) -> tuple[Article, ...]:
    """The articles closest in meaning to this one; none while vectors are not ready."""
    try:
        hits = engine.reader().similar(article_id, limit * 4) if engine.has_vectors() else []
    except IndexUnavailable:
        return ()
    visible = places(h.item for h in hits if split(h.item)[0] is ItemKind.ARTICLE)
    ids = [h.item for h in hits if h.item in visible][:limit]
    rows = Article.objects.select_related("source").defer("html", "text").in_bulk(ids)
    return tuple(rows[i] for i in ids)


def warm() -> None:
    """Begin to load the model, so that the first search by meaning finds it ready."""
    if settings.EMBEDDING_MODEL:
        engine.encoder.warm()
