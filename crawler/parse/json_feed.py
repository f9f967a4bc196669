"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read as generously as XML feeds are."""

from __future__ import annotations

import json
import re
from typing import Any

from crawler.parse.entries import Links, RawEntry, build_entries
from crawler.parse.media import parse_duration
from kb.core.records import FeedRecord
from kb.core.text import clean_title, plain_text, storable

_VERSION = re.compile(r"jsonfeed\.org/version/(\d(?:\.\d)?)")
DESCRIPTION_LIMIT = 2000


def _text(value: Any) -> str:
    """A scalar as text; anything else says nothing."""
    if isinstance(value, str):
        return storable(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _names(item: dict[str, Any]) -> list[str]:
    people = _dicts(item.get("authors"))
    if isinstance(item.get("author"), dict):
        people.append(item["author"])
    names = [_text(person.get("name")) for person in people]
    return [name for name in names if name] or [_text(item.get("author"))]


def _duration(item: dict[str, Any]) -> int | None:
    said = (a.get("duration_in_seconds") for a in _dicts(item.get("attachments")))
    return next((seconds for one in said if (seconds := parse_duration(one))), None)


def _raw(item: dict[str, Any], feed_authors: list[str]) -> RawEntry:
    html, text = _text(item.get("content_html")), _text(item.get("content_text"))
    guid = _text(item.get("id"))
    link = _text(item.get("url")) or _text(item.get("external_url"))
    return RawEntry(
        guid=guid,
        link=link or (guid if guid.startswith(("http://", "https://")) else ""),
        title=_text(item.get("title")),
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
        authors=[name for name in _names(item) if name] or feed_authors,
        summary=_text(item.get("summary")),
        plain_summary=True,
        content=html or text,
        plain_content=not html,
        enclosures=[
            (_text(a.get("url")), _text(a.get("mime_type")), a.get("size_in_bytes"))
            for a in _dicts(item.get("attachments"))
        ],
        language=_text(item.get("language")),
        duration=_duration(item),
        image=_text(item.get("image")) or _text(item.get("banner_image")),
    )


def _load(text: str) -> dict[str, Any] | str:
    """The document's object, or why there is none."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        return f"Not a feed (broken JSON: {str(error)[:120]})"
    if not isinstance(value, dict):
        return "Not a feed (JSON, but not an object)"
    return value


def _newest(items: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    if len(items) <= limit:
        return items
    rising = _text(items[0].get("date_published")) < _text(items[-1].get("date_published"))
    return items[-limit:] if rising else items[:limit]


def parse_json_feed(text: str, url: str, max_entries: int) -> FeedRecord:
    """A feed from the text of a JSON Feed document; `feed_url` is never trusted (generators leave placeholders)."""
    value = _load(text)
    if isinstance(value, str):
        return FeedRecord(ok=False, error=value)
    found = _VERSION.search(_text(value.get("version")))
    if found is None and not isinstance(value.get("items"), list):
        return FeedRecord(ok=False, error="Not a feed (JSON, but no JSON Feed)")
    # Entries stand in the feed's own site when nothing says where it was fetched.
    home = Links(url).resolve(_text(value.get("home_page_url")))
    links = Links(url, "" if url else home)
    items = _dicts(value.get("items"))
    hubs = [h for h in _dicts(value.get("hubs")) if _text(h.get("type")).lower() == "websub"]
    feed_authors = [name for name in _names(value) if name]
    entries, warnings = build_entries(
        [_raw(i, feed_authors) for i in _newest(items, max_entries)], links
    )
    if len(items) > max_entries:
        warnings.append(f"{len(items)} entries, the newest {max_entries} were read")
    return FeedRecord(
        ok=True,
        format="json" + (found[1] if found else "1"),
        title=clean_title(_text(value.get("title"))),
        home=home,
        description=plain_text(_text(value.get("description")))[:DESCRIPTION_LIMIT],
        language=clean_title(_text(value.get("language")))[:35],
        hub=links.resolve(_text(hubs[0].get("url"))) if hubs else "",
        topic=links.resolve(_text(value.get("feed_url"))) if hubs else "",
        entries=entries,
        warnings=tuple(warnings),
    )
