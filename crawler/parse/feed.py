"""Feed documents to records. The only importer of feedparser, which tells formats apart and maps their elements.

Everything dangerous or slow is done around it: decoding, depth, references and entry counts before (`markup`), links
and HTML after (`entries`). Its own sanitising (three times slower) and link resolution stay off.
"""

from __future__ import annotations

import io
import re
import xml.sax
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

import feedparser
from feedparser import mixin
from lxml import etree

from crawler.parse import markup
from crawler.parse.encoding import decode
from crawler.parse.entries import Links, RawEntry, build_entries
from crawler.parse.json_feed import DESCRIPTION_LIMIT, parse_json_feed
from crawler.parse.media import duration_of, transcripts_of
from crawler.parse.recognise import FEED_ROOTS, format_name, refusal, root_of
from kb.core.records import CrawlLimits, FeedRecord
from kb.core.text import clean_title, plain_text
from kb.core.urls import is_web_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The forgiving parser is quadratic in some broken markup, so that it only sees documents up to this size.
_LOOSE_LIMIT = 600_000
_PERIODS = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 604800,
    "monthly": 2592000,
    "yearly": 31536000,
}
_MAX_TTL = 30 * 86400
_CHANNEL = re.compile(r"<(?:[\w.-]{1,40}:)?channel[\s>]")
# the names of driver modules, in feedparser's order of preference
feedparser.api.PREFERRED_XML_PARSERS[:] = ["crawler.parse.sax"]
# what feedparser translates every text by, as a table: of a dict, every other letter costs an exception inside
mixin._cp1252 = "".join(mixin._cp1252.get(n, chr(n)) for n in range(0x10000))  # noqa: SLF001 - the library offers no other place for it
# its dates are never looked at, so that any will do
feedparser.registerDateHandler(lambda _: (1, 1, 1, 0, 0, 0, 0, 1, 0))
_DEFAULT_ENTRIES = CrawlLimits().max_entries


_TRANSCRIPTS = "earshot_transcripts"


def _note_transcript(parser: Any, attributes: dict[str, str]) -> None:
    """feedparser keeps the last of several unknown elements only, and podcasts offer one transcript in many formats."""
    if parser.inentry:
        parser.entries[-1].setdefault(_TRANSCRIPTS, []).append(attributes)


# the hook that feedparser looks for by name, with the prefix as the feed declares it
mixin._FeedParserMixin._start_podcast_transcript = _note_transcript  # noqa: SLF001 - the library offers no other place for it


def _get(node: Any, key: str) -> Any:
    """A key as stored, without feedparser's aliases (they warn, and answer `updated` with `published`)."""
    return dict.get(node, key) if isinstance(node, dict) else None


def _text(node: Any, key: str) -> str:
    value = _get(node, key)
    return value if isinstance(value, str) else ""


def _list(node: Any, key: str) -> list[Any]:
    value = _get(node, key)
    return value if isinstance(value, list) else []


def _people(node: Any) -> Iterator[str]:
    for person in _list(node, "authors"):
        if name := _text(person, "name") or _text(person, "email"):
            yield name
    if not any(_list(node, "authors")):
        detail = _get(node, "author_detail")
        yield _text(detail, "name") or _text(node, "author")


def _authors(entry: Any, feed: Any) -> list[str]:
    """An entry's people; Atom lets entries inherit the feed's, unless they come from elsewhere."""
    names = [name for name in _people(entry) if name.strip()]
    source = _get(entry, "source")
    if not names and isinstance(source, dict):
        names = [name for name in _people(source) if name.strip()]
    elif not names and _list(feed, "authors"):
        names = [_text(person, "name") for person in _list(feed, "authors")]
    return names


def _link(entry: Any) -> str:
    """feedburner's original, the alternate link, a permalink guid, or what an out-of-line content points at."""
    link = _text(entry, "feedburner_origlink") or _text(entry, "link")
    if link == _text(entry, "id") and _get(entry, "guidislink") and not is_web_url(link):
        link = ""  # "permalink" is what guids are by default, and most that are no address do not mean it
    if link:
        return link
    for one in _list(entry, "links"):
        if _text(one, "rel") == "alternate" and _text(one, "href"):
            return _text(one, "href")
    return next((src for c in _list(entry, "content") if (src := _text(c, "src"))), "")


