"""Lists of feeds that people keep as Markdown: an item or a table's row a source, its feed among its links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*\s*$")
_ITEM = re.compile(r"\s{0,8}(?:[-*+]|\d{1,3}[.)]|\|)\s+\S")
_LINK = re.compile(
    r"!?\[((?:[^\[\]]|\[[^\[\]]{0,300}\]){0,300})\]\(\s{0,9}<?(https?://[^\s<>)]{1,2000})>?(?:\s[^)]{0,300})?\)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^\s<>\[\]|\"'`]+", re.IGNORECASE)
_FENCE = re.compile(r"\s{0,8}(?:```|~~~)")
# what a feed's address, or the words around one, look like
_FEEDLIKE = re.compile(
    r"(?:^|[/.=_-])(?:rss\d?|rdf|atom\d?|feeds?)(?:$|[/.?&=_-])|\.(?:xml|atom|rss|rdf)(?:$|[?#])|//feeds?\.|feedburner",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[\W_\d]*(?:(?:official|full|link|subscribe|json|rss|atom|xml|feeds?)[\W_\d]*){1,4}",
    re.IGNORECASE,
)
_MARKS = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_EDGES = " \t|-–—:•·"
_BULLET = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+")
# what a title does not end in: a comment, a bracket that its address stood in
_REST = re.compile(r"<!--.*?-->|[(\[]\s*$")
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed that a list names; title and category as written, or ""."""

    url: str
    title: str = ""
    category: str = ""


@dataclass(slots=True)
class _Item:
    category: str
    lines: list[str] = field(default_factory=list)
    fenced: list[str] = field(default_factory=list)


def is_markdown(text: str) -> bool:
    """Whether a text has links as Markdown writes them, which no list of bare addresses has."""
    return bool(_LINK.search(text))


def read_markdown(text: str) -> tuple[list[Listed], int]:
    """The feeds that a list names, each once and in order, and how many of its items lead to pages only.

    Of an item's links the feed is the one that is called so or looks so; failing that, the address that stands in a
    block of code below it. Links in running text are not sources.
    """
    found: dict[str, Listed] = {}
    without = 0
    for item in _items(text):
        line = " ".join(item.lines)
        links = [(url, words) for words, url in _LINK.findall(line)]
        bare = [_bare(url) for url in _ADDRESS.findall(_LINK.sub(" ", line))]
        feed = _feed([*links, *((url, _before(line, url)) for url in bare)], item.fenced)
        if feed:
            found.setdefault(feed, Listed(feed, _title(line, links), item.category))
        else:
            without += bool(links or bare)
    return list(found.values()), without


def _items(text: str) -> list[_Item]:
    """Items and rows, each with what stands below it."""
    items: list[_Item] = []
    category, fenced = "", False
    item = _Item(category)  # before the first there is nothing to keep
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced:
            item.fenced += [_bare(url) for url in _ADDRESS.findall(line)]
        elif heading := _HEADING.match(line):
            category = _plain(heading[1])
            item = _Item(category)
        elif _ITEM.match(line):
            item = _Item(category, [line])
            items.append(item)
        elif line[:1].isspace():
            item.lines.append(line)
    return items


def _feed(links: list[tuple[str, str]], fenced: list[str]) -> str:
    """The one that is called a feed, else the last that looks like one: a site's address stands before its feed's."""
    said = [url for url, words in links if _LABEL.fullmatch(words)]
    looks = [url for url, _ in links if _FEEDLIKE.search(url.split("://", 1)[1])]
    return next(iter([*said, *reversed(looks), *fenced]), "")


def _before(line: str, url: str) -> str:
    """The word before an address."""
    return next(reversed(line.split(url, 1)[0].split()), "")


def _bare(url: str) -> str:
    """An address in running text, without the sentence's marks."""
    url = url.rstrip(".,;:!?*_")
    return url[: url.index(")")] if ")" in url and "(" not in url else url


def _title(line: str, links: list[tuple[str, str]]) -> str:
    """What stands before the first address, else the words of the first link that are no mere label."""
    lead = _plain(_ADDRESS.split(_LINK.split(_BULLET.sub("", line), maxsplit=1)[0], maxsplit=1)[0])
    return lead or _plain(next((words for _, words in links if not _LABEL.fullmatch(words)), ""))


def _plain(words: str) -> str:
    without = re.sub(r"!?\[([^\[\]]*)\]\([^)]*\)", r"\1", words)
    text = " ".join(_MARKS.sub("", unescape(_REST.sub("", without))).split())
    return text.strip(_EDGES)[:LONGEST_TITLE]
