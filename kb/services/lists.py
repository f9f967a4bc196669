"""Reading lists: making them, filling them, publishing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from kb.core.items import ItemKind, item_id
from kb.errors import InputError
from kb.models import Article, ReadingList, ReadingListItem
from kb.selectors.works import roots
from kb.services import audit
from kb.services.passages import renew_items

if TYPE_CHECKING:
    import datetime as dt

    from kb.models import User


@transaction.atomic
def create_list(
    *, title: str, acting_user: User | None, slug: str = "", summary: str = ""
) -> ReadingList:
    """A new draft, whose curator is whoever makes it. Raises InputError without a title."""
    if not title.strip():
        raise InputError("a list needs a title")
    now = timezone.now()
    made = ReadingList.objects.create(
        slug=_free_slug(slug or slugify(title) or "list"),
        title=title.strip(),
        summary=summary,
        curator=acting_user,
        created_at=now,
        updated_at=now,
    )
    _renew(made)
    audit.record(action="create list", subject=_subject(made), user=acting_user, slug=made.slug)
    return made


@transaction.atomic
def update_list(
    *,
    list_id: int,
    acting_user: User | None,
    title: str | None = None,
    slug: str | None = None,
    summary: str | None = None,
) -> ReadingList:
    """Change what is given and note that the list moved; with nothing given, only note it."""
    found = _locked(list_id)
    given = {"title": title, "slug": slug, "summary": summary}
    changed = {k: v for k, v in given.items() if v is not None and v != getattr(found, k)}
    if changed.get("slug") and ReadingList.objects.filter(slug=changed["slug"]).exists():
        raise InputError("another list has this address")
    for name, value in changed.items():
        setattr(found, name, value)
    found.updated_at = timezone.now()
    found.save(update_fields=[*changed, "updated_at"])
    _renew(found)
    audit.record(
        action="update list", subject=_subject(found), user=acting_user, fields=sorted(changed)
    )
    return found


@transaction.atomic
def add_to_list(
    *, list_id: int, article_id: int, commentary: str = "", acting_user: User | None
) -> tuple[ReadingListItem, bool]:
    """Put an article at the end. An article that is there already stays, with its commentary."""
    found = _locked(list_id)
    article_id = roots([article_id])[article_id]
    if not Article.objects.filter(pk=article_id).exists():
        raise InputError("there is no such article")
    last = found.items.aggregate(last=Max("position"))["last"]
    item, created = ReadingListItem.objects.get_or_create(
        reading_list=found,
        article_id=article_id,
        defaults={"position": 0 if last is None else last + 1, "commentary": commentary},
    )
    if created:
        _touch(found)
        audit.record(
            action="add to list", subject=_subject(found), user=acting_user, article=article_id
        )
    return item, created


@transaction.atomic
def remove_item(*, item_id: int, acting_user: User | None) -> None:
    """Take an item out; quietly nothing where it is gone."""
    item = ReadingListItem.objects.select_related("reading_list").filter(pk=item_id).first()
    if not item:
        return
    audit.record(
        action="remove from list",
        subject=_subject(item.reading_list),
        user=acting_user,
        article=item.article_id,
        url=item.url,
    )
    item.delete()
    _touch(item.reading_list)


@transaction.atomic
def publish_list(
    *,
    list_id: int,
    acting_user: User | None,
    published: bool = True,
    now: dt.datetime | None = None,
) -> ReadingList:
    """Show a list to readers, or make it a draft again. The first date of publication stays."""
    found = _locked(list_id)
    if published == (found.published_at is not None):
        return found
    at = now or timezone.now()
    found.published_at = at if published else None
    found.updated_at = at
    found.save(update_fields=["published_at", "updated_at"])
    _renew(found)
    action = "publish list" if published else "withdraw list"
    audit.record(action=action, subject=_subject(found), user=acting_user)
    return found


def _locked(list_id: int) -> ReadingList:
    found = ReadingList.objects.select_for_update().filter(pk=list_id).first()
    if not found:
        raise InputError("there is no such list")
    return found


def _touch(found: ReadingList) -> None:
    found.updated_at = timezone.now()
    found.save(update_fields=["updated_at"])
    _renew(found)


def _renew(found: ReadingList) -> None:
    """Search follows within the same transaction."""
    renew_items([item_id(ItemKind.LIST, found.pk)])


def _subject(found: ReadingList) -> str:
    return f"list {found.pk}"


def _free_slug(wanted: str) -> str:
    """`wanted`, else with the first number that is free."""
    base = slugify(wanted)[:90] or "list"
    taken = set(ReadingList.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbers = (f"{base}-{n}" for n in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbers) if slug not in taken)
