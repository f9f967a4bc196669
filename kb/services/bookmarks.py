"""What people carry from one reader to another, read into rows: bookmarks, lists of links, OPML, and our own export.

A row is a dict of JSON values with `what` it is: "link" (url, title, starred, queued, read, less, tags), "follow" (source, item
or person, folder), "highlight", "folder", "mute", "known", "progress", "search", "preferences". Times are ISO 8601.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from kb.core.text import clean_title, storable
from kb.core.urls import is_web_url
from kb.errors import InputError
from kb.services.imports import MAX_IMPORT_BYTES, read_opml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_ROWS = 20_000
MOST_TAGS = 20
SECTIONS = (
    "folder", "preferences", "follow", "link", "highlight", "mute", "known", "progress", "search",
)  # fmt: skip
Row = dict[str, Any]
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
# what browsers call their own shelves; a reader did not choose these words
_SHELVES = frozenset(
    {
        "bookmarks", "bookmarks bar", "bookmarks menu", "bookmarks toolbar", "other bookmarks", "mobile bookmarks",
        "favorites", "favorites bar", "imported", "unsorted bookmarks", "unfiled",
    }
)  # fmt: skip
_FORMATS = "OPML, bookmarks as HTML, Pocket's or Instapaper's export, or the JSON of this hub"
_MILLISECONDS = 10**11


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file holds: its format's name, its rows in order, and what in it was left out, with the reason."""

    format: str
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]


def read_import(data: bytes, *, keep: str = "starred") -> Brought:
    """Read a file that somebody brought; `keep` says what becomes of plain bookmarks: "starred" or "queued".

    InputError for what is too large, or none of the formats. Costs are linear in the file: markup is read as events, no
    entity is expanded, and what comes after MOST_ROWS rows is left out with a remark.
    """
    if len(data) > MAX_IMPORT_BYTES:
        raise InputError(f"this file is larger than {MAX_IMPORT_BYTES >> 20} MiB")
    text = storable(data.decode("utf-8-sig", "replace")).lstrip()
    name, rows = _rows(text, keep)
    kept: list[Row] = []
    wrong, more = 0, False
    for row in rows:
        if more := len(kept) == MOST_ROWS:
            break
        if row["what"] == "link" and not is_web_url(str(row.get("url", ""))):
            wrong += 1
        else:
            kept.append(row)
    if not kept:
        raise InputError(f"there is nothing in this file that can be taken over; give {_FORMATS}")
    remarks = [f"{wrong} links lead to no web page and were left out"] if wrong else []
    remarks += (
        [f"only the first {MOST_ROWS} were taken; bring the rest as another file"] if more else []
    )
    return Brought(name, tuple(kept), tuple(remarks))


def _rows(text: str, keep: str) -> tuple[str, Iterable[Row]]:
    head = text[:2000].lower()
    if head.startswith("{"):
        return "JSON", _read_own(text)
    if "<opml" in head:
        found = read_opml(text)
        return "OPML", [_follow(c.url, c.title, c.category) for c in found]
    if head.startswith("<"):
        return "HTML", _read_html(text, keep)
    first = head.split("\n", 1)[0]
    if "url" in first and "," in first:
        return "CSV", _read_csv(text)
    raise InputError(f"this file is none of those that can be read; give {_FORMATS}")


def _follow(url: str, title: str, folder: str) -> Row:
    return {"what": "follow", "source": url[:2000], "title": clean_title(title)[:300], "folder": clean_title(folder)[:100]}  # fmt: skip


def link_row(url: str, title: str, tags: Iterable[str], **times: str | None) -> Row:
    """A row of a link; `times` are starred, queued, read."""
    names = (clean_title(tag)[:100] for tag in tags)
    kept = list(dict.fromkeys(name for name in names if name))[:MOST_TAGS]
    return {"what": "link", "url": url.strip()[:8000], "title": clean_title(title)[:300], "tags": kept} | times  # fmt: skip


def when(said: str) -> str:
    """A time in seconds or milliseconds since 1970 as ISO 8601; now where it is none, or none that can be."""
    now = dt.datetime.now(dt.UTC)
    number = int(said) if said.isascii() and said.isdecimal() and len(said) < 17 else 0  # noqa: PLR2004 - microseconds at most
    while number > _MILLISECONDS:
        number //= 1000
    at = dt.datetime.fromtimestamp(number, dt.UTC)
    return (at if EARLIEST <= at <= now else now).isoformat()


