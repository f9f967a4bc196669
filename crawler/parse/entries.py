"""What every feed format ends in: entries with one identity each, absolute links and safe HTML."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.addresses import is_inner_host
from crawler.clean import clean_with, paragraphs
from crawler.parse.dates import parse_date
from kb.core.kinds import entry_kind
from kb.core.records import Enclosure, EntryRecord
from kb.core.text import clean_title, plain_text, storable
from kb.core.urls import absolute_url, host_of, is_web_url

MAX_ID = 1000
MAX_AUTHORS = 50
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}\.?\w*")
_NOISE = re.compile(r"^[\s,;()<>\"']+|[\s,;()<>\"']+$")
_MARKUP = re.compile(
    r"<(?:/?[a-zA-Z][\w:-]*[\s/>]|!--|br>)|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,10});"
)
_BYTES = re.compile(r"\s*(\d{1,15})\s*(?:bytes)?\s*$", re.IGNORECASE)


@dataclass(slots=True)
class RawEntry:
    """One entry as its format said it, links unresolved, HTML uncleaned. `base` is a declared xml:base."""

    guid: str = ""
    link: str = ""
    title: str = ""
    published: str = ""
    updated: str = ""
    authors: list[str] = field(default_factory=list)
    summary: str = ""
    content: str = ""
    plain_summary: bool = False
    plain_content: bool = False
    base: str = ""
    enclosures: list[tuple[str, str, object]] = field(default_factory=list)
    language: str = ""
    image: str = ""
    duration: int | None = None
    transcripts: tuple[Enclosure, ...] = ()


class Links:
    """Resolves the links of one feed. A link into the author's own machine gets the feed's origin instead."""

    def __init__(self, url: str, declared: str = "") -> None:
        """`url` is where the feed was fetched ("" for a bare file), `declared` the base it names itself."""
        self.base = (
            urljoin(url, declared) if declared and not is_web_url(declared) else (declared or url)
        )
        if url and not is_web_url(self.base):
            self.base = url
        self.rehosted = 0
        self._said = (
            "",
            self.base,
        )  # a declared base and what it means, the same for all links of an entry
        parts = urlsplit(url) if is_web_url(url) else None
        # A feed that itself comes from an inner host may link to inner hosts.
        self._origin = (
            (parts.scheme, parts.netloc) if parts and not is_inner_host(host_of(url)) else None
        )

    def resolve(self, link: str, base: str = "") -> str:
        """An absolute web address, or "" ("" base and no feed base: the link as it is)."""
        if base != self._said[0]:
            self._said = base, urljoin(self.base, base)
        whole = absolute_url(self._said[1] if base else self.base, link)
        if not self._origin or not whole or not is_inner_host(host_of(whole)):
            return whole
        self.rehosted += 1
        parts = urlsplit(whole)
        return urlunsplit((*self._origin, parts.path, parts.query, parts.fragment))


def author_name(said: str) -> str:
    """A name without e-mail noise: "ann@example.org (Ann)" and "Ann <ann@example.org>" are Ann."""
    text = clean_title(said[:300])
    without = _NOISE.sub("", re.sub(r"\(\s*\)|<\s*>", " ", _MAIL.sub(" ", text)))
    name = " ".join(without.split())
    return (
        name if name and not is_web_url(name) else ("" if "@" in text or is_web_url(text) else text)
    )


def _authors(names: list[str]) -> tuple[str, ...]:
    kept = dict.fromkeys(name for said in names[:MAX_AUTHORS] if (name := author_name(said)))
    return tuple(kept)


def _html(text: str, links: Links, base: str, *, plain: bool) -> str:
    if not text.strip():
        return ""
    if not _MARKUP.search(text) or (plain and "</" not in text):
        return (
            paragraphs(storable(text))
            if plain or "\n" in text.strip()
            else clean_with(text, links.resolve)
        )
    return clean_with(text, lambda link: links.resolve(link, base))


def _length(value: object) -> int | None:
    found = _BYTES.match(str(value)) if value is not None else None
    return int(found[1]) if found and int(found[1]) < 2**53 else None


def _enclosures(raw: RawEntry, links: Links) -> tuple[Enclosure, ...]:
    kept: dict[str, Enclosure] = {}
    for url, kind, length in raw.enclosures[:100]:
        target = links.resolve(url, raw.base)
        if target and target not in kept:
            kept[target] = Enclosure(target, clean_title(kind)[:100].lower(), _length(length))
    return tuple(kept.values())


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "ignore")).hexdigest()


def _identity(raw: RawEntry, entry: EntryRecord) -> str:
    """guid, else link, else a hash of what it says; never empty, bounded."""
    said = storable(raw.guid).strip() or entry.link
    if not said:
        text = plain_text(entry.content or entry.summary)
        return "sha256:" + _short(f"{entry.title}\n{entry.published_raw}\n{text}")
    return said if len(said) <= MAX_ID else said[: MAX_ID - 80] + "#sha256:" + _short(said)


def build_entry(raw: RawEntry, links: Links) -> EntryRecord:
    """One entry, cleaned and resolved."""
    link = links.resolve(raw.link, raw.base)
    # Without xml:base, HTML written for the page is relative to the page, wherever the feed lives.
    base = raw.base or (link if is_web_url(link) else "")
    published = parse_date(raw.published) or parse_date(raw.updated)
    enclosures = _enclosures(raw, links)
    heard = [replace(t, url=links.resolve(t.url, raw.base)) for t in raw.transcripts]
    entry = EntryRecord(
        id="?",
        title=clean_title(raw.title),
        link=link,
        published=published,
        updated=parse_date(raw.updated),
        authors=_authors(raw.authors),
        summary=_html(raw.summary, links, base, plain=raw.plain_summary),
        content=_html(raw.content, links, base, plain=raw.plain_content),
        enclosures=enclosures,
        published_raw=storable(raw.published or raw.updated).strip()[:200],
        language=clean_title(raw.language)[:35],
        image=links.resolve(raw.image, raw.base) if raw.image else "",
        kind=entry_kind(link, enclosures),
        duration=raw.duration,
        transcripts=tuple(t for t in heard if t.url),
    )
    if entry.content == entry.summary:
        entry = replace(entry, content="")
    return replace(entry, id=_identity(raw, entry))


def unique(entries: list[EntryRecord]) -> tuple[list[EntryRecord], list[str]]:
    """Entries with distinct ids, and warnings.

    The same id and link twice is one entry (the first). One id under several links is several entries; each gets its
    link's hash in its id, whatever their order, so that the ids stay when the feed moves on.
    """
    once = {(e.id, e.link): e for e in reversed(entries)}
    kept = [e for e in entries if once[e.id, e.link] is e]
    shared = {id_ for id_, count in Counter(e.id for e in kept).items() if count > 1}
    out = [
        replace(e, id=f"{e.id[:MAX_ID]}#{_short(e.link)[:16]}") if e.id in shared else e
        for e in kept
    ]
    warnings = []
    if len(kept) < len(entries):
        warnings.append(f"{len(entries) - len(kept)} repeated entries were left out")
    if shared:
        warnings.append(f"{len(shared)} ids are shared by entries with different links")
    return out, warnings


def build_entries(raws: list[RawEntry], links: Links) -> tuple[tuple[EntryRecord, ...], list[str]]:
    """All entries of a feed, and what to warn about; an entry that cannot be read is left out and reported."""
    entries, warnings = [], []
    for number, raw in enumerate(raws, start=1):
        try:
            entries.append(build_entry(raw, links))
        except Exception as error:  # noqa: BLE001 - one bad entry, of whatever kind, must not sink the feed
            warnings.append(
                f"entry {number} could not be read: {type(error).__name__}: {error}"[:300]
            )
    kept, said = unique(entries)
    if links.rehosted:
        said.append(f"{links.rehosted} links to a private host now point at the feed's own site")
    return tuple(kept), warnings + said
