"""What was done to what readers see: a public log, without who did it and without anything that is nobody's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from kb.core.items import ItemKind, item_id
from kb.models import AuditEntry
from kb.selectors.things import things

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

# acts of people; what the hub joins by itself by the thousand is told on the pages of the articles
BY_PEOPLE = (
    "hide article", "show article", "merge articles", "undo merge", "split story", "join story",
    "add source", "pause source", "resume source", "delete source",
)  # fmt: skip
# acts of the hub that a curator would have to answer for
BY_ITSELF = ("retire source", "move source", "merge source")
_WRITTEN = {
    "list": ItemKind.LIST,
    "concept": ItemKind.CONCEPT,
    "impression": ItemKind.IMPRESSION,
    "question": ItemKind.QUESTION,
}
PUBLISHED = tuple(f"{verb} {name}" for verb in ("publish", "withdraw") for name in _WRITTEN)
# the rows of curators who left
LEFT = {"by": "a curator"}


@dataclass(frozen=True, slots=True)
class Act:
    """One act: what was done (an action of the audit log), to what, why, when. `path` is empty where there is no page to see."""

    id: int
    action: str
    subject: str
    path: str
    reason: str
    at: dt.datetime


def acts(*, limit: int, offset: int = 0) -> tuple[Act, ...]:
    """The log, newest first."""
    rows = list(_public()[offset : offset + limit])
    wanted = {row.pk: item for row in rows if (item := _item(row)) is not None}
    found = things(wanted.values())
    return tuple(
        Act(
            id=row.pk,
            action=row.action,
            subject=thing.title if thing else _subject(row),
            path=thing.path if thing else "",
            reason=str(row.detail.get("reason", "")),
            at=row.at,
        )
        for row in rows
        for thing in (found.get(wanted.get(row.pk, -1)),)
    )


def count() -> int:
    """How many acts the log has."""
    return _public().count()


def _public() -> QuerySet[AuditEntry]:
    by_people = Q(user__isnull=False) | Q(detail__by=LEFT["by"])
    return AuditEntry.objects.filter(
        Q(action__in=BY_ITSELF) | Q(action__in=(*BY_PEOPLE, *PUBLISHED)) & by_people
    ).order_by("-at", "-pk")


def _item(row: AuditEntry) -> int | None:
    """What the act was done to, where that can have a page."""
    if row.action in PUBLISHED:
        name, _, pk = row.subject.rpartition(" ")
        return item_id(_WRITTEN[name], int(pk)) if name in _WRITTEN and pk.isdecimal() else None
    key = {"show article": "id", "merge articles": "winner", "undo merge": "loser"}.get(row.action)
    pk = row.detail.get(key or "")
    return pk if isinstance(pk, int) else None


def _subject(row: AuditEntry) -> str:
    """What it was called; nothing for written things that are not published any more."""
    return "" if row.action in PUBLISHED else row.subject
