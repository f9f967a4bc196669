"""What sources say, as entries: drafted in memory first, then written with the articles they speak of. Idempotent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Q

from kb.core.decide import (
    Intent,
    Known,
    article_keys,
    decide_entries,
    entry_key,
    parse_time,
    plausible,
)
from kb.core.schedule import usual_gap
from kb.models import Entry, Source
from kb.services.articles import give_articles, refresh_articles
from kb.services.rows import insert_rows, update_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from kb.core.records import EntryRecord

FIELDS = (
    "key", "guid", "url", "title", "authors", "published_at", "published_raw", "updated_at", "summary",
    "content", "enclosures", "language", "image", "venue", "page", "hash", "last_changed",
    "kind", "duration", "transcript",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Telling:
    """What a source says now. `whole` is false when it is a part of what the source holds, so that absence means
    nothing."""

    source: Source
    entries: Sequence[EntryRecord]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Draft:
    """Rows that a telling adds, with the keys of their articles, and those that it changes; not written yet."""

    added: list[tuple[str, Entry]] = field(default_factory=list)
    changed: list[Entry] = field(default_factory=list)


def draft_entries(tellings: Sequence[Telling], now: dt.datetime) -> list[Draft]:
    """A draft for each telling, and the rhythm of the sources whose entries change. Call with the sources locked."""
    known = _known(tellings)
    decided = [(t, decide_entries(known[t.source.pk], t.entries)) for t in tellings]
    pks = [intent.pk for _, intents in decided for intent in intents if intent.pk]
    rows = Entry.objects.in_bulk(pks) if pks else {}
    drafts = [_draft(telling, intents, rows, now) for telling, intents in decided]
    _note_rhythms(tellings, drafts)
    return drafts


def write_drafts(drafts: Iterable[Draft], now: dt.datetime) -> None:
    """Store drafted entries and compose their articles. Call in the transaction that drafted them, with their sources
    stored: articles are composed from what those say of themselves too."""
    drafts = list(drafts)
    added = [pair for draft in drafts for pair in draft.added]
    changed = [entry for draft in drafts for entry in draft.changed]
    if not added and not changed:
        return
    told = give_articles(added=added, now=now)
    insert_rows([entry for _, entry in added])
    update_rows(changed, FIELDS)
    refresh_articles(article_ids=told | {e.article_id for e in changed if e.article_id}, now=now)


def _known(tellings: Sequence[Telling]) -> dict[int, list[Known]]:
    """What is stored of these sources: all of it, or the part that is told."""
    wanted = Q(source__in=[t.source.pk for t in tellings if t.whole])
    for t in tellings:
        if not t.whole:
            wanted |= Q(source=t.source, key__in=[entry_key(e.id) for e in t.entries])
    stored = Entry.objects.filter(wanted).order_by()
    # whether a page was read is asked of few: looking into JSON takes longer than all the rest
    read = [e for t in tellings for e in t.entries if e.page or e.transcript]
    keys = {entry_key(e.id) for e in read}
    flags = (
        stored.filter(key__in=keys).values_list("pk", "page__ok", "transcript__ok") if keys else ()
    )
    has = {pk: (bool(page), bool(heard)) for pk, page, heard in flags}
    found: dict[int, list[Known]] = defaultdict(list)
    for pk, source, key, digest, url in stored.values_list("pk", "source", "key", "hash", "url"):
        found[source].append(Known(pk, key, digest, url, *has.get(pk, (False, False))))
    return found


def _draft(
    telling: Telling, intents: Sequence[Intent], rows: Mapping[int, Entry], now: dt.datetime
) -> Draft:
    draft = Draft()
    new = [intent for intent in intents if intent.pk is None]
    keys = article_keys(telling.source.url, telling.entries) if new else {}
    for intent in new:
        row = _fill(Entry(source=telling.source, first_seen=now), intent, now)
        draft.added.append((keys[intent.entry.id], row))
    draft.changed.extend(_fill(rows[i.pk], i, now) for i in intents if i.pk is not None)
    return draft


def _note_rhythms(tellings: Sequence[Telling], drafts: Sequence[Draft]) -> None:
    """Note on sources how often they say something, where that may have changed."""
    pairs = zip(tellings, drafts, strict=True)
    news = {t.source.pk: (t.source, d) for t, d in pairs if d.added or d.changed}
    dates: dict[int, dict[int, dt.datetime | None]] = defaultdict(dict)
    stored = Entry.objects.filter(source__in=news).order_by() if news else Entry.objects.none()
    for pk, source_id, at in stored.values_list("pk", "source_id", "published_at"):
        dates[source_id][pk] = at
    for source, draft in news.values():
        own = dates[source.pk] | {entry.pk: entry.published_at for entry in draft.changed}
        said = [at for at in (*own.values(), *(e.published_at for _, e in draft.added)) if at]
        source.usual_gap, source.newest_at = usual_gap(said), max(said, default=None)


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
