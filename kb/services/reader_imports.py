"""What readers bring from elsewhere, taken up row by row: a crash leaves the rest waiting, and nothing is done twice."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from kb.core.items import ItemKind, split
from kb.core.urls import canonical_url, is_web_url
from kb.errors import InputError
from kb.models import (
    Folder,
    Follow,
    Highlight,
    Import,
    Preferences,
    Progress,
    ReadingListItem,
    SavedLink,
    Source,
    Tag,
)
from kb.selectors.references import referenced
from kb.services import highlights, readers, saved_searches
from kb.services.articles import key_hash
from kb.services.bookmarks import EARLIEST, Brought, Row
from kb.services.mutes import add_mute
from kb.services.saved_links import articles_by_key, mark_article

if TYPE_CHECKING:
    from collections.abc import Callable

    from kb.models import User

AT_ONCE = 300  # rows that are taken up in the request that brings them
BATCH = 200
MOST_REMARKS = 300
MOST_TAGS = 2000
MOST_LINKS = 100_000
KEPT = 20


@transaction.atomic
def open_import(*, acting_user: User, name: str, brought: Brought) -> Import:
    """Keep what a file holds, to be taken up; the reader's oldest imports are forgotten. InputError while another waits."""
    own = Import.objects.select_for_update().filter(user=acting_user)
    if own.filter(state=Import.State.WAITING).exists():
        raise InputError("what you brought before is still being taken up; wait until it is done")
    kept = own.order_by("-pk").values_list("pk", flat=True)[: KEPT - 1]
    own.exclude(pk__in=list(kept)).delete()
    return Import.objects.create(
        user=acting_user,
        name=name[:200],
        format=brought.format,
        total=len(brought.rows),
        rows=list(brought.rows),
        remarks=[[remark, ""] for remark in brought.remarks],
        at=timezone.now(),
    )


def take_imports(*, on_batch: Callable[[], object] = lambda: None) -> int:
    """Take up everything that waits, oldest first; returns how many imports are done now. `on_batch` is called in between."""
    waiting = Import.objects.filter(state=Import.State.WAITING).order_by("pk")
    done = 0
    for pk in list(waiting.values_list("pk", flat=True)):
        while not take_batch(import_id=pk):
            on_batch()
        done += 1
    return done


@transaction.atomic
def take_batch(*, import_id: int) -> bool:
    """Take up the next rows of an import; tells whether all of it is done."""
    row = Import.objects.select_for_update().filter(pk=import_id).select_related("user").first()
    if row is None or row.state == Import.State.DONE:
        return True
    batch = row.rows[row.done : row.done + BATCH]
    taking = _Taking(row.user, articles_by_key({_hash(one) for one in batch if one.get("url")}))
    for one in batch:
        what, remark = taking.take(one)
        taking.counts[what] += 1
        if remark and len(row.remarks) < MOST_REMARKS:
            row.remarks.append([remark, str(one.get("title") or one.get("url") or "")[:300]])
    row.done += len(batch)
    row.counts = dict(Counter(row.counts) + taking.counts)
    if row.done >= row.total:
        row.state, row.finished_at, row.rows = Import.State.DONE, timezone.now(), []
    row.save(update_fields=["done", "counts", "remarks", "state", "finished_at", "rows"])
    return row.state == Import.State.DONE


