"""What is done alike to everything that people write: made, changed, published, and its changes told in public.

A change after publication leaves a revision, with a note for readers and what the changed fields said before. An address
that something had leads to it for good. Whatever is changed by a person is no longer the bundled file's to change
(`starter_hash`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete
from django.utils import timezone
from django.utils.text import slugify

from kb.core.items import ItemKind, item_id
from kb.errors import InputError
from kb.models import Follow, Label, OldSlug, ReadingListItem, Revision
from kb.selectors.findable import FINDABLE
from kb.services import audit
from kb.services.passages import renew_items

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from kb.models import User

Row = TypeVar("Row", bound=Model)
KINDS: dict[type[Model], ItemKind] = {found.model: kind for kind, found in FINDABLE.items()}
DATED = ("published_at", "created_at", "updated_at")


class Words(TypedDict, total=False):
    """What all of them are given. `starter_hash` is only the loader's to give."""

    slug: str
    starter_hash: str


@dataclass(frozen=True, slots=True)
class Relation:
    """What stands in rows of its own but is given and changed as if it were a field.

    `now` tells what there is, in the form in which it is given; `put` writes it; `said` tells it to people, as JSON.
    """

    now: Callable[[Any], Any]
    put: Callable[[Any, Any], None]
    said: Callable[[Any], Any]


def several(field: str) -> Relation:
    """Rows of a many-to-many field, given as row ids in any order."""

    def put(row: Any, ids: Iterable[int]) -> None:
        near = getattr(row, field)
        near.set(existing(near.model, ids))

    return Relation(
        now=lambda row: sorted(getattr(row, field).values_list("pk", flat=True)),
        put=put,
        said=lambda row: sorted(map(str, getattr(row, field).all())),
    )


def existing(model: type[Row], ids: Iterable[int]) -> list[Row]:
    """These rows. InputError where one is not there."""
    wanted = set(ids)
    rows: list[Row] = list(QuerySet(model).filter(pk__in=wanted))
    if missing := wanted - {row.pk for row in rows}:
        raise InputError(f"there is no {_label(model)} with the number {min(missing)}")
    return rows


def locked(model: type[Row], pk: int) -> Row:
    """The row, kept from others until the transaction ends. InputError where there is none."""
    found: Row | None = QuerySet(model).select_for_update().filter(pk=pk).first()
    if found is None:
        raise InputError(f"there is no such {_label(model)}")
    return found


def add(row: Row, *, slug: str, acting_user: User | None, now: dt.datetime | None = None) -> Row:
    """Store a new row under the first free address like `slug`. InputError for what its fields do not take."""
    given: Any = row
    given.slug = free_slug(type(row), slug)
    at = now or timezone.now()
    for name in DATED[1:]:
        if hasattr(row, name):
            setattr(row, name, at)
    _check(row)
    row.save()
    # whoever has an address now keeps it from who had it
    OldSlug.objects.filter(kind=KINDS[type(row)], slug=given.slug).delete()
    renew_items([item_of(row)])
    record("create", row, acting_user, slug=given.slug)
    return row


def change(
    row: Any,
    words: Mapping[str, Any],
    *,
    acting_user: User | None,
    note: str = "",
    relations: Mapping[str, Relation] | None = None,
    audited: bool = True,
) -> dict[str, Any]:
    """Write what differs, and return what those fields said before; empty where nothing differed.

    Call inside a transaction with the row locked; with `audited` false, the caller tells the audit log. InputError for what its fields do not take.
    """
    relations = relations or {}
    before = _set_columns(row, {k: v for k, v in words.items() if k not in relations})
    for name in relations.keys() & words.keys():
        relation = relations[name]
        if relation.now(row) != words[name]:
            before[name] = relation.said(row)
            relation.put(row, words[name])
    row.starter_hash = words.get("starter_hash", "" if before else row.starter_hash)
    if not before:
        row.save(update_fields=["starter_hash"])
        return before
    if "slug" in before:
        _keep_old_slug(row, before["slug"])
    now = timezone.now()
    if hasattr(row, "updated_at"):
        row.updated_at = now
    row.save()
    log(row, before, note=note, user=acting_user, now=now)
    renew(row)
    if audited:
        record("update", row, acting_user, fields=sorted(before))
    return before


