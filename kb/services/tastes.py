"""For you: switched on and off by its reader, and learned anew when their marks have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from kb.core import taste as core
from kb.errors import InputError
from kb.models import Article, Mark, Preferences
from kb.selectors import tastes
from kb.selectors.engine import space as current_space

if TYPE_CHECKING:
    from kb.models import User


@transaction.atomic
def switch_for_you(*, acting_user: User, on: bool) -> None:
    """Begin to learn from a reader's marks, or stop and forget all that was learned."""
    row, _ = Preferences.objects.get_or_create(user=acting_user)
    row.for_you = on
    if not on:
        row.taste, row.taste_at = {}, None
    row.save(update_fields=["for_you", "taste", "taste_at"])


@transaction.atomic
def set_less(*, acting_user: User, article_id: int, less: bool) -> None:
    """Say of an article "less like this", or take that back. InputError where readers see no such article."""
    if not Article.objects.filter(pk=article_id, state=Article.State.PUBLISHED).exists():
        raise InputError("there is no such article")
    now = timezone.now()
    mark, _ = Mark.objects.get_or_create(
        user=acting_user, article_id=article_id, defaults={"changed_at": now}
    )
    mark.less_at, mark.changed_at = now if less else None, now
    mark.save(update_fields=["less_at", "changed_at"])


def learn_tastes() -> int:
    """Learn anew for every reader whose marks say something else than when it was last learned; returns how many.

    Nothing is learned in a request, and nothing for those who did not switch it on.
    """
    rows = Preferences.objects.filter(for_you=True).order_by("pk")
    return sum(learn_taste(user_id=user) for user in rows.values_list("user", flat=True))


def learn_taste(*, user_id: int) -> bool:
    """Learn one reader's taste; False where it is off, or where nothing changed since."""
    state, space = tastes.taste_state(user_id), current_space()
    if not state.on or state.learned.get("digest") == tastes.digest(user_id, space):
        return False
    known = tastes.known(user_id, space)
    learned = core.learn(known.examples, tastes.background(user_id, space))
    said: dict[str, Any] = {
        "version": tastes.VERSION,
        "space": space,
        "digest": known.digest,
        "counts": _counts(known),
    }
    if learned:
        likes = [e for e in known.examples if e.weight > 0 and e.share == 1]
        said |= core.to_json(learned) | {"anchors": [[e.id, e.how] for e in likes]}
    now = timezone.now()
    # it may have been switched off meanwhile
    kept = Preferences.objects.filter(user=user_id, for_you=True).update(taste=said, taste_at=now)
    return bool(kept)


def _counts(known: tastes.Known) -> dict[str, int]:
    """How many things of each sort were learned from."""
    return {how: sum(e.how == how for e in known.examples) for how in core.WEIGHTS}