class _Bookmarks:
    """Takes the events of an HTML parser: Netscape bookmarks, and Pocket's page, which is a list below two headings."""

    def __init__(self, keep: str) -> None:
        self.rows: list[Row] = []
        self._keep = keep
        self._folders: list[str] = []
        self._heading = ""
        self._link: dict[str, str] | None = None
        self._said: list[str] | None = None

    def start(self, tag: Any, attributes: Mapping[Any, Any]) -> None:
        if tag == "a":
            self._link, self._said = dict(attributes), []
        elif tag in {"h1", "h3"}:
            self._said = []
        elif tag == "dl":
            self._folders.append(self._heading)
            self._heading = ""

    def data(self, text: Any) -> None:
        if self._said is not None:
            self._said.append(text[:1000])

    def end(self, tag: Any) -> None:
        if tag == "a" and self._link is not None:
            self._take(self._link, "".join(self._said or ()))
            self._link = self._said = None
        elif tag in {"h1", "h3"} and self._said is not None:
            self._heading, self._said = clean_title("".join(self._said))[:100], None
            if tag == "h1":
                self._pocket(self._heading)
                self._heading = ""
        elif tag == "dl" and self._folders:
            self._folders.pop()

    def close(self) -> list[Row]:
        return self.rows

    def _pocket(self, heading: str) -> None:
        self._keep = {"unread": "queued", "read archive": "read"}.get(
            heading.casefold(), self._keep
        )

    def _take(self, link: Mapping[str, str], title: str) -> None:
        if len(self.rows) > 2 * MOST_ROWS:  # whatever they are, these are enough
            return
        keep = "queued" if link.get("toread") == "1" else self._keep
        shelves = [name for name in self._folders[-5:] if name.casefold() not in _SHELVES]
        tags = [*shelves, *link.get("tags", "").split(",")]
        at = when(link.get("add_date") or link.get("time_added") or "")
        self.rows.append(link_row(link.get("href", ""), title, tags, **{keep: at}))


def _read_html(text: str, keep: str) -> list[Row]:
    target: Any = _Bookmarks(keep)
    parser = etree.HTMLParser(target=target, no_network=True, huge_tree=True)
    try:
        parser.feed(text)
        rows: Any = parser.close()
    except etree.LxmlError as error:
        raise InputError(f"this HTML cannot be read: {error}") from error
    return list(rows)


def _read_csv(text: str) -> Iterator[Row]:
    """Pocket: title, url, time_added, tags (a|b), status. Instapaper: URL, Title, Selection, Folder, Timestamp, Tags."""
    try:
        for row in csv.DictReader(io.StringIO(text)):
            said = {str(name).strip().lower(): str(value or "") for name, value in row.items()}
            at = when(said.get("time_added") or said.get("timestamp") or "")
            shelf = (said.get("folder") or said.get("status") or "").strip()
            keep = {"unread": "queued", "archive": "read", "starred": "starred"}.get(shelf.lower())
            tags = [*_tags(said.get("tags", "")), *(() if keep else (shelf,))]
            yield link_row(said.get("url", ""), said.get("title", ""), tags, **{keep or "queued": at})  # fmt: skip
    except csv.Error as error:
        raise InputError(f"this CSV cannot be read: {error}") from error


def _tags(said: str) -> list[str]:
    if said.startswith("["):
        try:
            return [str(tag) for tag in json.loads(said)]
        except ValueError:
            return []
    return re.split(r"[|,]", said)


def _read_own(text: str) -> list[Row]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this JSON cannot be read: {error}") from error
    if not isinstance(said, dict) or said.get("format") != "earshot":
        raise InputError("this JSON is not an export of a hub like this one")
    return [
        {name: _plain(value) for name, value in row.items()} | {"what": section}
        for section in SECTIONS
        for row in _list(said.get(section))
        if isinstance(row, dict)
    ]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(value: object) -> object:
    """A value of a row: a text, yes or no, or a list of texts; JSON can spell what no database stores."""
    if isinstance(value, list):
        return [storable(one) for one in value[:MOST_TAGS] if isinstance(one, str)]
    return storable(value) if isinstance(value, str) else value is True
