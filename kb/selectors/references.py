"""Names for things of the hub that outlive its row ids: what an export says, and another hub understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.core.items import ItemKind, item_id
from kb.selectors.things import shown, things

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS = {
    "lists": ItemKind.LIST,
    "concepts": ItemKind.CONCEPT,
    "impressions": ItemKind.IMPRESSION,
    "questions": ItemKind.QUESTION,
    "topics": ItemKind.TOPIC,
    "resources": ItemKind.RESOURCE,
}


def references(items: Iterable[int]) -> dict[int, str]:
    """Item -> "concepts/beam-search", for an article its address elsewhere; what readers cannot see is left out."""
    return {
        item: thing.url if item_id(ItemKind.ARTICLE, 0) <= item < item_id(ItemKind.LIST, 0)
        else thing.path.strip("/")
        for item, thing in things(items).items()
    }  # fmt: skip


def referenced(name: str) -> int | None:
    """The item of a reference to anything but an article; None where readers see no such thing."""
    kind, _, slug = name.partition("/")
    if kind not in _KINDS:
        return None
    row = shown(_KINDS[kind]).filter(slug=slug[:100]).first()
    return item_id(_KINDS[kind], row.pk) if row else None
