"""Reading lists: making them, filling them, publishing them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Unpack

from django.db import transaction

from kb.core.items import ItemKind, split
from kb.core.urls import is_web_url
from kb.errors import InputError
from kb.models import Article, ListEdition, ReadingList, ReadingListItem
from kb.selectors.findable import FINDABLE
from kb.selectors.works import roots
from kb.services import audit, written
from kb.services.written import Relation, Words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kb.models import User


@dataclass(frozen=True, slots=True)
class Reading:
    """One place of a list: an article, an item of another kind, or any address; and why it is here, in Markdown."""

    article_id: int | None = None
    item: int | None = None
    url: str = ""
    title: str = ""
    section: str = ""
    minutes: int | None = None
    commentary: str = ""

    @property
    def target(self) -> int | str:
        """What it points at, as one value: an item id, or an address."""
        return self.article_id or self.item or self.url


class ListWords(Words, total=False):
    """What a list is made of; `readings` stand in order."""

    title: str
    kind: str
    summary: str
    readings: Sequence[Reading]


@transaction.atomic
def create_list(
    *,
    acting_user: User | None,
    now: dt.datetime | None = None,
    **words: Unpack[ListWords],
) -> ReadingList:
    """A new draft, whose curator is whoever makes it. Raises InputError without a title."""
    columns = {k: v for k, v in words.items() if k not in {*RELATIONS, "slug"}}
    columns["title"] = words.get("title", "").strip()
    made = ReadingList(curator=acting_user, **columns)
    written.add(made, slug=words.get("slug") or made.title, acting_user=acting_user, now=now)
    if readings := words.get("readings"):
        _put_readings(made, readings)
        written.renew(made)
    return made


@transaction.atomic
def update_list(
    *, list_id: int, acting_user: User | None, note: str = "", **words: Unpack[ListWords]
) -> ReadingList:
    """Change what is given; `note` tells readers why. A reading that stays keeps its row, and who has read it.

    InputError for readings that point nowhere, at two things, or at what is in the list already.
    """
    found = written.locked(ReadingList, list_id)
    given = dict(words)
    if "readings" in given:
        given["readings"] = list(words["readings"])
    written.change(found, given, acting_user=acting_user, note=note, relations=RELATIONS)
    _keep_edition(found)
    return found


@transaction.atomic
def add_to_list(
    *, list_id: int, article_id: int, commentary: str = "", acting_user: User | None
) -> tuple[ReadingListItem, bool]:
    """Put an article at the end. An article that is there already stays, with its commentary."""
    found = written.locked(ReadingList, list_id)
    article_id = roots([article_id])[article_id]
    there = found.items.filter(article=article_id).first()
    if there:
        return there, False
    readings = [*_readings(found), Reading(article_id=article_id, commentary=commentary)]
    _refill(found, readings, acting_user)
    audit.record(
        action="add to list", subject=_subject(found), user=acting_user, article=article_id
    )
    return found.items.get(article=article_id), True


@transaction.atomic
def remove_item(*, item_id: int, acting_user: User | None) -> None:
    """Take a reading out; quietly nothing where it is gone."""
    item = ReadingListItem.objects.filter(pk=item_id).first()
    if not item:
        return
    found = written.locked(ReadingList, item.reading_list_id)
    gone = _reading(item)
    readings = [one for one in _readings(found) if one != gone]
    _refill(found, readings, acting_user)
    audit.record(
        action="remove from list",
        subject=_subject(found),
        user=acting_user,
        article=item.article_id,
        url=item.url,
    )


@transaction.atomic
def publish_list(
    *,
    list_id: int,
    acting_user: User | None,
    published: bool = True,
    now: dt.datetime | None = None,
) -> ReadingList:
    """Show a list to readers, or make it a draft again. A ranked list's order is kept, to compare the next with."""
    found = written.locked(ReadingList, list_id)
    written.publish(found, published=published, acting_user=acting_user, now=now)
    _keep_edition(found)
    return found


def _refill(found: ReadingList, readings: Sequence[Reading], acting_user: User | None) -> None:
    words = {"readings": readings}
    written.change(found, words, acting_user=acting_user, relations=RELATIONS, audited=False)
    _keep_edition(found)


def _keep_edition(found: ReadingList) -> None:
    if found.kind != ReadingList.Kind.TOP or not found.published_at:
        return
    order = [reading.target for reading in _readings(found)]
    last = found.editions.first()
    if last is None or last.order != order:
        ListEdition.objects.create(reading_list=found, at=found.updated_at, order=order)


def _readings(found: ReadingList) -> list[Reading]:
    return [_reading(row) for row in found.items.order_by("position", "pk")]


def _reading(row: ReadingListItem) -> Reading:
    return Reading(
        article_id=row.article_id,
        item=row.item,
        url=row.url,
        title=row.title,
        section=row.section,
        minutes=row.minutes,
        commentary=row.commentary,
    )


def _put_readings(found: ReadingList, readings: Sequence[Reading]) -> None:
    _check(readings)
    rows = {_reading(row).target: row for row in found.items.all()}
    kept = [rows[one.target].pk for one in readings if one.target in rows]
    found.items.exclude(pk__in=kept).delete()
    for position, one in enumerate(readings):
        row = rows.get(one.target) or ReadingListItem(reading_list=found)
        for name, value in asdict(one).items():
            setattr(row, name, value)
        row.position = position
        row.save()


def _check(readings: Sequence[Reading]) -> None:
    seen = set()
    for number, one in enumerate(readings, 1):
        where = f"reading {number}{one.title and f' ({one.title})'}"
        # an article may have an address of its own beside it
        if (one.article_id is not None) + (one.item is not None) > 1 or not one.target:
            raise InputError(f"{where} must point at one thing: an article, an item or an address")
        if one.url and not is_web_url(one.url):
            raise InputError(f"{where}: {one.url[:200]!r} is not a web address")
        if one.target in seen:
            raise InputError(f"{where} stands in the list already")
        seen.add(one.target)
    articles = {one.article_id for one in readings if one.article_id is not None}
    if articles - set(Article.objects.filter(pk__in=articles).values_list("pk", flat=True)):
        raise InputError("there is no such article")
    for one in readings:
        if one.item is not None and not _is_there(one.item):
            raise InputError(f"there is no item with the number {one.item}")


def _is_there(item: int) -> bool:
    kind, pk = split(item)
    model: Any = FINDABLE[kind].model
    return kind != ItemKind.ARTICLE and bool(model.objects.filter(pk=pk).exists())


def _subject(found: ReadingList) -> str:
    return f"list {found.pk}"


def _said_readings(found: ReadingList) -> list[dict[str, Any]]:
    rows = found.items.select_related("article").order_by("position", "pk")
    return [
        {"title": str(row), **{k: v for k, v in asdict(_reading(row)).items() if v}} for row in rows
    ]


RELATIONS = {
    "readings": Relation(now=_readings, put=_put_readings, said=_said_readings),
}
