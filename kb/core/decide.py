"""What to do about a feed that was just read: old and new in, intents out. Nothing is stored here."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from kb.core.hashing import content_hash
from kb.core.urls import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kb.core.records import EntryRecord

T = TypeVar("T")
ENTRY_VERSION = 1
EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
EPOCH = dt.date(1970, 1, 1)
AHEAD = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """An entry that is stored already. `link` is as it was given; `has_page` is whether its full text was read,
    `has_transcript` whether its transcript was."""

    pk: int
    key: str
    hash: str
    link: str
    has_page: bool
    has_transcript: bool = False


@dataclass(frozen=True, slots=True)
class Intent:
    """Store `entry` under `key`: as a new row, or over row `pk`."""

    action: Literal["add", "update"]
    key: str
    hash: str
    entry: EntryRecord
    pk: int | None = None


def entry_key(entry_id: str) -> str:
    """What names an entry within its source: SHA-256 of the id, since ids have no length limit."""
    return hashlib.sha256(entry_id.encode("utf-8", "replace")).hexdigest()


def entry_hash(entry: EntryRecord) -> str:
    """A hash of everything that the feed said; the page read for it is not part of it."""
    said = {
        "title": entry.title,
        "link": entry.link,
        "published": entry.published,
        "updated": entry.updated,
        "authors": list(entry.authors),
        "summary": entry.summary,
        "content": entry.content,
        "enclosures": [[e.url, e.type, e.length] for e in entry.enclosures],
        "language": entry.language,
        "image": entry.image,
        "venue": entry.venue,
        # what everything was before there were kinds says nothing, so that old rows keep their hash
        "kind": "" if entry.kind == "article" else entry.kind,
        "duration": entry.duration,
        "transcripts": [e.url for e in entry.transcripts],
    }
    return content_hash(ENTRY_VERSION, said)


def decide_entries(known: Iterable[Known], incoming: Sequence[EntryRecord]) -> list[Intent]:
    """Intents for one feed. What is absent from the feed is kept: feeds are windows, not archives.

    An id that we never saw, with a link that exactly one stored entry has whose own id vanished from the feed, is the
    same entry under a new id.
    """
    by_key = {k.key: k for k in known}
    keyed = {entry_key(e.id): e for e in incoming}
    renamed = _renamed(by_key, keyed)
    intents = [_intent(key, e, by_key.get(key) or renamed.get(key)) for key, e in keyed.items()]
    return [intent for intent in intents if intent is not None]


def _renamed(by_key: Mapping[str, Known], keyed: Mapping[str, EntryRecord]) -> dict[str, Known]:
    fresh = {key: e.link for key, e in keyed.items() if key not in by_key and e.link}
    vanished = [k for k in by_key.values() if k.key not in keyed and k.link] if fresh else []
    if not vanished:
        return {}
    stored = _only(vanished, [canonical_url(k.link) for k in vanished])
    new = _only(fresh, map(canonical_url, fresh.values()))
    return {new[link]: stored[link] for link in new.keys() & stored.keys() if link}


def _only(things: Iterable[T], links: Iterable[str]) -> dict[str, T]:
    """Link -> thing, for the links that one thing alone has."""
    pairs = list(zip(links, things, strict=True))
    once = Counter(link for link, _ in pairs)
    return {link: thing for link, thing in pairs if once[link] == 1}


def _intent(key: str, entry: EntryRecord, stored: Known | None) -> Intent | None:
    digest = entry_hash(entry)
    if stored is None:
        return Intent("add", key, digest, entry)
    reads_page = entry.page is not None and entry.page.ok and not stored.has_page
    hears = entry.transcript is not None and entry.transcript.ok and not stored.has_transcript
    if stored.hash == digest and stored.key == key and not (reads_page or hears):
        return None
    return Intent("update", key, digest, entry, stored.pk)


def article_keys(source_url: str, entries: Sequence[EntryRecord]) -> dict[str, str]:
    """Entry id -> what makes it one article with others: its canonical address.

    An entry without a link, or with one that another entry of this feed has too (a podcast whose every episode links
    to the home page), stands alone, under its own id.
    """
    links = {e.id: canonical_url(e.link) if e.link else "" for e in entries}
    shared = Counter(links.values())
    return {
        i: link if link and shared[link] == 1 else f"entry:{canonical_url(source_url)} {i}"
        for i, link in links.items()
    }


def plausible(date: dt.datetime | None, seen: dt.datetime) -> bool:
    """Whether a date can be when something was published: not ahead of when we saw it, not a clock's zero."""
    return date is not None and EARLIEST <= date <= seen + AHEAD and date.date() != EPOCH


def parse_time(value: str | None) -> dt.datetime | None:
    """A record's ISO time as an aware UTC datetime; None for none or for what no calendar has."""
    if not value:
        return None
    try:
        parsed = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return parsed.astimezone(dt.UTC) if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)
    except OverflowError:
        return None
