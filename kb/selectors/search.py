"""Hybrid search: words and meaning, fused, as one page of results."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from kb.models import Article

Mode = Literal["hybrid", "lexical", "semantic"]


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


@dataclass(frozen=True, slots=True)
class Found:
    """One result. `words` and `meaning` are 0..1, each relative to the best of this search; snippet pieces are
    (text, is it a found word)."""

    article: Article
    score: float
    words: float
    meaning: float
    title: tuple[tuple[str, bool], ...]
    snippet: tuple[tuple[str, bool], ...]


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


def search(criteria: SearchCriteria) -> SearchResult:
    """Answer a query. Never raises for what a reader typed."""
    raise NotImplementedError
