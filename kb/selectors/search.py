"""Hybrid search: words and meaning, fused, as one page of results."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from django.conf import settings

from kb.core.fusion import fuse
from kb.core.query import Query, parse_query
from kb.errors import IndexUnavailable
from kb.index.highlight import highlight
from kb.models import Article, Entry, Passage, Source
from kb.selectors import engine
from kb.selectors.reranking import rerank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kb.index.base import Hit

Mode = Literal["hybrid", "lexical", "semantic"]
Marked = tuple[tuple[str, bool], ...]
DEPTH = 300  # candidates of each kind; what a reader pages through
SNIPPET_CHARS = 280
TELLING_WORDS, TELLING_MEANING = 0.5, 0.75


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """What is asked. `since` and `until` are whole UTC days, both included."""

    text: str
    mode: Mode = "hybrid"
    sources: tuple[int, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    sort: Literal["relevance", "date"] = "relevance"
    limit: int = 20
    offset: int = 0
    # commands wait for the model; pages answer from words until it is there
    wait: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One result. `words` and `meaning` are 0..1, each relative to the best of this search; snippet pieces are
    (text, is it a found word)."""

    article: Article
    score: float
    words: float
    meaning: float
    title: Marked
    snippet: Marked


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of results. `mode` is how it was really answered; `notes` say what a reader should know (a quote left
    open, vectors not ready). `by_source` counts candidates as (source id, name, count)."""

    found: tuple[Found, ...]
    total: int
    mode: Mode
    notes: tuple[str, ...]
    seconds: float
    by_source: tuple[tuple[int, str, int], ...]


@dataclass(frozen=True, slots=True)
class _Candidates:
    words: tuple[Hit, ...]
    meaning: tuple[Hit, ...]
    mode: Mode
    notes: tuple[str, ...]

    def ranked(self) -> list[tuple[int, float]]:
        """Article ids with scores, best first: the one ranking there is, or both fused."""
        return fuse(self.words, self.meaning)

    def telling(self) -> set[int]:
        """The articles that are clearly about the query: what an order by date, or a feed, may show.

        Ranked, weak candidates sink; by date they would float. A share of the best score, since scores of different
        models and queries have no common scale.
        """
        words, meaning = _strengths(self.words), _strengths(self.meaning)
        return {a for a, s in words.items() if s >= TELLING_WORDS} | {
            a for a, s in meaning.items() if s >= TELLING_MEANING
        }


def search(criteria: SearchCriteria) -> SearchResult:
    """Answer a query. Never raises for what a reader typed."""
    began = time.perf_counter()
    query = parse_query(criteria.text)
    candidates = _candidates(query, criteria)
    ranked, notes = _ranked(query, candidates, criteria)
    visible = _published([article for article, _ in ranked])
    ranked = [(article, score) for article, score in ranked if article in visible]
    if criteria.sort == "date":
        telling = candidates.telling()
        ranked = [pair for pair in ranked if pair[0] in telling]
        ranked.sort(key=lambda pair: (visible[pair[0]], pair[0]), reverse=True)
    page = ranked[criteria.offset : criteria.offset + criteria.limit]
    return SearchResult(
        found=_found(page, candidates, query),
        total=len(ranked),
        mode=candidates.mode,
        notes=(*query.notes, *candidates.notes, *notes),
        seconds=time.perf_counter() - began,
        by_source=_by_source([article for article, _ in ranked]),
    )


def _ranked(
    query: Query, candidates: _Candidates, criteria: SearchCriteria
) -> tuple[list[tuple[int, float]], tuple[str, ...]]:
    """The candidates in order, re-ranked where that was set up and is asked for, and notes."""
    ranked = candidates.ranked()
    if criteria.mode != "hybrid" or criteria.sort != "relevance":
        return ranked, ()
    best = {h.article: h.passage for h in candidates.meaning if h.passage is not None}
    return rerank(query, ranked, best, wait=criteria.wait)


def _candidates(query: Query, criteria: SearchCriteria) -> _Candidates:
    if query.empty:
        return _Candidates((), (), criteria.mode, ())
    allowed = _allowed(criteria)
    index = engine.reader()
    notes: list[str] = []
    words: Sequence[Hit] = ()
    meaning: Sequence[Hit] = ()
    mode = criteria.mode
    try:
        if mode != "lexical":
            vector = engine.encoder.encode(query.plain, wait=criteria.wait) if query.plain else None
            if vector is not None and engine.has_vectors():
                meaning = index.search_vectors(vector, DEPTH, allowed=allowed)
            elif query.plain:
                notes.append(_why_words_only())
                mode = "lexical"
        if mode != "semantic":
            words = index.search_words(query, DEPTH, allowed=allowed)
    except IndexUnavailable:
        notes.append("The index is being built; search again in a moment.")
    return _Candidates(tuple(words), _without(meaning, query), mode, tuple(notes))


def _without(hits: Sequence[Hit], query: Query) -> tuple[Hit, ...]:
    """Vectors know no "not" and no exact phrase: what the query demands of words is asked of their hits too."""
    kept = {h.article for h in hits}
    for phrase in query.phrases:
        kept &= _saying(phrase, kept)
    for text in query.excluded:
        kept -= _saying(text, kept)
    return tuple(h for h in hits if h.article in kept)


def _saying(phrase: str, among: set[int]) -> set[int]:
    found = engine.reader().search_words(
        Query(phrases=(phrase,)), max(1, len(among)), allowed=among
    )
    return {h.article for h in found}


def _why_words_only() -> str:
    if engine.encoder.error:
        return f"Answered from words alone: {engine.encoder.error}"
    return "Answered from words alone: vectors are not ready yet."


def _allowed(criteria: SearchCriteria) -> NDArray[np.int64] | None:
    """Ids of the articles that pass the filters; None when there is no filter."""
    if not (criteria.sources or criteria.since or criteria.until):
        return None
    rows = Article.objects.filter(state=Article.State.PUBLISHED)
    if criteria.sources:
        rows = rows.filter(
            pk__in=Entry.objects.filter(source__in=criteria.sources).values("article")
        )
    if criteria.since:
        rows = rows.filter(published_at__gte=_midnight(criteria.since))
    if criteria.until and criteria.until < dt.date.max:
        rows = rows.filter(published_at__lt=_midnight(criteria.until + dt.timedelta(days=1)))
    return np.fromiter(rows.values_list("pk", flat=True), np.int64)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def _published(ids: list[int]) -> dict[int, dt.datetime]:
    """The ids that may be shown now, whatever the index still holds, with their dates."""
    rows = Article.objects.filter(pk__in=ids, state=Article.State.PUBLISHED)
    return dict(rows.values_list("pk", "published_at"))


def _found(page: list[tuple[int, float]], found: _Candidates, query: Query) -> tuple[Found, ...]:
    ids = [article for article, _ in page]
    articles = Article.objects.select_related("source").defer("html").in_bulk(ids)
    words, meaning = _strengths(found.words), _strengths(found.meaning)
    passage_of = {h.article: h.passage for h in found.meaning if h.passage is not None}
    texts = dict(Passage.objects.filter(pk__in=passage_of.values()).values_list("pk", "text"))
    return tuple(
        Found(
            article=articles[pk],
            score=score,
            words=words.get(pk, 0.0),
            meaning=meaning.get(pk, 0.0),
            title=tuple(highlight(query, articles[pk].title, max_chars=500)),
            snippet=_snippet(
                query, articles[pk], texts.get(passage_of.get(pk, 0), ""), pk in words
            ),
        )
        for pk, score in page
    )


def _snippet(query: Query, article: Article, passage: str, has_words: bool) -> Marked:  # noqa: FBT001 - a private helper of one caller
    """Around the found words where there are any, else from the passage that is closest in meaning."""
    text = article.text if has_words or not passage else passage.removeprefix(article.title).strip()
    return tuple(highlight(query, text or article.gist or article.text, max_chars=SNIPPET_CHARS))


def _strengths(hits: Sequence[Hit]) -> dict[int, float]:
    best = max((h.score for h in hits), default=0.0)
    return {h.article: max(0.0, h.score / best) for h in hits} if best > 0 else {}


def _by_source(ids: list[int]) -> tuple[tuple[int, str, int], ...]:
    rows = Entry.objects.filter(article__in=ids).values_list("source", "article").distinct()
    counts = Counter(source for source, _ in rows)
    names = {s.pk: s.name for s in Source.objects.filter(pk__in=counts)}
    return tuple((pk, names[pk], count) for pk, count in counts.most_common())


def related(article_id: int, limit: int = 6) -> tuple[Article, ...]:
    """The articles closest in meaning to this one; none while vectors are not ready."""
    try:
        hits = engine.reader().similar(article_id, limit * 2) if engine.has_vectors() else []
    except IndexUnavailable:
        return ()
    visible = _published([h.article for h in hits])
    ids = [h.article for h in hits if h.article in visible and h.article != article_id][:limit]
    rows = Article.objects.select_related("source").defer("html", "text").in_bulk(ids)
    return tuple(rows[i] for i in ids)


def warm() -> None:
    """Begin to load the model, so that the first search by meaning finds it ready."""
    if settings.EMBEDDING_MODEL:
        engine.encoder.warm()
