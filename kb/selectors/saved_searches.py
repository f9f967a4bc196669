"""Searches that people keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.models import SavedSearch

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class Saved:
    """A search that somebody keeps. `query` is the query part of the search page's address."""

    id: int
    name: str
    query: str
    token: str
    looked_at: dt.datetime


def saved_searches(user_id: int) -> tuple[Saved, ...]:
    """A person's searches by name."""
    rows = SavedSearch.objects.filter(user=user_id, removed_at__isnull=True)
    return tuple(map(_saved, rows))


def saved_search(token: str) -> Saved | None:
    """The search whose feed has this secret, or None."""
    row = SavedSearch.objects.filter(token=token, removed_at__isnull=True).first()
    return _saved(row) if row else None


def removed_search(user_id: int, search_id: int) -> Saved | None:
    """A search that its owner just removed, and could take back."""
    row = SavedSearch.objects.filter(user=user_id, pk=search_id, removed_at__isnull=False).first()
    return _saved(row) if row else None


def _saved(row: SavedSearch) -> Saved:
    return Saved(row.pk, row.name, row.query, row.token, row.looked_at)
