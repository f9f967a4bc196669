"""What all that people write has: a public log, and addresses that it had before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.items import ItemKind, item_id
from kb.models import OldSlug, Revision
from kb.selectors.lists import name_of
from kb.selectors.things import things

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class Change:
    """A change after publication, as readers are told of it."""

    at: dt.datetime
    note: str
    by: str


def changes(item: int) -> tuple[Change, ...]:
    """What was changed of an item and told to readers, newest first."""
    rows = Revision.objects.filter(item=item).exclude(note="").select_related("user")
    return tuple(Change(row.at, row.note, name_of(row.user)) for row in rows)


def moved_to(kind: ItemKind, slug: str) -> str:
    """The path of what once had this address; "" where nothing had, or nobody may see it."""
    row = OldSlug.objects.filter(kind=kind, slug=slug).first()
    if not row:
        return ""
    item = item_id(kind, row.pk_now)
    found = things([item]).get(item)
    return found.path if found else ""
