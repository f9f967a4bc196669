"""Places that readers mark in articles, and what they note there. Theirs alone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kb.core.text import storable
from kb.errors import InputError
from kb.models import Article, Highlight

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kb.models import User

LONGEST_QUOTE = 5000
LONGEST_NOTE = 20_000
CONTEXT = 64
MOST = 20_000
KEPT = dt.timedelta(days=1)


@transaction.atomic
def add_highlight(
    *,
    acting_user: User,
    article_id: int,
    note: str = "",
    quote: str = "",
    before: str = "",
    after: str = "",
) -> Highlight:
    """Mark a place, or note something about the whole article where `quote` is empty; the same place again takes the new note.

    InputError where nothing is said, or too much, and for articles that readers cannot see.
    """
    quote, note = _said(quote, LONGEST_QUOTE, "quote"), _said(note, LONGEST_NOTE, "note")
    if not quote and not note:
        raise InputError("write a note, or give the words that you want to keep")
    if not Article.objects.filter(pk=article_id, state=Article.State.PUBLISHED).exists():
        raise InputError("there is no such article")
    own = Highlight.objects.filter(user=acting_user)
    if own.count() >= MOST:
        raise InputError(f"{MOST} notes are kept already; delete some first")
    place = {"quote": quote, "before": storable(before)[-CONTEXT:], "after": storable(after)[:CONTEXT]}  # fmt: skip
    now = timezone.now()
    known = own.filter(article=article_id, removed_at__isnull=True, **place).first()
    if known and quote:
        known.note, known.updated_at = note or known.note, now
        known.save(update_fields=["note", "updated_at"])
        return known
    return Highlight.objects.create(
        user=acting_user, article_id=article_id, note=note, created_at=now, updated_at=now, **place
    )


@transaction.atomic
def edit_highlight(*, acting_user: User, highlight_id: int, note: str) -> Highlight | None:
    """Give a highlight another note. None where there is none; InputError where nothing would be left of it."""
    found = _own(acting_user).filter(pk=highlight_id, removed_at__isnull=True).first()
    if found is None:
        return None
    found.note, found.updated_at = _said(note, LONGEST_NOTE, "note"), timezone.now()
    if not found.quote and not found.note:
        raise InputError("a note needs words; delete it if it is not wanted any more")
    found.save(update_fields=["note", "updated_at"])
    return found


@transaction.atomic
def remove_highlight(*, acting_user: User, highlight_id: int) -> Highlight | None:
    """Take one away, for good after a day. None where there is none."""
    now = timezone.now()
    _own(acting_user).filter(removed_at__lt=now - KEPT).delete()
    found = _own(acting_user).filter(pk=highlight_id, removed_at__isnull=True).first()
    if found:
        found.removed_at = now
        found.save(update_fields=["removed_at"])
    return found


@transaction.atomic
def restore_highlight(*, acting_user: User, highlight_id: int) -> Highlight | None:
    """Take a removal back. None where it is too late."""
    found = _own(acting_user).filter(pk=highlight_id, removed_at__isnull=False).first()
    if found:
        found.removed_at = None
        found.save(update_fields=["removed_at"])
    return found


def _own(user: User) -> QuerySet[Highlight]:
    return Highlight.objects.filter(user=user)


def _said(text: str, most: int, what: str) -> str:
    text = storable(text).strip()
    if len(text) > most:
        raise InputError(f"this {what} is longer than {most} characters")
    return text
