"""Words that a reader does not want to meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from kb.core.mutes import tidy
from kb.errors import InputError
from kb.models import Mute

if TYPE_CHECKING:
    import datetime as dt

    from kb.models import User

MOST = 200
LONGEST = 200


@transaction.atomic
def add_mute(*, acting_user: User, words: str, now: dt.datetime) -> str:
    """Hide stories with these words; the words as they are kept. Doing it twice changes nothing.

    InputError for words without a letter or digit, for too long ones, and for too many mutes.
    """
    tidied = tidy(words)
    if not tidied:
        raise InputError("type a word to mute, with a letter or a digit in it")
    if len(tidied) > LONGEST:
        raise InputError(f"at most {LONGEST} characters; a word or two is best")
    own = Mute.objects.filter(user=acting_user)
    if not own.filter(words=tidied).exists() and own.count() >= MOST:
        raise InputError(f"{MOST} mutes are enough; remove one first")
    own.get_or_create(words=tidied, defaults={"user": acting_user, "at": now})
    return tidied


@transaction.atomic
def remove_mute(*, acting_user: User, words: str) -> None:
    """Show stories with these words again. InputError where they are not muted."""
    gone, _ = Mute.objects.filter(user=acting_user, words=words).delete()
    if not gone:
        raise InputError("these words are not muted")
