"""The items that answer a query, in order: from the index where words or an item are asked for, else from the tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from django.db.models import Count, TextField
from django.db.models.functions import Cast, Substr
from django.utils.translation import gettext as _

from kb.core.items import split
from kb.errors import IndexUnavailable
from kb.selectors.reranking import Ranking, rerank
from kb.selectors.search.candidates import Candidates, candidates, excluded_ids
from kb.selectors.search.kinds import KINDS, by_kind, shown
from kb.selectors.search.ranked import Place, listed, places

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from kb.core.items import ItemKind
    from kb.core.query import Query
    from kb.selectors.search.criteria import Mode, SearchCriteria
    from kb.selectors.search.filters import Conditions


@dataclass(frozen=True, slots=True)
class Answer:
    """`ranked` are items with scores, best first, all of them in `places`. `listing` is set where everything that passes
    it is listed; then `total` may be more than are ranked."""

    ranked: list[tuple[int, float]] = field(default_factory=list)
    places: dict[int, Place] = field(default_factory=dict)
    total: int = 0
    candidates: Candidates = field(default_factory=Candidates)
    listing: Conditions | None = None

    @property
    def beyond(self) -> Conditions | None:
        """What all results pass, where more are listed than are ranked."""
        return self.listing if self.total > len(self.ranked) else None

    @property
    def mode(self) -> Mode | Literal[""]:
        """How it was answered; "" for a listing."""
        return "" if self.listing is not None else self.candidates.mode

    @property
    def more(self) -> bool:
        """Whether there are items beyond those counted in `total`."""
        return self.listing is None and self.candidates.full

    def rows(self, kind: ItemKind) -> QuerySet[Any]:
        """The rows of a kind that are among the results."""
        if self.beyond is not None:
            return self.beyond.rows(kind)
        pks = by_kind(item for item, _ in self.ranked).get(kind, [])
        return shown(kind).filter(pk__in=pks) if pks else shown(kind).none()

    def count_since(self, since: dt.datetime) -> int:
        """How many of the results came to the hub after `since`."""
        fresh = (self.rows(kind).filter(**{f"{of.seen}__gt": since}) for kind, of in KINDS.items())
        return sum(rows.count() for rows in fresh)

    def years(self) -> Counter[int]:
        """How many of the results are of each year."""
        counts: Counter[int] = Counter()
        if self.beyond is None:
            told = (item for item, _ in self.ranked if not KINDS[split(item)[0]].timeless)
            counts.update(self.places[item].published_at.year for item in told)
            return counts
        for kind, of in KINDS.items():
            if of.timeless:
                continue
            # as text: SQLite would ask Python for the year of every row
            year = Substr(Cast(of.dated, TextField()), 1, 4)
            rows = self.beyond.rows(kind).order_by().annotate(year=year).values_list("year")
            counts.update({int(y): n for y, n in rows.annotate(n=Count("pk"))})
        return counts


def answer_query(query: Query, conditions: Conditions, criteria: SearchCriteria) -> Answer:
    """What a query finds under these conditions, whatever the page; filters alone list what passes them."""
    if query.empty and criteria.like is None:
        return _listing(query, conditions) if conditions else Answer()
    found = candidates(query, conditions, criteria)
    ranked, notes = _ranked(found, criteria)
    visible = places(item for item, _ in ranked)
    ranked = [(item, score) for item, score in ranked if item in visible]
    if criteria.sort == "date":
        telling = found.telling()
        ranked = [pair for pair in ranked if pair[0] in telling]
        ranked.sort(key=lambda pair: (visible[pair[0]].published_at, pair[0]), reverse=True)
    return Answer(ranked, visible, len(ranked), replace(found, notes=(*found.notes, *notes)))


def _ranked(found: Candidates, criteria: SearchCriteria) -> tuple[Ranking, tuple[str, ...]]:
    """The candidates in order, re-ranked where that was set up and is asked for, and notes."""
    ranked = found.ranked()
    if found.mode != "hybrid" or criteria.sort != "relevance":
        return ranked, ()
    best = {h.item: h.passage for h in found.meaning if h.passage is not None}
    return rerank(found.query, ranked, best, wait=criteria.wait)


def _listing(query: Query, conditions: Conditions) -> Answer:
    notes: tuple[str, ...] = ()
    try:
        leave_out = excluded_ids(query)
    except IndexUnavailable:
        leave_out = np.empty(0, np.int64)
        notes = (_("Words could not be left out: the index is being built."),)
    found, total = listed(conditions, leave_out)
    ranked = [(place.item, 0.0) for place in found]
    by_item = {place.item: place for place in found}
    return Answer(ranked, by_item, total, Candidates(notes=notes), conditions)
