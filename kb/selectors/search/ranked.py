"""Candidates as rows: only what readers may see, in the order asked for, one row a story."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import merge
from typing import TYPE_CHECKING, Any

from kb.core.items import item_id
from kb.selectors.search.kinds import KINDS, by_kind, shown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from kb.core.items import ItemKind
    from kb.index.base import Ids
    from kb.selectors.search.filters import Conditions

LISTED = 1000  # of what passes filters alone; as deep as anybody pages


@dataclass(frozen=True, slots=True)
class Place:
    """What ordering and folding need of an item."""

    item: int
    published_at: dt.datetime
    story: int | None


@dataclass(slots=True)
class Row:
    """The best item of a story with the others that were found of it."""

    item: int
    score: float
    others: list[int] = field(default_factory=list)


def places(items: Iterable[int]) -> dict[int, Place]:
    """The items that may be shown now, whatever the index still holds. One query a kind."""
    # in order, SQLite would read the whole index of days to find these few
    return {
        place.item: place
        for kind, pks in by_kind(items).items()
        for place in _places(kind, shown(kind).order_by().filter(pk__in=pks))
    }


def _places(kind: ItemKind, rows: QuerySet[Any]) -> Iterator[Place]:
    of = KINDS[kind]
    columns = (of.dated, *([of.story] if of.story else []))
    for pk, published, *story in rows.values_list("pk", *columns).iterator():
        yield Place(item_id(kind, pk), published, story[0] if story else None)


def listed(conditions: Conditions, leave_out: Ids) -> tuple[list[Place], int]:
    """Everything that passes, newest first: (at most LISTED, how many there are)."""
    out = set(leave_out.tolist())
    newest = (
        _places(kind, conditions.rows(kind).order_by(f"-{of.dated}", "-pk"))
        for kind, of in KINDS.items()
    )
    ordered = merge(*newest, key=lambda place: (place.published_at, place.item), reverse=True)
    found: list[Place] = []
    for place in ordered:
        if place.item not in out:
            found.append(place)
        if len(found) == LISTED:
            break
    if len(found) < LISTED:
        return found, len(found)
    if out:
        return found, sum(item not in out for item in conditions.ids().tolist())
    return found, sum(conditions.rows(kind).count() for kind in KINDS)


def fold(ranked: Iterable[tuple[int, float]], known: dict[int, Place]) -> list[Row]:
    """One row a story, in the order given; the first of a story leads its row."""
    rows: list[Row] = []
    stories: dict[int, Row] = {}
    for item, score in ranked:
        story = known[item].story
        if story is not None and story in stories:
            stories[story].others.append(item)
            continue
        rows.append(Row(item, score))
        if story is not None:
            stories[story] = rows[-1]
    return rows
