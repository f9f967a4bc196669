"""Lists of sources from elsewhere: OPML, Markdown, CSV, plain addresses; from a file or from an address."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from kb.core.source_lists import is_markdown, read_markdown
from kb.core.urls import host_of
from kb.errors import InputError
from kb.services.program import CrawlerError, look
from kb.services.sources import add_source, checked_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kb.models import User

BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};)")
MAX_IMPORT_BYTES = 15 * 1024 * 1024
MAX_OUTLINES = 100_000
# longer than the crawler gives itself, so that it ends by its own clock
FETCH_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source as a file names it."""

    url: str
    title: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `problems` name the place in the file and what is wrong there."""

    added: int
    known: int
    problems: tuple[str, ...]


def import_sources(*, place: str | Path, acting_user: User | None = None) -> Imported:
    """Add every source that an OPML, Markdown, CSV (columns host, feed_path) or plain list of addresses names.

    `place` is a file, or an address, which is fetched through the guarded crawler. Wrong lines are reported, and the
    rest is imported. InputError when it cannot be had, or nothing in it can be understood.
    """
    found, problems = read_candidates(
        _fetched(str(place)) if "://" in str(place) else _read(Path(place))
    )
    if not found and not problems:
        raise InputError(
            f"{place} names no sources; give OPML, Markdown, CSV with host,feed_path, or addresses"
        )
    added = known = 0
    for candidate in found:
        try:
            _, new = add_source(
                url=candidate.url,
                acting_user=acting_user,
                title=candidate.title,
                category=candidate.category,
            )
        except InputError as error:
            problems.append(str(error))
            continue
        added, known = added + new, known + (not new)
    return Imported(added, known, tuple(problems))


def _read(file: Path) -> str:
    if not file.is_file():
        raise InputError(f"{file} is not a file")
    if file.stat().st_size > MAX_IMPORT_BYTES:
        raise InputError(f"{file} is larger than {MAX_IMPORT_BYTES >> 20} MiB")
    return file.read_bytes().decode("utf-8-sig", "replace")


def _fetched(url: str) -> str:
    try:
        said = look("text", checked_address(url), seconds=FETCH_SECONDS)
    except CrawlerError as error:
        raise InputError(f"{url}: {error}") from error
    if not said["ok"]:
        raise InputError(f"{url}: {said['error']}")
    return str(said["text"])


def read_candidates(text: str) -> tuple[list[Candidate], list[str]]:
    """The sources that a file's text names, and its problems, in order."""
    head = text.lstrip()[:2000].lower()
    if head.startswith("<"):
        return read_opml(text), []
    first = head.split("\n", 1)[0]
    if "host" in first and "feed_path" in first:
        return _read_csv(text)
    if is_markdown(text):
        return _read_markdown(text)
    return _read_lines(text)


class _Outlines:
    """Takes the events of an XML parser, so that a hostile file costs no tree."""

    def __init__(self) -> None:
        self.found: list[Candidate] = []
        self._root = ""
        self._folders: list[str] = []
        self._seen = 0

    def start(self, tag: Any, attributes: Mapping[Any, Any]) -> None:
        self._seen += 1
        if self._seen > MAX_OUTLINES:
            raise InputError(f"this file has more than {MAX_OUTLINES} elements")
        name = etree.QName(tag).localname.lower()
        self._root = self._root or name
        url = attributes.get("xmlUrl") or attributes.get("xmlurl") or ""
        title = attributes.get("title") or attributes.get("text") or ""
        folder = self._folders[-1] if self._folders else ""
        if url:
            self.found.append(Candidate(url, title, folder))
        self._folders.append(folder if url or name != "outline" else title)

    def end(self, tag: Any) -> None:
        del tag
        self._folders.pop()

    def close(self) -> list[Candidate]:
        if self._root != "opml":
            raise InputError("this XML is not OPML")
        return self.found


def read_opml(text: str) -> list[Candidate]:
    """The feeds that an OPML document names, with the folder that each stands in.

    InputError for other XML, for a document that declares entities, and for one of more than MAX_OUTLINES elements.
    """
    if "<!ENTITY" in text:
        raise InputError("this OPML declares entities, which is not allowed")
    # files in the wild leave & and < bare in attributes, so both are mended
    target: Any = _Outlines()
    parser = etree.XMLParser(
        target=target,
        encoding="utf-8",
        recover=True,
        resolve_entities="internal",  # type: ignore[arg-type]  # the stubs know only yes and no
        no_network=True,
    )
    try:
        parser.feed(BARE_AMPERSAND.sub("&amp;", text).encode("utf-8", "replace"))
        found: Any = parser.close()
    except etree.XMLSyntaxError as error:
        raise InputError(f"this OPML cannot be read: {error}") from error
    return list(found)


def _read_csv(text: str) -> tuple[list[Candidate], list[str]]:
    found, problems = [], []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        host, path = (row.get("host") or "").strip(), (row.get("feed_path") or "").strip()
        if row.get("format") == "none" or (host and not path):
            continue  # a site without a feed
        if not host or not path.startswith("/"):
            problems.append(f"line {number}: no host or feed_path")
            continue
        found.append(Candidate(f"https://{host}{path}"))
    return found, problems


def _read_markdown(text: str) -> tuple[list[Candidate], list[str]]:
    listed, without = read_markdown(text)
    found = [Candidate(one.url, one.title, one.category) for one in listed]
    many = (
        f"{without} items lead to pages and name no feed"
        if without != 1
        else "1 item leads to a page and names no feed"
    )
    return found, [
        f"{many}; `sources add` finds what can be followed at an address"
    ] if without else []


def _read_lines(text: str) -> tuple[list[Candidate], list[str]]:
    found, problems = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        address = line.split("#", 1)[0].strip() if line.lstrip().startswith("#") else line.strip()
        if not address:
            continue
        if _is_address(address):
            found.append(Candidate(address))
        else:
            problems.append(f"line {number}: {address[:80]!r} is not a web address")
    if problems and not found:
        return [], problems[:20]
    return found, problems


def _is_address(text: str) -> bool:
    """Whether a line of a list is an address: not every word that could be the name of a host."""
    try:
        return "." in host_of(checked_address(text)) and " " not in text
    except InputError:
        return False