def _enclosures(entry: Any) -> list[tuple[str, str, object]]:
    linked = [x for x in _list(entry, "links") if _text(x, "rel") == "enclosure"]
    media = [
        x
        for x in _list(entry, "media_content")
        if _text(x, "url") and (_text(x, "medium") or _text(x, "type").split("/")[0]) != "image"
    ]
    found = [(_text(x, "href"), _text(x, "type"), _get(x, "length")) for x in linked]
    return found + [(_text(x, "url"), _text(x, "type"), _get(x, "filesize")) for x in media]


def _image(entry: Any) -> str:
    for kind in ("media_thumbnail", "media_content"):
        for one in _list(entry, kind):
            if _text(one, "url") and (
                kind == "media_thumbnail" or "image" in _text(one, "type") + _text(one, "medium")
            ):
                return _text(one, "url")
    return _text(_get(entry, "image"), "href")


def _readable(detail: Any) -> bool:
    kind = _text(detail, "type") or "text/html"
    return kind.startswith("text/") or "html" in kind or kind.endswith(("/xml", "+xml"))


def _bodies(entry: Any) -> tuple[Any, Any]:
    """(summary, content) as feedparser details, {} where there is none; the longer text is the content."""
    summary = _get(entry, "summary_detail") or {"value": _text(entry, "summary")}
    contents = [c for c in _list(entry, "content") if _text(c, "value").strip() and _readable(c)]
    content: Any = max(contents, key=lambda c: len(_text(c, "value")), default={})
    if _text(summary, "value") == _text(content, "value"):
        summary = {}
    elif len(_text(content, "value")) * 2 < len(_text(summary, "value")):
        # A description that is longer than what calls itself the content (media:description, a comment) is the text.
        summary, content = content, summary
    return (summary if _readable(summary) else {}), content


def _raw(entry: Any, feed: Any) -> RawEntry:
    summary, content = _bodies(entry)
    if not summary and content and not _list(entry, "content"):
        summary, content = content, {}
    details = (content, summary, _get(entry, "title_detail"))
    return RawEntry(
        guid=_text(entry, "id"),
        link=_link(entry),
        title=_text(entry, "title"),
        published=_text(entry, "published") or _text(entry, "created"),
        updated=_text(entry, "updated"),
        authors=_authors(entry, feed),
        summary=_text(summary, "value"),
        content=_text(content, "value"),
        plain_summary=_text(summary, "type") == "text/plain",
        plain_content=_text(content, "type") == "text/plain",
        base=next((base for d in details if (base := _text(d, "base"))), ""),
        enclosures=_enclosures(entry),
        language=next((lang for d in details if (lang := _text(d, "language"))), "")
        or _text(entry, "language"),
        image=_image(entry),
        duration=duration_of(entry),
        transcripts=transcripts_of(_list(entry, _TRANSCRIPTS)),
    )


def _rel(feed: Any, rel: str) -> str:
    """The first address that the feed itself links to as `rel`."""
    links = (_text(x, "href") for x in _list(feed, "links") if _text(x, "rel") == rel)
    return next(links, "")