def publish(
    row: Any, *, published: bool, acting_user: User | None, now: dt.datetime | None = None
) -> bool:
    """Show something to readers, or make it a draft again; False where it is so already."""
    if published == (row.published_at is not None):
        return False
    at = now or timezone.now()
    row.published_at = at if published else None
    row.updated_at = at
    row.save(update_fields=["published_at", "updated_at"])
    renew(row)
    record("publish" if published else "withdraw", row, acting_user)
    return True


def log(
    row: Any, before: Mapping[str, Any], *, note: str, user: User | None, now: dt.datetime
) -> None:
    """A row in the public log of changes, if readers can see the thing; what has no drafts they always can."""
    if getattr(row, "published_at", now) is None:
        return
    Revision.objects.create(
        item=item_of(row), at=now, user=user, note=note.strip()[:300], before=dict(before)
    )


def item_of(row: Model) -> int:
    """The item id of a row."""
    return item_id(KINDS[type(row)], row.pk)


def renew(row: Model) -> None:
    """Search follows within the same transaction, and so do the lists that tell this thing's title."""
    item = item_of(row)
    holders = ReadingListItem.objects.filter(item=item).order_by()
    lists = holders.values_list("reading_list", flat=True).distinct()
    renew_items([item, *(item_id(ItemKind.LIST, pk) for pk in lists)])


def free_slug(model: type[Model], wanted: str) -> str:
    """An address like `wanted`, with the first number that is free where another has it."""
    base = slugify(wanted)[:90].strip("-") or _label(model)
    taken = set(QuerySet(model).filter(slug__startswith=base).values_list("slug", flat=True))
    numbers = (f"{base}-{n}" for n in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbers) if slug not in taken)


def sentences(value: object, what: str) -> list[str]:
    """A list of texts without the empty ones. InputError for anything else."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise InputError(f"{what} must be a list of sentences")
    return [one.strip() for one in value if one.strip()]


def _set_columns(row: Any, words: Mapping[str, Any]) -> dict[str, Any]:
    before = {}
    for name, value in words.items():
        old = getattr(row, name)
        if old == value or name == "starter_hash" or (name == "slug" and not value):
            continue
        before[name] = old
        setattr(row, name, value)
    if before:
        _check(row)
    return before


def _check(row: Model) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        said = (f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise InputError("; ".join(said)) from error


def _keep_old_slug(row: Any, old: str) -> None:
    kind = KINDS[type(row)]
    OldSlug.objects.filter(kind=kind, slug=row.slug).delete()
    OldSlug.objects.update_or_create(kind=kind, slug=old, defaults={"pk_now": row.pk})


def _label(model: type[Model]) -> str:
    return KINDS[model].name.lower() if model in KINDS else model.__name__.lower()


def record(verb: str, row: Model, user: User | None, **detail: Any) -> None:
    """Who did what to this row, for the audit log."""
    label = _label(type(row))
    audit.record(action=f"{verb} {label}", subject=f"{label} {row.pk}", user=user, **detail)


def watch_deletions() -> None:
    """From now on, whoever deletes an item takes along what is said of it elsewhere.

    Its address is kept as one that leads nowhere, so that the bundled content does not bring it back.
    """
    for kind, found in FINDABLE.items():
        post_delete.connect(
            _forgetter(kind), sender=found.model, weak=False, dispatch_uid=f"written {kind}"
        )


def _forgetter(kind: ItemKind) -> Any:
    def forget(instance: Any, **_: Any) -> None:
        item = item_id(kind, instance.pk)
        for model in (Label, Revision, Follow):
            QuerySet(model).filter(item=item).delete()
        if kind == ItemKind.ARTICLE:
            return
        holders = ReadingListItem.objects.filter(item=item)
        lists = list(holders.values_list("reading_list", flat=True).order_by().distinct())
        holders.delete()
        renew_items(item_id(ItemKind.LIST, pk) for pk in lists)
        OldSlug.objects.update_or_create(
            kind=kind, slug=instance.slug, defaults={"pk_now": instance.pk}
        )

    return forget
