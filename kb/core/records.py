"""What travels between the crawler and the hub: plain values that survive a trip through JSON.

A *plan* (one JSON document) tells the crawler what to visit; a *spool* (JSON lines) brings back one `Visit` a source,
whole: its entries and the pages read for them. Times are ISO 8601 in UTC ("2026-11-23T17:05:00Z") or None.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from functools import cache
from typing import Any, Literal, get_args

Outcome = Literal["new", "unchanged", "failed", "waiting"]
EntryKind = Literal["article", "paper", "release", "episode", "video"]
SourceKind = Literal["feed", "arxiv", "listing", "sitemap", "releases"]
SOURCE_KINDS: tuple[SourceKind, ...] = get_args(SourceKind)

# the crawler's words, by which the hub knows a source that robots.txt keeps us from
ROBOTS = "robots.txt does not allow it"
ROBOTS_UNREADABLE = "Its robots.txt cannot be read, and until it can nothing there is"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file attached to an entry. `length` is bytes as the feed says, or None."""

    url: str
    type: str = ""
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech. `start` is seconds from the beginning, None where the transcript has no times."""

    start: float | None
    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptRecord:
    """What fetching one transcript gave."""

    ok: bool
    url: str
    error: str = ""
    language: str = ""
    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What reading one HTML page gave. `html` is sanitised; `text` is plain."""

    ok: bool
    url: str
    error: str = ""
    canonical: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    published: str | None = None
    language: str = ""
    text: str = ""
    html: str = ""
    image: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """One item of a feed. `summary` and `content` are sanitised HTML with absolute links.

    `id` is never empty (guid, else link, else a hash of what it says). `published` is the date as said, in UTC, even
    an impossible one ("0001-01-01T00:00:00Z"); the hub clamps. `published_raw` is the feed's own spelling. `duration`
    is seconds. `transcripts` are the files that the feed names, the best to read first; `transcript` is what one gave.
    """

    id: str
    title: str = ""
    link: str = ""
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    summary: str = ""
    content: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    published_raw: str = ""
    language: str = ""
    image: str = ""
    venue: str = ""
    page: PageRecord | None = None
    kind: EntryKind = "article"
    duration: int | None = None
    transcripts: tuple[Enclosure, ...] = ()
    transcript: TranscriptRecord | None = None


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One parsed feed document. `format` is like "rss2.0", "atom1.0", "rss1.0", "json1.1"; `ttl` is seconds.

    `hub` is the WebSub hub that tells of news about `topic`, the feed's own name for itself.
    """

    ok: bool
    error: str = ""
    format: str = ""
    title: str = ""
    home: str = ""
    description: str = ""
    language: str = ""
    ttl: int | None = None
    hub: str = ""
    topic: str = ""
    entries: tuple[EntryRecord, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One source to visit. `known` holds entry ids whose full text need not be fetched again.

    `kind` says how to read what the address answers, `options` what the kind wants to know (docs/crawler.md).
    `transcribed` holds entry ids whose transcript need not be fetched again.
    `form` is what an errand (a message to a hub) sends by POST, url-encoded.
    """

    source: int
    url: str
    etag: str = ""
    last_modified: str = ""
    full_text: bool = True
    known: tuple[str, ...] = ()
    kind: SourceKind = "feed"
    options: dict[str, Any] = field(default_factory=dict)
    transcribed: tuple[str, ...] = ()
    form: str = ""


