"""What a reader can do with an item: follow it here, or by feed."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from kb.selectors import readers
from web.pages import parts


@dataclass(frozen=True, slots=True)
class Following:
    """The button and the feeds. `on` is None for who is not signed in: `sign_in` leads there, and back."""

    item: int
    on: bool | None
    path: str
    sign_in: str
    feeds: parts.Feeds


def following(item: int, reader: int | None, path: str, feeds: parts.Feeds) -> Following:
    """How this reader stands to an item whose page is `path`. One query for who is signed in."""
    on = readers.follows(reader, item) if reader is not None else None
    return Following(item=item, on=on, path=path, sign_in=sign_in(path), feeds=feeds)


def sign_in(path: str) -> str:
    """Where one signs in and comes back from to `path`."""
    return parts.with_query(settings.LOGIN_URL, [("next", path)])
