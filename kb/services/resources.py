"""Facts about what one can learn from or work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from django.db import transaction

from kb.core.items import ItemKind, item_id
from kb.core.urls import is_web_url
from kb.errors import InputError
from kb.models import Resource
from kb.services import written
from kb.services.passages import renew_items
from kb.services.written import Words, sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.models import User


class ResourceWords(Words, total=False):
    """What is known of a resource; `minutes` is how long it takes."""

    kind: str
    title: str
    authors: Sequence[str]
    year: int | None
    venue: str
    licence: str
    url: str
    article_id: int | None
    minutes: int | None


@transaction.atomic
def add_resource(*, acting_user: User | None, **words: Unpack[ResourceWords]) -> Resource:
    """A new resource, which readers see at once. InputError without a known kind, a title, and a web address."""
    slug = words.pop("slug", "") or words.get("title", "")
    made = Resource(**_tidy(words))
    return written.add(made, slug=slug, acting_user=acting_user)


@transaction.atomic
def update_resource(
    *, resource_id: int, acting_user: User | None, note: str = "", **words: Unpack[ResourceWords]
) -> Resource:
    """Change what is given. InputError as `add_resource`."""
    found = written.locked(Resource, resource_id)
    before = written.change(found, _tidy(words), acting_user=acting_user, note=note)
    if {"title", "authors"} & before.keys():
        pks = found.impressions.values_list("pk", flat=True)
        renew_items(item_id(ItemKind.IMPRESSION, pk) for pk in pks)
    return found


def _tidy(words: ResourceWords) -> dict[str, Any]:
    tidy: dict[str, Any] = dict(words)
    if "authors" in words:
        tidy["authors"] = sentences(words["authors"], "authors")
    if "url" in words and not is_web_url(words["url"]):
        raise InputError(f"{words['url'][:200]!r} is not a web address")
    return tidy
