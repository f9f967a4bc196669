"""What the index finds by words and by meaning, before anything is known of the items."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext as _

from kb.core.fusion import fuse
from kb.core.query import Query
from kb.core.spelling import correct
from kb.errors import IndexUnavailable
from kb.selectors import engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kb.index.base import Hit, Ids
    from kb.selectors.search.criteria import Mode, SearchCriteria
    from kb.selectors.search.filters import Conditions

DEPTH = 300  # candidates of each kind; what a reader pages through
TELLING_WORDS, TELLING_MEANING = 0.5, 0.75
EVERYTHING = 2**31 - 1  # the index caps it to what it holds


@dataclass(frozen=True, slots=True)
class Candidates:
    """Hits by words and by meaning, each best first, and how the question was really answered: `query` is the one that was
    asked, with mistyped words replaced."""

    query: Query = field(default_factory=Query)
    words: tuple[Hit, ...] = ()
    meaning: tuple[Hit, ...] = ()
    mode: Mode = "hybrid"
    notes: tuple[str, ...] = ()
    waiting: bool = False

    @property
    def full(self) -> bool:
        """Whether there may be more than these."""
        return max(len(self.words), len(self.meaning)) >= DEPTH

    def ranked(self) -> list[tuple[int, float]]:
        """Item ids with scores, best first: the one ranking there is, or both fused."""
        return fuse(self.words, self.meaning)

    def telling(self) -> set[int]:
        """The items that are clearly about the query: what an order by date, or a feed, may show.

        Ranked, weak candidates sink; by date they would float. A share of the best score, since scores of different
        models and queries have no common scale.
        """
        words, meaning = strengths(self.words), strengths(self.meaning)
        return {a for a, s in words.items() if s >= TELLING_WORDS} | {
            a for a, s in meaning.items() if s >= TELLING_MEANING
        }


def strengths(hits: Sequence[Hit]) -> dict[int, float]:
    """Item -> its score as a share of the best one, 0..1."""
    best = max((h.score for h in hits), default=0.0)
    return {h.item: max(0.0, h.score / best) for h in hits} if best > 0 else {}


def candidates(query: Query, conditions: Conditions, criteria: SearchCriteria) -> Candidates:
    """What the index answers to words, to a text, or to an item that others shall be close to."""
    try:
        allowed = _allowed(query, conditions, criteria.mode)
        if query.empty:
            return _like(criteria.like, allowed) if criteria.like is not None else Candidates()
        return _ask(query, allowed, criteria)
    except IndexUnavailable:
        note = _("The index is being built; search again in a moment.")
        return Candidates(mode=criteria.mode, notes=(note,))


def _ask(query: Query, allowed: Ids | None, criteria: SearchCriteria) -> Candidates:
    index = engine.reader()
    corrections = {} if query.long else index.corrections(query)
    query = correct(query, corrections)
    mode, waiting, notes = criteria.mode, False, _corrected(corrections)
    words: Sequence[Hit] = ()
    meaning: Sequence[Hit] = ()
    if mode != "lexical":
        vector = engine.encoder.encode(query.plain, wait=criteria.wait)
        if vector is not None and engine.has_vectors():
            meaning = index.search_vectors(vector, DEPTH, allowed=allowed)
        else:
            mode, waiting = "lexical", vector is None and not engine.encoder.error
            notes += () if waiting else (_why_words_only(),)
    if mode != "semantic":
        words = index.search_words(query, DEPTH, allowed=allowed)
    return Candidates(query, tuple(words), tuple(meaning), mode, notes, waiting)


def _corrected(corrections: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        _(
            "Nothing here has the word “%(typed)s”, so “%(near)s” was searched; in quotes it stays as it is."
        )
        % {"typed": typed, "near": near}
        for typed, near in corrections.items()
    )


def _like(item: int, allowed: Ids | None) -> Candidates:
    if not engine.has_vectors():
        note = _("What is close to it cannot be told yet: vectors are not ready.")
        return Candidates(mode="semantic", notes=(note,))
    found = engine.reader().similar(item, DEPTH, allowed=allowed)
    return Candidates(meaning=tuple(found), mode="semantic")


def _why_words_only() -> str:
    if engine.encoder.error:
        return _("Answered from words alone: %(reason)s") % {"reason": engine.encoder.error}
    return _("Answered from words alone: vectors are not ready yet.")


def _allowed(query: Query, conditions: Conditions, mode: Mode) -> Ids | None:
    """The items that may be found; None where any may.

    Vectors know no exact phrase and no "not", so what the query demands of words becomes a part of the filter too:
    asking for more and dropping some would find fewer than there are.
    """
    by_meaning = mode != "lexical"
    allowed = conditions.ids() if conditions or (query.excluded and by_meaning) else None
    if by_meaning and query.phrases:
        saying = (saying_ids(phrase) for phrase in query.phrases)
        allowed = reduce(np.intersect1d, saying if allowed is None else (allowed, *saying))
    if allowed is not None and by_meaning and query.excluded:
        allowed = np.setdiff1d(allowed, excluded_ids(query))
    return allowed


def saying_ids(phrase: str) -> Ids:
    """Every item that has these words side by side. Raises IndexUnavailable."""
    hits = engine.reader().search_words(Query(phrases=(phrase,)), EVERYTHING)
    return np.array([h.item for h in hits], dtype=np.int64)


def excluded_ids(query: Query) -> Ids:
    """Every item that says what the query leaves out. Raises IndexUnavailable."""
    found = [saying_ids(text) for text in query.excluded]
    return np.concatenate(found) if found else np.empty(0, np.int64)
