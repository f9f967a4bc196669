"""What readers with an account keep for themselves. It is theirs alone: no audit row tells curators of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from kb.core.items import split
from kb.errors import InputError
from kb.models import Concept, Follow, Known, Progress, ReadingList, Source
from kb.selectors.findable import FINDABLE

if TYPE_CHECKING:
    from collections.abc import Collection

    from kb.models import User


@transaction.atomic
def follow(
    *,
    acting_user: User,
    item: int | None = None,
    source_id: int | None = None,
    person: str = "",
    following: bool = True,
) -> Follow | None:
    """Follow one thing: an item, a source, or a person by name; or, with `following` false, no longer.

    Doing it twice changes nothing. InputError for none or several at once, and for what readers cannot see.
    """
    person = " ".join(person.split())[:200]
    given = [item is not None, source_id is not None, bool(person)]
    if sum(given) != 1:
        raise InputError("follow one thing at a time: an item, a source or a person")
    target = {"item": item, "source_id": source_id, "person": person}
    if not following:
        Follow.objects.filter(user=acting_user, **target).delete()
        return None
    if item is not None:
        _check_item(item)
    if source_id is not None and not Source.objects.filter(pk=source_id).exists():
        raise InputError("there is no such source")
    made, _ = Follow.objects.get_or_create(
        user=acting_user, **target, defaults={"at": timezone.now()}
    )
    return made


def _check_item(item: int) -> None:
    try:
        kind, pk = split(item)
    except ValueError:
        kind, pk = None, 0
    if kind not in FINDABLE or not FINDABLE[kind].shown().filter(pk=pk).exists():
        raise InputError("there is no such thing to follow")


@transaction.atomic
def set_known(*, acting_user: User, concept_id: int, known: bool) -> None:
    """Note that a reader knows a concept, or does not. InputError where readers see no such concept."""
    if not known:
        Known.objects.filter(user=acting_user, concept=concept_id).delete()
        return
    if not Concept.objects.filter(pk=concept_id, published_at__isnull=False).exists():
        raise InputError("there is no such concept")
    now = timezone.now()
    Known.objects.get_or_create(user=acting_user, concept_id=concept_id, defaults={"at": now})


@transaction.atomic
def set_progress(*, acting_user: User, list_slug: str, done: Collection[int]) -> None:
    """Note which readings of a list, by row id, a reader has done: these and no other; strangers among them are left out.

    InputError where readers see no such list.
    """
    found = ReadingList.objects.filter(slug=list_slug, published_at__isnull=False).first()
    if found is None:
        raise InputError("there is no such list")
    had = Progress.objects.filter(user=acting_user, reading__reading_list=found)
    had.exclude(reading__in=done).delete()
    now = timezone.now()
    fresh = found.items.filter(pk__in=done).exclude(pk__in=had.values("reading"))
    Progress.objects.bulk_create(
        [Progress(user=acting_user, reading=reading, at=now) for reading in fresh],
        ignore_conflicts=True,
    )
