"""`python -m crawler feed|page|text …`: files and addresses in, one JSON object a line out, in the order given."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.extract.page import extract_page
from crawler.parse.encoding import decode
from crawler.parse.feed import parse_feed
from kb.core.records import EntryRecord, FeedRecord, PageRecord, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENTRY_FIELDS = (
    "id",
    "title",
    "link",
    "published",
    "updated",
    "authors",
    "summary",
    "content",
    "enclosures",
)
_FEED_FIELDS = ("ok", "error", "format", "title", "home", "language")
_PAGE_FIELDS = (
    "ok", "error", "canonical", "title", "authors", "published", "language", "text", "html", "warnings",
)  # fmt: skip
_READ_CAP = 64 * 1024 * 1024


def _entry_json(entry: EntryRecord) -> dict[str, Any]:
    whole = to_json(entry)
    return {name: whole[name] for name in _ENTRY_FIELDS}


def feed_json(name: str, feed: FeedRecord) -> dict[str, Any]:
    """What `feed` prints for one input."""
    said = {field: getattr(feed, field) for field in _FEED_FIELDS}
    entries = [_entry_json(entry) for entry in feed.entries]
    return {"input": name, **said, "entries": entries, "warnings": list(feed.warnings)}


def page_json(name: str, page: PageRecord) -> dict[str, Any]:
    """What `page` prints for one input."""
    return {"input": name, **{field: getattr(page, field) for field in _PAGE_FIELDS}}


def failed(kind: str, name: str, error: str) -> dict[str, Any]:
    """The line for an input that gave nothing."""
    if kind == "feed":
        return feed_json(name, FeedRecord(ok=False, error=error))
    if kind == "text":
        return {"input": name, "ok": False, "error": error, "text": ""}
    return page_json(name, PageRecord(ok=False, url="", error=error))


def understand(
    kind: str, name: str, body: bytes, url: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """One input's line; whatever goes wrong becomes its `error`."""
    try:
        if kind == "feed":
            return feed_json(name, parse_feed(body, url, headers))
        if kind == "text":
            text, _ = decode(body, headers.get("content-type", ""))
            return {"input": name, "ok": True, "error": "", "text": text}
        return page_json(name, extract_page(body, url, headers))
    except Exception as error:  # noqa: BLE001 - one input must not stop the others
        return failed(kind, name, f"Could not be read ({type(error).__name__}: {error})"[:300])


def read_file(path: Path) -> bytes:
    """A file's bytes, unpacked when its name ends in .gz. Raises OSError, EOFError or zlib.error."""
    if path.suffix != ".gz":
        return path.read_bytes()
    with gzip.open(path) as file:
        body = file.read(_READ_CAP + 1)
    if len(body) > _READ_CAP:
        raise OSError(0, f"larger than {_READ_CAP} bytes when unpacked")
    return body


def from_file(kind: str, name: str, base: str) -> dict[str, Any]:
    """The line for a local file; `base` stands for the address it came from."""
    try:
        body = read_file(Path(name))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        return failed(kind, name, f"Cannot be read: {getattr(error, 'strerror', None) or error}")
    return understand(kind, name, body, base, {})


def say(line: dict[str, Any]) -> None:
    """One JSON object on a line of its own, now."""
    text = json.dumps(line, ensure_ascii=False)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
