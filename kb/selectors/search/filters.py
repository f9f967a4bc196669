"""Filters as conditions on tables, and as the ids that the index may answer with."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db.models import Q

from kb.core.items import item_id
from kb.core.query import FIELDS as NAMES
from kb.selectors.search.fields import FIELDS, Meaning
from kb.selectors.search.kinds import KINDS, shown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from kb.core.items import ItemKind
    from kb.core.query import Filter, Query
    from kb.index.base import Ids


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter and what it means; `typed` in the text rather than given by the form."""

    filter: Filter
    meaning: Meaning
    typed: bool

    @property
    def label(self) -> str:
        """As a reader would say it: source: Kaldi."""
        return f"{'not ' * self.filter.negated}{self.filter.field}: {self.meaning.label}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold of every result. Several values of one field: any of them; different fields: all."""

    chosen: tuple[Chosen, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.chosen)

    def without(self, field: str) -> Conditions:
        """The same but for one field's wanted values: what else that field could be."""
        kept = (c for c in self.chosen if c.filter.field != field or c.filter.negated)
        return Conditions(tuple(kept))

    def rows(self, kind: ItemKind) -> QuerySet[Any]:
        """The rows of a kind that readers may see and that pass."""
        wanted: dict[str, list[Q]] = defaultdict(list)
        rows = shown(kind)
        for one in self.chosen:
            q = KINDS[kind].matching(one.filter.field, one.meaning.value)
            if one.filter.negated:
                rows = rows.exclude(q)
            else:
                wanted[one.filter.field].append(q)
        for any_of in wanted.values():
            rows = rows.filter(reduce(or_, any_of, Q()))
        return rows

    def ids(self) -> Ids:
        """The items that pass, int64: one query a kind."""
        found = []
        for kind in KINDS:
            pks = self.rows(kind).order_by().values_list("pk", flat=True)
            found.append(np.fromiter(pks.iterator(chunk_size=10_000), np.int64) + item_id(kind, 0))
        return np.concatenate(found)


def read_filters(
    query: Query, given: Iterable[Filter], today: dt.date
) -> tuple[Query, Conditions, tuple[str, ...]]:
    """What the filters of the text and of the form mean: (the query with those values that are better searched as words,
    the conditions, notes on what means nothing)."""
    chosen: list[Chosen] = []
    notes: list[str] = []
    asked = [(f, True) for f in query.filters] + [(f, False) for f in given]
    for one, typed in sorted(asked, key=lambda pair: NAMES.index(pair[0].field)):
        meaning = FIELDS[one.field](one.value, today)
        if isinstance(meaning, Meaning):
            chosen.append(Chosen(one, meaning, typed))
            continue
        notes.append(meaning.note)
        if meaning.as_words and not one.negated:
            query = query.also(one.value)
    return replace(query, filters=()), Conditions(tuple(chosen)), tuple(dict.fromkeys(notes))
