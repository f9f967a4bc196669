"""How far the hub has understood what it holds."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max, Min
from django.utils import timezone

from kb.models import Embedding
from kb.selectors.findable import shown_passages

PACE_MINUTES = 5


def embedding_progress(space: str) -> tuple[int, int]:
    """Passages of what readers may find, and how many of them have a vector in this space."""
    shown = shown_passages()
    return shown.count(), shown.filter(encoded_in=space).count()


def embedding_pace(space: str) -> float | None:
    """Passages encoded a second in the last minutes; None when there were not two batches to measure between."""
    since = timezone.now() - dt.timedelta(minutes=PACE_MINUTES)
    fresh = Embedding.objects.filter(space=space, encoded_at__gte=since)
    span = fresh.aggregate(first=Min("encoded_at"), last=Max("encoded_at"))
    if span["first"] is None or span["first"] == span["last"]:
        return None
    count = fresh.filter(encoded_at__gt=span["first"]).count()
    return float(count / (span["last"] - span["first"]).total_seconds())
