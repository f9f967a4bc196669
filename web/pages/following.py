"""What a reader can do with a thing: follow it here, or by feed."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from kb.selectors import readers
from web.pages import parts


@dataclass(frozen=True, slots=True)
class Following:
    """The button and the feeds. `field` and `value` say what is followed: an item, a source or a person. `on` is None for
    who is not signed in: `sign_in` leads there, and back."""

    field: str
    value: str
    on: bool | None
    path: str
    sign_in: str
    feeds: parts.Feeds | None


def following(
    item: int | None,
    reader: int | None,
    path: str,
    feeds: parts.Feeds | None = None,
    *,
    source: int | None = None,
    person: str = "",
) -> Following:
    """How this reader stands to a thing whose page is `path`. One query for who is signed in."""
    target = readers.Target(item=item, source=source, person=person)
    on = readers.follows(reader, target) if reader is not None else None
    field, value = target.named
    return Following(field=field, value=value, on=on, path=path, sign_in=sign_in(path), feeds=feeds)


def sign_in(path: str) -> str:
    """Where one signs in and comes back from to `path`."""
    return parts.with_query(settings.LOGIN_URL, [("next", path)])
