"""Folders for what a reader follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from kb.errors import InputError
from kb.models import Folder, Follow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from kb.models import User

MOST = 100


@dataclass(frozen=True, slots=True)
class RemovedFolder:
    """What it takes to bring a folder back: `follows` are row ids."""

    name: str
    position: int
    follows: tuple[int, ...]


@transaction.atomic
def add_folder(*, acting_user: User, name: str) -> Folder:
    """Make a folder behind the others; one of that name is given as it is. InputError for no name or too many folders."""
    name = _named(name)
    own = _own(acting_user)
    found = own.filter(name__iexact=name).first()
    if found:
        return found
    if own.count() >= MOST:
        raise InputError(f"{MOST} folders are enough; delete one first")
    last = own.aggregate(last=Max("position"))["last"]
    return Folder.objects.create(user=acting_user, name=name, position=(last or 0) + 1)


@transaction.atomic
def rename_folder(*, acting_user: User, folder_id: int, name: str) -> None:
    """Give a folder another name. InputError where there is none, or another has the name."""
    folder, name = _folder(acting_user, folder_id), _named(name)
    if _own(acting_user).filter(name__iexact=name).exclude(pk=folder_id).exists():
        raise InputError("another folder has this name")
    folder.name = name
    folder.save(update_fields=["name"])


@transaction.atomic
def move_folder(*, acting_user: User, folder_id: int, by: int) -> None:
    """Move a folder by so many places, up where negative. InputError where there is none."""
    folder = _folder(acting_user, folder_id)
    rows = list(_own(acting_user))
    at = rows.index(folder)
    rows.insert(max(0, at + by), rows.pop(at))
    for position, row in enumerate(rows, 1):
        row.position = position
    Folder.objects.bulk_update(rows, ["position"])


@transaction.atomic
def remove_folder(*, acting_user: User, folder_id: int) -> RemovedFolder:
    """Delete a folder; what was in it is followed on, in no folder. InputError where there is none."""
    folder = _folder(acting_user, folder_id)
    follows = tuple(folder.follows.values_list("pk", flat=True))
    removed = RemovedFolder(folder.name, folder.position, follows)
    folder.delete()
    return removed


@transaction.atomic
def restore_folder(*, acting_user: User, removed: RemovedFolder) -> None:
    """What `remove_folder` took away, at its place, with what is still followed and in no other folder by now."""
    made, _ = Folder.objects.get_or_create(
        user=acting_user, name=removed.name, defaults={"position": removed.position}
    )
    Follow.objects.filter(user=acting_user, pk__in=removed.follows, folder=None).update(folder=made)


@transaction.atomic
def place_follows(*, acting_user: User, follow_ids: Sequence[int], folder_id: int | None) -> None:
    """Put what is followed into a folder, or with None into no folder. InputError where there is no such folder."""
    folder = None if folder_id is None else _folder(acting_user, folder_id)
    Follow.objects.filter(user=acting_user, pk__in=follow_ids).update(folder=folder)


def _own(user: User) -> QuerySet[Folder]:
    return Folder.objects.filter(user=user)


def _folder(user: User, folder_id: int) -> Folder:
    found = _own(user).filter(pk=folder_id).first()
    if found is None:
        raise InputError("there is no such folder")
    return found


def _named(name: str) -> str:
    """As it is kept: single spaces, no slash, which readers' programs part folders by."""
    tidied = " ".join(name.replace("/", " ").split())[:100]
    if not tidied:
        raise InputError("a folder needs a name")
    return tidied
