"""How one kind of item is filtered and shown in results, and conditions that several kinds share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q

from kb.core.items import ItemKind, item_id, span
from kb.selectors.topics import labelled

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from kb.selectors.search.criteria import Card

Names = Mapping[str, tuple["str | _StrPromise", Q]]
EVERY, NONE = Q(pk__isnull=False), Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind is filtered and shown.

    `names` are the values of `kind:` with their labels and rows; `match` says for a filter's field which rows have a
    value, as its resolver understood it (a field that is not there matches none); `cards` shows rows by id, `label` says
    what a row is. Columns: `title`, `also` is a list of objects with another `name`, `story` folds rows into one, `dated`
    is when it was published, `seen` when the hub had it, `changed` when it last changed; `heavy` ones are not read for a
    list of links. Of a `timeless` kind the dates tell readers nothing: it is in no year, and neither before nor after.
    """

    names: Names
    match: Mapping[str, Callable[[Any], Q]]
    cards: Callable[[Sequence[int]], Iterable[Card]]
    label: Callable[[Any], str]
    story: str = ""
    title: str = "title"
    also: str = ""
    dated: str = "published_at"
    seen: str = "published_at"
    changed: str = "updated_at"
    heavy: tuple[str, ...] = ()
    timeless: bool = False

    def matching(self, field: str, value: Any) -> Q:
        """The rows that have this value in this field."""
        if field == "kind":
            return self.names[value][1] if value in self.names else NONE
        if field in {"before", "after"}:
            if self.timeless:
                return NONE
            return Q(**{f"{self.dated}__{'lt' if field == 'before' else 'gte'}": value})
        return self.match[field](value) if field in self.match else NONE


def written_by(name: str) -> Q:
    """Each word of the name begins a word in one of the authors' names: "Dan Povey", "D. Povey" and "Povey" find Daniel
    Povey, "li" does not find Oliver."""
    words = re.findall(r"[^\s.,\"]+", name)
    if not words:
        return NONE
    # SQLite keeps JSON as text, with escapes
    forms = ({re.escape(word), re.escape(json.dumps(word)[1:-1])} for word in words)
    ahead = "".join(rf'(?=([^"]*[^"A-Za-z])?({"|".join(sorted(form))}))' for form in forms)
    # plain words first: they spare most rows the pattern, which SQLite asks Python for
    plain = (Q(authors__icontains=word) for word in words if word.isascii())
    return reduce(and_, plain, Q()) & Q(authors__iregex=rf'"{ahead}')


def made_by(column: str, name: str) -> Q:
    """Each word of the name begins one of the names of the account in this column."""
    found = Q()
    for word in name.split():
        names = ("first_name", "last_name", "username")
        said = Q()
        for part in names:
            said |= Q(**{f"{column}__{part}__istartswith": word})
        found &= said
    return found or NONE


def in_topics(kind: ItemKind) -> Callable[[tuple[str, ...]], Q]:
    """Rows of a kind that are said to belong to any of these topics."""

    def match(slugs: tuple[str, ...]) -> Q:
        said = labelled(slugs).filter(item__range=span(kind))
        return Q(pk__in=said.annotate(row=F("item") - item_id(kind, 0)).values("row"))

    return match
