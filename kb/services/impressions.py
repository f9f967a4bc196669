"""Quick impressions of resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from django.db import transaction

from kb.models import Impression, Resource
from kb.services import written
from kb.services.written import Words

if TYPE_CHECKING:
    import datetime as dt

    from kb.models import User


class ImpressionWords(Words, total=False):
    """What an impression is made of; texts are Markdown, `hours` what it took."""

    resource_id: int
    verdict: str
    for_whom: str
    prerequisites: str
    liked: str
    disliked: str
    notes: str
    hours: float | None
    level: str


@transaction.atomic
def add_impression(
    *,
    acting_user: User | None,
    now: dt.datetime | None = None,
    **words: Unpack[ImpressionWords],
) -> Impression:
    """A new draft. InputError without a verdict, or for a resource that there is not."""
    (resource,) = written.existing(Resource, [words.get("resource_id", 0)])
    slug = words.pop("slug", "") or resource.slug
    made = Impression(author=acting_user, **words)
    return written.add(made, slug=slug, acting_user=acting_user, now=now)


@transaction.atomic
def update_impression(
    *,
    impression_id: int,
    acting_user: User | None,
    note: str = "",
    **words: Unpack[ImpressionWords],
) -> Impression:
    """Change what is given; `note` tells readers why."""
    found = written.locked(Impression, impression_id)
    written.change(found, words, acting_user=acting_user, note=note)
    return found


@transaction.atomic
def publish_impression(
    *,
    impression_id: int,
    acting_user: User | None,
    published: bool = True,
    now: dt.datetime | None = None,
) -> Impression:
    """Show an impression to readers, or make it a draft again."""
    found = written.locked(Impression, impression_id)
    written.publish(found, published=published, acting_user=acting_user, now=now)
    return found
