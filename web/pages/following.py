"""What a reader can do with an item: follow it here, or by feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.selectors import readers

if TYPE_CHECKING:
    from web.pages import parts


@dataclass(frozen=True, slots=True)
class Following:
    """The button and the feeds. `on` is None for who is not signed in: the button then leads there."""

    item: int
    on: bool | None
    path: str
    feeds: parts.Feeds


def following(item: int, reader: int | None, path: str, feeds: parts.Feeds) -> Following:
    """How this reader stands to an item whose page is `path`. One query for who is signed in."""
    on = readers.follows(reader, item) if reader is not None else None
    return Following(item=item, on=on, path=path, feeds=feeds)