@dataclass(frozen=True, slots=True)
class HostLimits:
    """How one host wants to be treated, where that differs."""

    host: str
    per_host: int
    delay: float


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """How the crawler behaves; robustness defaults. Times are seconds, sizes bytes after decompression.

    `gate` is a folder that all crawlers of a machine share, through which delay and concurrency hold among them;
    `quiet` are hosts that have asked to be left alone; `hosts` those with limits of their own.
    """

    user_agent: str = "Earshot (+https://github.com/earshot)"
    timeout: float = 20.0
    max_bytes: int = 15 * 1024 * 1024
    max_redirects: int = 10
    per_host: int = 2
    delay: float = 1.0
    max_pages: int = 30
    max_entries: int = 5000
    allowed_networks: tuple[str, ...] = ()
    gate: str = ""
    quiet: tuple[str, ...] = ()
    hosts: tuple[HostLimits, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch of sources for one run of the crawler."""

    items: tuple[PlanItem, ...]
    limits: CrawlLimits = field(default_factory=CrawlLimits)


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit to a source gave: one line of the spool.

    `etag` and `last_modified` are opaque and replace the stored ones when the answer carried them (200 and 304).
    `redirect` is the address that permanent redirects (301, 308) alone led to, or "". `retry_after` and `max_age` are
    seconds. `error` is a sentence for a person; `status` is 0 when there was no HTTP answer. `waiting` is the outcome
    of a source that was not asked because its host wants quiet. `refused` are the hosts that answered 429 meanwhile,
    with the seconds that they ask for (0 when they name none).
    """

    source: int
    url: str
    outcome: Outcome
    started_at: str
    duration_ms: int = 0
    status: int = 0
    bytes: int = 0
    error: str = ""
    etag: str = ""
    last_modified: str = ""
    redirect: str = ""
    retry_after: int | None = None
    max_age: int | None = None
    body_hash: str = ""
    refused: tuple[tuple[str, int], ...] = ()
    feed: FeedRecord | None = None


def to_json(record: Any) -> dict[str, Any]:
    """A record as plain JSON values."""
    return asdict(record)


def _tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value or ())


def _known(kind: type, value: dict[str, Any]) -> dict[str, Any]:
    """The fields of `kind`; what a newer writer added is ignored."""
    names = _names(kind)
    return {k: v for k, v in value.items() if k in names}


@cache
def _names(kind: type) -> frozenset[str]:
    return frozenset(f.name for f in fields(kind))


def read_page(value: dict[str, Any]) -> PageRecord:
    """A `PageRecord` from `to_json`'s form."""
    known = _known(PageRecord, value)
    return PageRecord(**known | {k: _tuple(known.get(k)) for k in ("authors", "warnings")})


def read_transcript(value: dict[str, Any]) -> TranscriptRecord:
    """A `TranscriptRecord` from `to_json`'s form."""
    known = _known(TranscriptRecord, value)
    segments = tuple(Segment(**_known(Segment, s)) for s in known.get("segments") or ())
    return TranscriptRecord(**known | {"segments": segments})


def read_entry(value: dict[str, Any]) -> EntryRecord:
    """An `EntryRecord` from `to_json`'s form."""
    known = _known(EntryRecord, value)
    known["authors"] = _tuple(known.get("authors"))
    known["enclosures"] = tuple(
        Enclosure(**_known(Enclosure, e)) for e in known.get("enclosures") or ()
    )
    known["transcripts"] = tuple(
        Enclosure(**_known(Enclosure, e)) for e in known.get("transcripts") or ()
    )
    known["page"] = read_page(known["page"]) if known.get("page") else None
    known["transcript"] = read_transcript(known["transcript"]) if known.get("transcript") else None
    return EntryRecord(**known)


def read_feed(value: dict[str, Any]) -> FeedRecord:
    """A `FeedRecord` from `to_json`'s form."""
    known = _known(FeedRecord, value)
    known["entries"] = tuple(read_entry(e) for e in known.get("entries") or ())
    known["warnings"] = _tuple(known.get("warnings"))
    return FeedRecord(**known)


def read_visit(value: dict[str, Any]) -> Visit:
    """A `Visit` from `to_json`'s form."""
    known = _known(Visit, value)
    known["feed"] = read_feed(known["feed"]) if known.get("feed") else None
    known["refused"] = tuple((str(host), int(wait)) for host, wait in known.get("refused") or ())
    return Visit(**known)


def read_plan(value: dict[str, Any]) -> Plan:
    """A `Plan` from `to_json`'s form."""
    items = tuple(
        PlanItem(**_known(PlanItem, i) | {k: _tuple(i.get(k)) for k in ("known", "transcribed")})
        for i in value["items"]
    )
    limits = _known(CrawlLimits, value.get("limits") or {})
    for name in ("allowed_networks", "quiet"):
        limits[name] = _tuple(limits.get(name))
    limits["hosts"] = tuple(HostLimits(**_known(HostLimits, h)) for h in limits.get("hosts") or ())
    return Plan(items=items, limits=CrawlLimits(**limits))