@dataclass
class _Taking:
    """Rows on their way into the tables of one reader."""

    user: User
    articles: dict[str, int]
    counts: Counter[str] = field(default_factory=Counter)
    _tags: dict[str, Tag] = field(default_factory=dict)
    _sources: dict[str, Source] | None = None

    def take(self, row: Row) -> tuple[str, str]:
        """(what became of a row, what its reader should know about it or "")."""
        act = getattr(self, f"_{row['what']}", None)
        if act is None:
            return "left", "not a thing that this hub knows"
        try:
            what: str = act(row)
        except InputError as error:
            return "left", str(error)
        return what, ""

    def _link(self, row: Row) -> str:
        if not is_web_url(_text(row, "url", 8000)):
            raise InputError("not a web address")
        times = {f"{name}_at": _time(row.get(name)) for name in ("starred", "queued", "read", "less")}  # fmt: skip
        tags = [self._tag(name) for name in _texts(row, "tags")]
        article = self.articles.get(_hash(row))
        if article is None:
            return self._save(row, times, tags)
        mark_article(user_id=self.user.pk, article_id=article, times=times, tags=tags)
        return "marked"

    def _save(self, row: Row, times: dict[str, Any], tags: list[Tag]) -> str:
        own = SavedLink.objects.filter(user=self.user)
        url, hashed = _text(row, "url", 8000), _hash(row)
        given = {name: at for name, at in times.items() if at and name != "less_at"}
        found = own.filter(key_hash=hashed).first()
        if found is None and own.count() >= MOST_LINKS:
            raise InputError(f"{MOST_LINKS} links are kept already")
        if found is None:
            added = min(given.values(), default=timezone.now())
            title = _text(row, "title", 300) or url[:300]
            found = SavedLink(user=self.user, url=url, key_hash=hashed, title=title, added_at=added)
        for name, at in given.items():
            setattr(found, name, getattr(found, name) or at)
        found.removed_at = None
        found.save()
        found.tags.add(*tags)
        return "saved"

    def _follow(self, row: Row) -> str:
        made = self._followed(row)
        if name := _text(row, "folder", 100):
            made.folder, _ = Folder.objects.get_or_create(user=self.user, name=name)
            made.save(update_fields=["folder"])
        return "followed"

    def _followed(self, row: Row) -> Follow:
        if name := _text(row, "item", 200):
            item = referenced(name)
            if item is None:
                raise InputError("this hub has no such thing to follow")
            return _there(readers.follow(acting_user=self.user, item=item))
        if person := _text(row, "person", 200):
            return _there(readers.follow(acting_user=self.user, person=person))
        source = self._source(_text(row, "source", 2000))
        if source is None:
            raise InputError("this hub does not listen to it; its curators can add it")
        return _there(readers.follow(acting_user=self.user, source_id=source.pk))

    def _source(self, url: str) -> Source | None:
        if self._sources is None:
            rows = Source.objects.select_related("successor").order_by("-pk")
            self._sources = {canonical_url(row.url): row.successor or row for row in rows}
        return self._sources.get(canonical_url(url)) if url else None

    def _folder(self, row: Row) -> str:
        if name := _text(row, "name", 100):
            Folder.objects.get_or_create(user=self.user, name=name)
        return "restored"

    def _highlight(self, row: Row) -> str:
        article = self.articles.get(_hash(row))
        if article is None:
            raise InputError("a note on an article that this hub does not have")
        said = {name: _text(row, name, highlights.LONGEST_NOTE) for name in ("quote", "before", "after", "note")}  # fmt: skip
        own = Highlight.objects.filter(user=self.user, article=article, removed_at__isnull=True)
        if own.filter(quote=said["quote"], note=said["note"]).exists():
            return "known"
        made = highlights.add_highlight(acting_user=self.user, article_id=article, **said)
        Highlight.objects.filter(pk=made.pk).update(
            created_at=_time(row.get("created")) or made.created_at
        )
        return "restored"

    def _mute(self, row: Row) -> str:
        add_mute(acting_user=self.user, words=_text(row, "words", 200), now=timezone.now())
        return "restored"

    def _known(self, row: Row) -> str:
        item = referenced(_text(row, "item", 200))
        if item is None or split(item)[0] is not ItemKind.CONCEPT:
            raise InputError("a concept that this hub does not have")
        readers.set_known(acting_user=self.user, concept_id=split(item)[1], known=True)
        return "restored"

    def _progress(self, row: Row) -> str:
        listed = referenced(_text(row, "item", 200))
        if listed is None or split(listed)[0] is not ItemKind.LIST:
            raise InputError("a list that this hub does not have")
        readings = ReadingListItem.objects.filter(reading_list=split(listed)[1])
        name = _text(row, "reading", 8000)
        if item := referenced(name):
            reading = readings.filter(item=item).first()
        else:
            article = self.articles.get(_hash(row))
            reading = readings.filter(article=article).first() if article else None
            reading = reading or readings.filter(url=name).exclude(url="").first()
        if reading is None:
            raise InputError("a reading that is not in its list any more")
        Progress.objects.get_or_create(user=self.user, reading=reading, defaults={"at": timezone.now()})  # fmt: skip
        return "restored"

    def _search(self, row: Row) -> str:
        saved_searches.save_search(
            user_id=self.user.pk,
            query=_text(row, "query", 5000),
            name=_text(row, "name", 200),
            now=timezone.now(),
        )
        return "restored"

    def _preferences(self, row: Row) -> str:
        found, _ = Preferences.objects.get_or_create(user=self.user)
        found.newest_first = row.get("newest_first") is True
        found.language = _text(row, "language", 10)
        found.for_you = row.get("for_you") is True
        found.save(update_fields=["newest_first", "language", "for_you"])
        return "restored"

    def _tag(self, name: str) -> Tag:
        if name not in self._tags:
            own = Tag.objects.filter(user=self.user)
            if own.count() >= MOST_TAGS and not own.filter(name=name).exists():
                raise InputError(f"{MOST_TAGS} tags are kept already")
            self._tags[name], _ = Tag.objects.get_or_create(user=self.user, name=name)
        return self._tags[name]


def _there(follow: Follow | None) -> Follow:
    assert follow is not None  # what follows is never asked to stop
    return follow


def _hash(row: Row) -> str:
    return key_hash(canonical_url(_text(row, "url", 8000)))


def _text(row: Row, name: str, most: int) -> str:
    """A text of a row; what is none, or too long to be one, is nothing."""
    said = row.get(name)
    return said.strip() if isinstance(said, str) and len(said) <= most else ""


def _texts(row: Row, name: str) -> list[str]:
    said = row.get(name)
    return [one.strip()[:100] for one in said if isinstance(one, str) and one.strip()][:20] if isinstance(said, list) else []  # fmt: skip


def _time(said: object) -> dt.datetime | None:
    """A time of a row; None for what is none, now for what cannot be."""
    if not isinstance(said, str):
        return None
    try:
        at = dt.datetime.fromisoformat(said)
    except ValueError:
        return None
    now = timezone.now()
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return at if EARLIEST <= at <= now else now
