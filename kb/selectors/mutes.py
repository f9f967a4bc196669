"""Words that a reader does not want to meet, and what they hide."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.mutes import is_muted, muting
from kb.models import Mute
from kb.selectors import articles

if TYPE_CHECKING:
    import re

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class MuteCard:
    """Muted words, and how many articles of the last seven days have them in title or gist."""

    words: str
    hides: int


def muted_words(user_id: int) -> re.Pattern[str] | None:
    """What to look for with `is_muted`; None for who mutes nothing. One query."""
    return muting(Mute.objects.filter(user=user_id).values_list("words", flat=True))


def mutes(user_id: int, now: dt.datetime) -> tuple[MuteCard, ...]:
    """A reader's mutes by their words. Two queries."""
    words = list(Mute.objects.filter(user=user_id).values_list("words", flat=True))
    recent = articles.published().filter(published_at__gt=now - WEEK, published_at__lte=now)
    said = list(recent.order_by().values_list("title", "gist")) if words else []
    patterns = ((one, muting([one])) for one in words)
    return tuple(
        MuteCard(one, sum(is_muted(pattern, *texts) for texts in said)) for one, pattern in patterns
    )
