"""From a visit to rows: the entries of one source, their articles, and the source's health. Idempotent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from kb.core.decide import (
    Intent,
    Known,
    article_keys,
    decide_entries,
    entry_key,
    parse_time,
    plausible,
)
from kb.core.urls import canonical_url
from kb.models import Article, Check, Crawl, Entry, Source
from kb.selectors.works import roots
from kb.services.articles import key_hash, refresh_articles
from kb.services.health import note_push, note_visit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from kb.core.records import EntryRecord, FeedRecord, Visit

FIELDS = (
    "key", "guid", "url", "title", "authors", "published_at", "published_raw", "updated_at", "summary",
    "content", "enclosures", "language", "image", "venue", "page", "hash", "last_changed", "article_id",
    "kind", "duration", "transcript",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """How many entries of a visit were new and how many had changed."""

    new: int = 0
    updated: int = 0


@transaction.atomic
def store_visit(
    *, visit: Visit, crawl: Crawl, now: dt.datetime, pushed: bool = False
) -> Check | None:
    """Store one visit; None when it was stored before, or its source is gone.

    `pushed` is for what a hub sent: it brings entries, but says nothing of how well the source answers.
    """
    source = Source.objects.select_for_update().filter(pk=visit.source).first()
    if source is None or Check.objects.filter(crawl=crawl, source=source).exists():
        return None
    stored = _store_feed(source, visit.feed, now) if visit.feed and visit.feed.ok else Stored()
    note = note_push if pushed else note_visit
    note(source=source, visit=visit, new=stored.new, now=now)
    return Check.objects.create(
        source=source,
        crawl=crawl,
        started_at=parse_time(visit.started_at) or now,
        stored_at=now,
        duration_ms=visit.duration_ms,
        outcome=_outcome(visit, stored),
        status=visit.status,
        bytes=visit.bytes,
        new=stored.new,
        updated=stored.updated,
        error=visit.error,
        warnings=list(visit.feed.warnings) if visit.feed else [],
        pushed=pushed,
    )


def _outcome(visit: Visit, stored: Stored) -> str:
    if visit.outcome in {"failed", "waiting"}:
        return visit.outcome
    if stored.new:
        return Check.Outcome.NEW
    return Check.Outcome.UPDATED if stored.updated else Check.Outcome.UNCHANGED


def _store_feed(source: Source, feed: FeedRecord, now: dt.datetime) -> Stored:
    source.title = feed.title[:300] or source.title
    source.home_url = feed.home[:2000] or source.home_url
    source.description = feed.description or source.description
    source.language = feed.language[:35] or source.language
    source.format = feed.format[:20] or source.format
    return store_entries(source, feed.entries, now)


def store_entries(
    source: Source, entries: Sequence[EntryRecord], now: dt.datetime, *, whole_feed: bool = True
) -> Stored:
    """Store what a source says, and the articles it speaks of. Call inside a transaction.

    `whole_feed` is false when `entries` is a part of what the source holds, so that absence means nothing.
    """
    known = _known(source, None if whole_feed else [entry_key(e.id) for e in entries])
    intents = decide_entries(known, entries)
    keys = article_keys(source.url, entries)
    articles = _articles_for([(keys[i.entry.id], i.entry) for i in intents if i.pk is None], now)
    rows = {e.pk: e for e in Entry.objects.filter(pk__in=[i.pk for i in intents if i.pk])}
    new = [_fill(Entry(source=source, first_seen=now), i, now) for i in intents if i.pk is None]
    old = [_fill(rows[i.pk], i, now) for i in intents if i.pk is not None]
    for entry, intent in zip(new, [i for i in intents if i.pk is None], strict=True):
        entry.article_id = articles[keys[intent.entry.id]]
    Entry.objects.bulk_create(new, batch_size=200)
    Entry.objects.bulk_update(old, FIELDS, batch_size=100)
    refresh_articles(article_ids=[e.article_id for e in new + old if e.article_id], now=now)
    return Stored(len(new), len(old))


def _known(source: Source, keys: list[str] | None) -> list[Known]:
    stored = source.entries.all() if keys is None else source.entries.filter(key__in=keys)
    rows = stored.values_list("pk", "key", "hash", "url", "page__ok", "transcript__ok")
    return [
        Known(pk, key, h, canonical_url(url), bool(page), bool(heard))
        for pk, key, h, url, page, heard in rows
    ]


def _articles_for(wanted: Iterable[tuple[str, EntryRecord]], now: dt.datetime) -> dict[str, int]:
    """Article key -> id, with rows made for the keys that no article has yet; a merged article's key leads to where it
    went."""
    first = dict(wanted)
    hashes = {key_hash(key): key for key in first}
    have = set(Article.objects.filter(key_hash__in=hashes).values_list("key_hash", flat=True))
    missing = [
        Article(
            key=key,
            key_hash=digest,
            title=first[key].title,
            published_at=now,
            first_seen=now,
            updated_at=now,
        )
        for digest, key in hashes.items()
        if digest not in have
    ]
    Article.objects.bulk_create(missing, ignore_conflicts=True, batch_size=200)
    rows = dict(Article.objects.filter(key_hash__in=hashes).values_list("key_hash", "pk"))
    ends = roots(rows.values())
    return {hashes[digest]: ends[pk] for digest, pk in rows.items()}


def _fill(row: Entry, intent: Intent, now: dt.datetime) -> Entry:
    said = intent.entry
    if said.page is not None and (said.page.ok or not (row.page or {}).get("ok")):
        row.page = asdict(said.page)
    if said.transcript is not None and (said.transcript.ok or not (row.transcript or {}).get("ok")):
        row.transcript = asdict(said.transcript)
    # a sitemap gives an address alone: title and date are then the page's, and the hash stays the sitemap's
    page = row.page if row.page and row.page.get("ok") else {}
    published = parse_time(said.published or page.get("published"))
    row.key, row.hash, row.guid = intent.key, intent.hash, said.id
    row.url, row.title, row.authors = (
        said.link,
        said.title or page.get("title", ""),
        list(said.authors),
    )
    if not plausible(row.published_at, row.first_seen):
        # a date once believed stays: a feed that re-dates its past must not reshuffle it
        row.published_at = published if plausible(published, row.first_seen) else None
        row.published_raw = said.published_raw or said.published or page.get("published") or ""
    updated = parse_time(said.updated)
    row.updated_at = updated if plausible(updated, now) else None
    row.summary, row.content = said.summary, said.content
    row.enclosures = [asdict(e) for e in said.enclosures]
    row.language, row.image, row.venue = said.language[:35], said.image, said.venue[:300]
    row.kind, row.duration = said.kind, said.duration
    row.last_changed = now
    return row
