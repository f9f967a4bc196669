"""What a reader with an account follows, knows, and has read."""

from __future__ import annotations

from kb.models import Follow, Known, Preferences, Progress


def follows(user_id: int, item: int) -> bool:
    """Whether a reader follows an item."""
    return Follow.objects.filter(user=user_id, item=item).exists()


def known_concepts(user_id: int) -> frozenset[int]:
    """Row ids of the concepts that a reader says they know."""
    return frozenset(Known.objects.filter(user=user_id).values_list("concept", flat=True))


def readings_done(user_id: int, list_id: int) -> frozenset[int]:
    """Row ids of the readings of one list that a reader has done."""
    rows = Progress.objects.filter(user=user_id, reading__reading_list=list_id)
    return frozenset(rows.values_list("reading", flat=True))


def language_of(user_id: int) -> str:
    """The code of the language that a reader chose, or "": as their browser says."""
    rows = Preferences.objects.filter(user=user_id).values_list("language", flat=True)
    return rows.first() or ""
