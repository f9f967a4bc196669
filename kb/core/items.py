"""One number for everything that can be found: what kind of thing it is, and its row in that kind's table."""

from __future__ import annotations

from enum import IntEnum

_PK_BITS = 48  # 280 million million rows a kind, and 32,768 kinds below the sign of an int64
_PK_LIMIT = 1 << _PK_BITS


class ItemKind(IntEnum):
    """What can be found. The numbers are stored: never give one to another kind."""

    ARTICLE = 0  # so that an article's item id is its row id
    LIST = 1
    CONCEPT = 2
    IMPRESSION = 3
    QUESTION = 4
    TOPIC = 5
    RESOURCE = 6


def item_id(kind: ItemKind, pk: int) -> int:
    """The int64 that stands for row `pk` of this kind. Raises ValueError for a row id outside 0..2^48 - 1."""
    if not 0 <= pk < _PK_LIMIT:
        raise ValueError(f"{pk} is no row id")
    return (kind << _PK_BITS) | pk


def split(item: int) -> tuple[ItemKind, int]:
    """(kind, row id): what `item_id` was made from. Raises ValueError for a kind that there is not."""
    return ItemKind(item >> _PK_BITS), item & (_PK_LIMIT - 1)


def span(kind: ItemKind) -> tuple[int, int]:
    """The first and the last item id that a thing of this kind can have."""
    return item_id(kind, 0), item_id(kind, _PK_LIMIT - 1)