def _ttl(feed: Any) -> int | None:
    """How long the feed says that it stays the same, in seconds, at most 30 days."""
    minutes = re.match(r"\s*(\d{1,7})\s*$", _text(feed, "ttl"))
    if minutes and int(minutes[1]):
        return min(int(minutes[1]) * 60, _MAX_TTL)
    period = _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower())
    if not period:
        return None
    times = re.match(r"\s*(\d{1,4})", _text(feed, "sy_updatefrequency"))
    return min(period // max(1, int(times[1]) if times else 1), _MAX_TTL)


def _well_formed(data: bytes) -> bool:
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return False
    return True


def _recovered(data: bytes) -> bytes:
    """The document as libxml2 salvages it: linear, no entities expanded, nothing loaded."""
    parser = etree.XMLParser(
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        strip_cdata=False,
    )
    root = etree.fromstring(data, parser)
    return b"" if root is None else etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _parsed(data: bytes) -> Any:
    """feedparser's reading of a document that is UTF-8 and says so."""
    headers = {"content-type": "application/xml; charset=utf-8"}
    return feedparser.parse(
        io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _read(text: str) -> tuple[Any, str]:
    """feedparser's result, and a warning about broken XML or ""."""
    data = markup.with_prolog(text)
    if _well_formed(data):
        return _parsed(data), ""
    warning = "not well-formed XML, read as far as possible"
    if len(data) <= _LOOSE_LIMIT:
        parsed = _parsed(data)
        if parsed["entries"] or _text(parsed["feed"], "title"):
            return parsed, warning
    # An element that is never closed swallows the rest for feedparser; libxml2 closes it.
    return _parsed(_recovered(data)), warning


def _record(parsed: Any, url: str, root: str, warnings: list[str]) -> FeedRecord:
    feed = parsed["feed"]
    home = _text(feed, "link")
    links = Links(url, "" if url else home)
    entries, said = build_entries([_raw(e, feed) for e in parsed["entries"]], links)
    subtitle = _text(feed, "subtitle") or _text(feed, "summary")
    return FeedRecord(
        ok=True,
        format=format_name(parsed["version"], root),
        title=clean_title(_text(feed, "title")),
        home=links.resolve(home),
        description=plain_text(subtitle[: DESCRIPTION_LIMIT * 4])[:DESCRIPTION_LIMIT],
        language=clean_title(_text(feed, "language"))[:35],
        ttl=_ttl(feed),
        hub=links.resolve(_rel(feed, "hub")),
        topic=links.resolve(_rel(feed, "self")),
        entries=entries,
        warnings=tuple(warnings + said),
    )


def _xml_feed(text: str, url: str, content_type: str, max_entries: int) -> FeedRecord:
    if error := refusal(text, content_type):
        return FeedRecord(ok=False, error=error)
    warnings = []
    text, count = markup.newest_items(text, max_entries)
    if count > max_entries:
        warnings.append(f"{count} entries, the newest {max_entries} were read")
    text, flattened = markup.flatten(markup.without_stray_prefix(markup.repair_references(text)))
    if flattened:
        warnings.append(f"tags nested deeper than {markup.MAX_DEPTH} levels were left out")
    parsed, broken = _read(text)
    if broken:
        warnings.append(broken)
    if not parsed["entries"] and not parsed["version"]:
        root = root_of(text)
        # RDF tells of people, licences and much else
        other = root == "rdf" and not _CHANNEL.search(text)
        if root not in FEED_ROOTS or other:
            what = "RDF without a channel" if other else "unknown XML"
            return FeedRecord(ok=False, error=f"Not a feed ({what})", warnings=tuple(warnings))
    return _record(parsed, url, root_of(text), warnings)


def parse_feed(
    body: bytes, url: str, headers: Mapping[str, str], max_entries: int = _DEFAULT_ENTRIES
) -> FeedRecord:
    """The feed in `body`, fetched from `url` ("" for a bare file), with the answer's `headers`.

    Reads RSS 0.9x, 1.0 and 2.0, Atom, RDF, CDF and JSON Feed. Never raises: what is no feed comes back with `ok` False
    and a sentence in `error`; what was repaired or left out is in `warnings`. At most `max_entries` newest entries.
    """
    content_type = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    text, odd = decode(body, content_type)
    try:
        if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}:
            record = parse_json_feed(text.lstrip("\ufeff"), url, max_entries)
        else:
            record = _xml_feed(text, url, content_type, max_entries)
    except (
        xml.sax.SAXException,
        etree.LxmlError,
        ValueError,
        RecursionError,
        LookupError,
    ) as error:
        return FeedRecord(
            ok=False, error=f"Could not be read as a feed ({type(error).__name__}: {error})"[:300]
        )
    except (
        AttributeError,
        TypeError,
        AssertionError,
        OverflowError,
    ) as error:  # feedparser's own, on odd input
        return FeedRecord(ok=False, error=f"Could not be read as a feed ({type(error).__name__})")
    if odd:
        record = replace(record, warnings=(*record.warnings, odd))
    return record
