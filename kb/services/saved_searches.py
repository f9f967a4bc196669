"""Keeping searches: each belongs to one person, and only that person changes it."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from kb.errors import InputError
from kb.models import SavedSearch

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 100
KEPT = dt.timedelta(days=1)


@transaction.atomic
def save_search(*, user_id: int, query: str, name: str, now: dt.datetime) -> SavedSearch:
    """Keep a search; the same search again only takes the new name. Raises InputError when nothing is asked, or when
    there are too many."""
    if not query:
        raise InputError(_("there is nothing to save: type a search first"))
    own = _own(user_id).select_for_update().filter(removed_at__isnull=True)
    title = name.strip()[:200] or "Search"
    kept = own.filter(query=query).first()
    if kept:
        kept.name = title
        kept.save(update_fields=["name"])
        return kept
    if own.count() >= MOST:
        raise InputError(_("%(n)d searches are saved already; delete one first") % {"n": MOST})
    return SavedSearch.objects.create(
        user_id=user_id,
        name=title,
        query=query,
        token=secrets.token_urlsafe(24),
        created_at=now,
        looked_at=now,
    )


@transaction.atomic
def remove_search(*, search_id: int, user_id: int, now: dt.datetime) -> SavedSearch | None:
    """Take a search away, for good after a day. None where there is none."""
    _own(user_id).filter(removed_at__lt=now - KEPT).delete()
    found = _own(user_id).filter(pk=search_id, removed_at__isnull=True).first()
    if found:
        found.removed_at = now
        found.save(update_fields=["removed_at"])
    return found


@transaction.atomic
def restore_search(*, search_id: int, user_id: int) -> SavedSearch | None:
    """Take a removal back: its feed goes on at its old address. None where it is too late, or saved anew."""
    found = _own(user_id).filter(pk=search_id, removed_at__isnull=False).first()
    if not found or _own(user_id).filter(query=found.query, removed_at__isnull=True).exists():
        return None
    found.removed_at = None
    found.save(update_fields=["removed_at"])
    return found


def look_at(*, search_id: int, user_id: int, now: dt.datetime) -> SavedSearch | None:
    """Note that its owner looks at the results now. None where there is none."""
    own = _own(user_id).filter(pk=search_id, removed_at__isnull=True)
    own.update(looked_at=now)
    return own.first()


def _own(user_id: int) -> QuerySet[SavedSearch]:
    return SavedSearch.objects.filter(user=user_id)
