"""A person's saved searches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.selectors import saved_searches, search
from web.forms import SearchForm
from web.pages import parts
from web.pages.search import criteria
from web.pages.story import When

if TYPE_CHECKING:
    import datetime as dt

    from kb.selectors.saved_searches import Saved


@dataclass(frozen=True, slots=True)
class SavedRow:
    """One saved search: what came since its owner last looked, and where it can be followed."""

    id: int
    name: str
    path: str
    asks: tuple[str, ...]
    new: str
    looked: When
    feeds: parts.Feeds


@dataclass(frozen=True, slots=True)
class SavedPage:
    """All of them; `removed` is (id, name) of one that can be taken back."""

    rows: tuple[SavedRow, ...]
    removed: tuple[int, str] | None
    problem: str


def saved_page(
    user_id: int, now: dt.datetime, *, removed: str = "", problem: str = ""
) -> SavedPage:
    """The searches of one person."""
    gone = saved_searches.removed_search(user_id, int(removed)) if parts.is_id(removed) else None
    return SavedPage(
        rows=tuple(_row(saved, now) for saved in saved_searches.saved_searches(user_id)),
        removed=(gone.id, gone.name) if gone else None,
        problem=problem,
    )


def _row(saved: Saved, now: dt.datetime) -> SavedRow:
    form = SearchForm(QueryDict(saved.query))
    asked = replace(criteria(form), sort="date")
    new = search.count_since(asked, saved.looked_at)
    said = ngettext("%(n)d new", "%(n)d new", new) % {"n": new} if new else _("nothing new")
    looked = parts.long_date(saved.looked_at, now.date())
    return SavedRow(
        id=saved.id,
        name=saved.name,
        path=reverse("saved_search", args=[saved.id]),
        asks=tuple(part for part in _asks(asked) if part != saved.name),
        new=said,
        looked=When(saved.looked_at.isoformat(), looked),
        feeds=parts.feeds(saved.name, "saved_feed", saved.token),
    )


def _asks(asked: search.SearchCriteria) -> tuple[str, ...]:
    """What is asked, in words: the text as it was typed, then what the form chose."""
    text = (asked.text,) if asked.text else ()
    return (*text, *search.filter_labels(replace(asked, text="")))
