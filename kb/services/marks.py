"""What readers do with articles: read, star, put off, file under tags. Theirs alone: no audit row tells curators of it.

Marks are set, never toggled, so that what is sent twice changes nothing; many articles go in one call, as readers' programs
send them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from kb.errors import InputError
from kb.models import Article, Mark, Tag

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Sequence

    from django.db.models import QuerySet

    from kb.models import User

MOST_TAGS = 200
BATCH = 500
_STATES = ("read", "starred", "queued")


@transaction.atomic
def set_marks(
    *,
    acting_user: User,
    article_ids: Collection[int],
    now: dt.datetime,
    read: bool | None = None,
    starred: bool | None = None,
    queued: bool | None = None,
) -> int:
    """Set what is given on these articles, and leave the rest as it is; how many articles are there.

    An article that is read leaves the queue only when told so. Articles that readers cannot see are left out.
    """
    said = dict(zip(_STATES, (read, starred, queued), strict=True))
    given = {name: value for name, value in said.items() if value is not None}
    found = 0
    for ids in _batches(sorted(set(article_ids))):
        rows = _rows(acting_user, ids, now, make=any(given.values()))
        found += len(ids)
        for name, value in given.items():
            was = Q(**{f"{name}_at": None})
            rows.filter(was if value else ~was).update(
                **{f"{name}_at": now if value else None}, changed_at=now
            )
    return found


@transaction.atomic
def unread_since(*, acting_user: User, at: dt.datetime) -> int:
    """Take back what was marked as read in one go at this instant; how many articles."""
    return Mark.objects.filter(user=acting_user, read_at=at).update(read_at=None, changed_at=at)


@transaction.atomic
def set_tags(
    *, acting_user: User, article_id: int, names: Iterable[str], now: dt.datetime
) -> tuple[str, ...]:
    """File an article under these tags and no other; the tags as they are kept. InputError for too many of them."""
    wanted: dict[str, str] = {}
    for name in filter(None, map(tidy_tag, names)):
        wanted.setdefault(name.casefold(), name)
    own = {tag.name.casefold(): tag for tag in Tag.objects.filter(user=acting_user)}
    fresh = [name for key, name in wanted.items() if key not in own]
    if len(own) + len(fresh) > MOST_TAGS:
        raise InputError(f"{MOST_TAGS} tags are enough; remove one first")
    for name in fresh:
        own[name.casefold()] = Tag.objects.create(user=acting_user, name=name)
    mark = _rows(acting_user, [article_id], now, make=True).first()
    if mark is None:
        raise InputError("there is no such article")
    tags = [own[key] for key in wanted]
    mark.tags.set(tags)
    mark.changed_at = now
    mark.save(update_fields=["changed_at"])
    return tuple(sorted(tag.name for tag in tags))


@transaction.atomic
def rename_tag(*, acting_user: User, name: str, to: str) -> str:
    """Give a tag another name; where that is a tag already, both become one. InputError where there is none."""
    tag, wanted = _tag(acting_user, name), tidy_tag(to)
    if not wanted:
        raise InputError("a tag needs a name")
    other = Tag.objects.filter(user=acting_user, name__iexact=wanted).exclude(pk=tag.pk).first()
    if other is None:
        tag.name = wanted
        tag.save(update_fields=["name"])
        return wanted
    for mark in tag.marks.all():
        mark.tags.add(other)
    tag.delete()
    return other.name


@transaction.atomic
def remove_tag(*, acting_user: User, name: str) -> tuple[int, ...]:
    """Take a tag away; the articles that were filed under it. InputError where there is none."""
    tag = _tag(acting_user, name)
    filed = tuple(tag.marks.values_list("article", flat=True))
    tag.delete()
    return filed


@transaction.atomic
def restore_tag(
    *, acting_user: User, name: str, article_ids: Collection[int], now: dt.datetime
) -> None:
    """What `remove_tag` took away."""
    tag, _ = Tag.objects.get_or_create(user=acting_user, name=tidy_tag(name))
    for ids in _batches(sorted(set(article_ids))):
        tag.marks.add(*_rows(acting_user, ids, now, make=True))


def copy_marks(*, of: int, to: int) -> None:
    """Readers' marks on one article hold for another that it became part of; what they did with that one stays."""
    for mark in Mark.objects.filter(article=of).prefetch_related("tags"):
        states = {f"{name}_at": getattr(mark, f"{name}_at") for name in _STATES}
        own, fresh = Mark.objects.get_or_create(
            user=mark.user, article_id=to, defaults=states | {"changed_at": mark.changed_at}
        )
        if not fresh:
            for name, at in states.items():
                setattr(own, name, getattr(own, name) or at)
            own.save(update_fields=list(states))
        own.tags.add(*mark.tags.all())


def tidy_tag(name: str) -> str:
    """A tag's name as it is kept: single spaces, no commas or slashes, which part tags in forms and addresses."""
    return " ".join(name.replace(",", " ").replace("/", " ").split())[:100]


def _tag(user: User, name: str) -> Tag:
    found = Tag.objects.filter(user=user, name=name).first()
    if found is None:
        raise InputError("there is no such tag")
    return found


def _rows(user: User, ids: Sequence[int], now: dt.datetime, *, make: bool) -> QuerySet[Mark]:
    """The marks of these articles; made where they lack and that is wanted."""
    if make:
        shown = Article.objects.filter(pk__in=ids, state=Article.State.PUBLISHED)
        fresh = shown.exclude(marks__user=user).values_list("pk", flat=True)
        Mark.objects.bulk_create(
            [Mark(user=user, article_id=pk, changed_at=now) for pk in fresh], ignore_conflicts=True
        )
    return Mark.objects.filter(user=user, article__in=ids)


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
